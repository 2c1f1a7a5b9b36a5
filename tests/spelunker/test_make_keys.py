"""The secrets of a container installation: made once, kept, and never guessable."""

import importlib.util
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from cryptography.fernet import Fernet

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def program() -> Any:
    spec = importlib.util.spec_from_file_location("make_keys", ROOT / "docker" / "make_keys.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["make_keys"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    yield module
    del sys.modules["make_keys"]


@pytest.fixture
def folders(program: Any, tmp_path: Path) -> Any:
    names = ("app", "worker", "owner", "postgres", "rabbitmq")
    for name in names:
        (tmp_path / name).mkdir()
    return program.Folders(*(tmp_path / name for name in names))


def contents(folders: Any) -> dict[str, str]:
    return {
        f"{folder.name}/{path.relative_to(folder)}": path.read_text()
        for folder in vars(folders).values()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_what_is_not_given_is_made_once_and_kept(program: Any, folders: Any) -> None:
    program.make_keys(folders, {})
    first = contents(folders)
    program.make_keys(folders, {})
    assert contents(folders) == first
    assert len(first["app/secret_key"]) >= 50
    Fernet(first["app/field_keys"])


def test_two_installations_share_no_secret(program: Any, folders: Any, tmp_path: Path) -> None:
    program.make_keys(folders, {})
    first = contents(folders)
    for path in tmp_path.rglob("*"):
        if path.is_file():
            path.unlink()
    program.make_keys(folders, {})
    assert not set(first.values()) & set(contents(folders).values()) - {""}


def test_all_three_sides_agree_on_the_passwords(program: Any, folders: Any) -> None:
    program.make_keys(folders, {"POSTGRES_PASSWORD": "it's/long:and@odd#", "UNRELATED": "x"})
    made = contents(folders)
    assert made["postgres/password"] == "it's/long:and@odd#"
    database = urlsplit(made["owner/database_url"])
    assert (unquote(database.password or ""), database.hostname) == (
        "it's/long:and@odd#",
        "postgres",
    )
    broker = urlsplit(made["app/broker_url"])
    assert (
        f"default_pass = {unquote(broker.password or '')}\n" in made["rabbitmq/conf.d/account.conf"]
    )


def test_what_the_person_sets_wins_over_what_was_made(program: Any, folders: Any) -> None:
    program.make_keys(folders, {})
    keys = f"{Fernet.generate_key().decode()},{contents(folders)['app/field_keys']}"
    program.make_keys(folders, {"FIELD_KEYS": keys})
    program.make_keys(folders, {})
    assert contents(folders)["app/field_keys"] == keys


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"SECRET_KEY": "short"}, "SECRET_KEY can be guessed"),
        ({"FIELD_KEYS": "not a key"}, "Key 1 of FIELD_KEYS"),
        ({"POSTGRES_PASSWORD": "postgres"}, "The password in OWNER_DATABASE_URL can be guessed"),
        ({"RABBITMQ_PASSWORD": "long enough but blank"}, "RABBITMQ_PASSWORD must not hold blanks"),
        ({"FLOWER_BASIC_AUTH": "admin:admin"}, "FLOWER_BASIC_AUTH must be name:password"),
        (
            {"POSTGRES_PASSWORD": "the-same-secret-1", "RABBITMQ_PASSWORD": "the-same-secret-1"},
            "CELERY_BROKER_URL is the same secret as OWNER_DATABASE_URL",
        ),
    ],
)
def test_unusable_secrets_are_refused_and_nothing_is_written(
    program: Any, folders: Any, given: dict[str, str], said: str
) -> None:
    with pytest.raises(program.KeysRefused, match=said):
        program.make_keys(folders, given)
    assert contents(folders) == {}


def test_files_are_read_only(program: Any, folders: Any) -> None:
    program.make_keys(folders, {})
    modes = {path.stat().st_mode & 0o777 for path in folders.app.iterdir()}
    assert modes == {0o444}


def test_web_workers_and_owner_have_logins_of_their_own(program: Any, folders: Any) -> None:
    program.make_keys(folders, {})
    made = contents(folders)
    urls = [urlsplit(made[f"{folder}/database_url"]) for folder in ("app", "worker", "owner")]
    assert [url.username for url in urls] == ["spelunker_app", "spelunker_worker", "spelunker"]
    assert len({url.password for url in urls}) == 3


def test_an_older_installation_gets_its_separate_logins(program: Any, folders: Any) -> None:
    before = "postgres://spelunker:the-owners-own-words@postgres:5432/spelunker"
    (folders.app / "database_url").write_text(before)
    program.make_keys(folders, {"POSTGRES_PASSWORD": "the-owners-own-words"})
    made = contents(folders)
    assert made["owner/database_url"] == before
    assert "the-owners-own-words" not in made["app/database_url"] + made["worker/database_url"]


def test_one_login_may_do_for_all_in_a_database_of_ones_own(program: Any, folders: Any) -> None:
    own = "postgres://me:a-long-sentence@db.example.com/spelunker"
    program.make_keys(folders, {"DATABASE_URL": own})
    made = contents(folders)
    assert {made[f"{folder}/database_url"] for folder in ("app", "worker", "owner")} == {own}
    program.make_keys(folders, {"DATABASE_URL": own, "OWNER_DATABASE_URL": f"{own}?x"})
    assert contents(folders)["owner/database_url"] == f"{own}?x"


def test_secrets_of_other_services_are_files_and_never_made_up(program: Any, folders: Any) -> None:
    program.make_keys(folders, {"EMAIL_URL": "smtp://me:pw@mail"})
    made = contents(folders)
    assert (made["app/email_url"], made["app/oidc_client_secret"]) == ("smtp://me:pw@mail", "")
