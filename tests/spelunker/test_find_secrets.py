"""What looks like a secret does not get into the repository unseen."""

import subprocess
from pathlib import Path

import pytest

from scripts.find_secrets import digest, main, secrets_in

ROOT = Path(__file__).resolve().parents[2]
#: Put together here, so that this file holds none.
RANDOM = "Zk3vQ9xT7mB2" + "nW8rL5dY1cF6"
PLANTED = {
    "a private key": "-----BEGIN RSA PRIVATE" + f" KEY-----\nMII{RANDOM}{RANDOM}\n",
    "a key of AWS": "AKIA" + "Q4ZT7WMB2NR8L5DY",
    "a token of GitHub": "ghp" + f"_{RANDOM}a9K2x7",
    "a token of Slack": "xoxb" + f"-{RANDOM}",
    "a key of an LLM provider": "sk" + f"-ant-{RANDOM}",
    "a key of Google": "AIza" + f"{RANDOM}q7R4t1Y8u3P",
    "a token of Spelunker": "spk" + f"_{RANDOM}",
    "a field key": RANDOM + "p7Jx0VhS4gKe9aUoEtB" + "=",
    "a named secret": f'METRICS_TOKEN: "{RANDOM}"',
    "a password in an address": f"postgres://app:{RANDOM}@db/x",
}


@pytest.mark.parametrize("what", PLANTED)
def test_a_planted_secret_is_found_by_its_form_or_by_its_randomness(what: str) -> None:
    found = list(secrets_in(f"first line\nx = {PLANTED[what]}\n"))
    assert (2, what) in [(line, name) for line, name, _ in found]


@pytest.mark.parametrize(
    "harmless",
    ["SECRET_KEY=", "token = request.headers.get('token')", "password: correct-horse-battery",
     "POSTGRES_PASSWORD_FILE=/run/secrets/postgres_password", "postgres://app:${PASSWORD}@db/x",
     "sk-an-example-of-a-key-in-words", "https://user:password@host"],
)  # fmt: skip
def test_words_about_secrets_are_none(harmless: str) -> None:
    assert list(secrets_in(harmless)) == []


def test_a_file_that_is_not_committed_yet_turns_it_red_and_is_named_without_its_secret(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "fine.py").write_text("token = make_token()\n")
    assert main(tmp_path) == 0
    (tmp_path / "deploy.env").write_text(f"\nAPI_KEY={RANDOM}\n")
    assert main(tmp_path) == 1
    said = capsys.readouterr().out
    assert "deploy.env:2 looks like a named secret" in said
    assert digest(RANDOM) in said and RANDOM not in said


def test_lint_looks_for_secrets() -> None:
    assert "scripts/find_secrets.py" in (ROOT / "scripts" / "lint").read_text()
