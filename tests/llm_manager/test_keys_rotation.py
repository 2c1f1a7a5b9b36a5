"""Keys are rotated row by row: stopped half-way, every secret is readable and none is lost."""

import io
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography.fernet import Fernet, InvalidToken
from django.core.management import CommandError, call_command
from django.db import connection

from llm_manager.models import LLMApi
from llm_manager.rotation import columns, rotate
from solution_library.models import DocumentationSource

OLD = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
NEW = Fernet.generate_key().decode()


def key_of(number: int) -> str:
    return f"sk-secret-number-{number:05}"


def make_apis(number: int) -> None:
    LLMApi.objects.bulk_create(
        LLMApi(name=f"API {n}", kind="openai", api_key=key_of(n)) for n in range(number)
    )


def stored() -> dict[str, str]:
    """Name and ciphertext of every API that has a key."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, api_key FROM llm_manager_llmapi WHERE api_key <> ''")
        return dict(cursor.fetchall())


def under(key: str, text: str) -> bool:
    try:
        Fernet(key).decrypt(text.encode())
    except InvalidToken:
        return False
    return True


def run(*options: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of the command."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("rotate_field_keys", *options, stdout=out, stderr=err)
        code = 0
    except SystemExit as end:
        code = int(end.code or 0)
    return code, out.getvalue(), err.getvalue()


@pytest.mark.django_db
def test_every_encrypted_field_of_every_app_is_found() -> None:
    found = {(column.model, column.name) for column in columns()}
    assert {(LLMApi, "api_key"), (DocumentationSource, "credentials")} <= found


@pytest.mark.django_db
def test_all_secrets_come_under_the_first_key(settings: Any) -> None:
    make_apis(3)
    DocumentationSource.objects.create(
        name="Git", kind="git", location="https://x.test/y", credentials="token-0123456789"
    )
    settings.FIELD_KEYS = [NEW, OLD]
    code, said, _ = run()
    assert code == 0 and said.startswith("4 secrets: 4 re-encrypted, 0 under")
    settings.FIELD_KEYS = [NEW]
    assert LLMApi.objects.get(name="API 2").api_key.reveal() == key_of(2)
    assert DocumentationSource.objects.get().credentials.reveal() == "token-0123456789"


@pytest.mark.django_db
def test_a_second_run_has_nothing_to_do_and_touches_nothing(settings: Any) -> None:
    make_apis(2)
    settings.FIELD_KEYS = [NEW, OLD]
    rotate()
    before = stored()
    assert run()[:2] == (0, "2 secrets: 0 re-encrypted, 2 under the first key before.\n")
    assert stored() == before


@pytest.mark.django_db
def test_a_dry_run_counts_and_changes_nothing(settings: Any) -> None:
    make_apis(2)
    settings.FIELD_KEYS, before = [NEW, OLD], stored()
    code, said, _ = run("--dry-run", "--json")
    facts = json.loads(said)
    assert code == 1 and (facts["rotated"], facts["dry_run"]) == (2, True)
    assert stored() == before


@pytest.mark.django_db
def test_a_secret_that_no_key_reads_is_named_and_left(settings: Any) -> None:
    make_apis(2)
    lost = LLMApi.objects.get(name="API 0").pk
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    LLMApi.objects.defer("api_key").filter(pk=lost).update(api_key="sk-lost")
    settings.FIELD_KEYS = [NEW, OLD]
    before = stored()["API 0"]
    code, _, complaint = run()
    assert code == 1 and f"llm_manager.LLMApi {lost} api_key" in complaint
    assert stored()["API 0"] == before
    assert under(NEW, stored()["API 1"])


@pytest.mark.django_db
def test_what_somebody_enters_meanwhile_is_not_overwritten(settings: Any) -> None:
    make_apis(2)
    settings.FIELD_KEYS = [NEW, OLD]

    def enters_another(done: int, *_: Any) -> None:
        if done == 1:
            LLMApi.objects.filter(name="API 1").update(api_key="sk-entered-meanwhile")

    rotate(progress=enters_another)
    assert LLMApi.objects.get(name="API 1").api_key.reveal() == "sk-entered-meanwhile"


@pytest.mark.django_db
def test_without_a_key_it_says_what_is_missing(settings: Any) -> None:
    settings.FIELD_KEYS = []
    with pytest.raises(CommandError, match="FIELD_KEYS is not set"):
        call_command("rotate_field_keys")


@pytest.mark.django_db
def test_no_secret_is_printed(settings: Any) -> None:
    make_apis(2)
    settings.FIELD_KEYS = [NEW, OLD]
    assert "secret-number" not in "".join(map(str, run("--json")))


def started() -> "subprocess.Popen[str]":
    place = urlsplit(os.environ["DATABASE_URL"])
    environment = os.environ | {
        "DATABASE_URL": place._replace(path=f"/{connection.settings_dict['NAME']}").geturl(),
        "DJANGO_SETTINGS_MODULE": "spelunker.settings",
        "FIELD_KEYS": f"{NEW},{OLD}",
    }
    return subprocess.Popen(
        [sys.executable, "manage.py", "rotate_field_keys", "--json"], env=environment, text=True,
        cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_killed_half_way_it_leaves_all_readable_and_a_second_run_finishes(settings: Any) -> None:
    make_apis(3000)
    command = started()
    end = time.monotonic() + 60
    while not any(under(NEW, text) for text in stored().values()):
        assert command.poll() is None and time.monotonic() < end
        time.sleep(0.01)
    command.kill()
    command.communicate()
    half = sum(under(NEW, text) for text in stored().values())
    assert 0 < half < 3000, "it was not killed half-way"
    settings.FIELD_KEYS = [NEW, OLD]
    assert sorted(api.api_key.reveal() for api in LLMApi.objects.exclude(kind="builtin")) == [
        key_of(n) for n in range(3000)
    ]
    second = started()
    facts = json.loads(second.communicate(timeout=90)[0])
    assert second.returncode == 0
    assert (facts["rotated"], facts["current"]) == (3000 - half, half)
    settings.FIELD_KEYS = [NEW]
    assert LLMApi.objects.get(name="API 2999").api_key.reveal() == key_of(2999)
    assert all(under(NEW, text) for text in stored().values())
