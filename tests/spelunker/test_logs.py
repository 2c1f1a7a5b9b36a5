"""Log lines tell what they are about, and no secret, whoever writes them."""

import json
import logging
import sys
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from audit.known_secrets import KnownSecrets
from jobs.log_context import about, in_same_context
from llm_manager.fields import Secret
from spelunker.embedded.terminal import log_lines_in
from spelunker.observing.logs import JsonLines, PlainLines, logging_config

KEY = "Zq7-unlike-any-pattern.93"


def written(*, as_json: bool = True) -> tuple[logging.Logger, StringIO]:
    """A logger of its own, and what its handler writes."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines() if as_json else PlainLines())
    logger = logging.Logger("some.library")
    logger.addHandler(handler)
    return logger, stream


def lines(stream: StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_one_json_object_with_time_level_and_logger() -> None:
    logger, stream = written()
    logger.warning("Two\nlines of %s", "text", extra={"job_id": 7})
    [line] = lines(stream)
    assert (line["event"], line["level"], line["logger"]) == (
        "Two\nlines of text", "warning", "some.library",
    )  # fmt: skip
    assert line["job_id"] == 7 and line["timestamp"].endswith("Z")


def test_lines_of_a_job_name_it_also_in_the_threads_that_work_for_it() -> None:
    logger, stream = written()
    with about(job_id=5, attempt=2, user_id=None), ThreadPoolExecutor(1) as pool:
        pool.submit(in_same_context(lambda: logger.info("within"))).result()
    logger.info("outside")
    within, outside = lines(stream)
    assert (within["job_id"], within["attempt"]) == (5, 2) and "user_id" not in within
    assert "job_id" not in outside


@pytest.mark.parametrize("as_json", [True, False], ids=["json", "plain"])
def test_no_secret_is_written_wherever_it_stands(as_json: bool) -> None:
    logger, stream = written(as_json=as_json)
    Secret(KEY)  # as the field does when it decrypts one
    try:
        raise ValueError(f"401 for key {KEY} at https://me:hunter22@host/x")
    except ValueError:
        logger.exception("Call with Bearer abcdefgh12345678, %s", KEY, extra={"url": f"?k={KEY}"})
    logger.info("key=%s, and (%s).", KEY, KEY)
    text = stream.getvalue()
    assert KEY not in text and "hunter22" not in text and "abcdefgh12345678" not in text
    assert "ValueError: 401 for key [hidden]" in text


def test_tracebacks_have_no_local_variables() -> None:
    logger, stream = written()
    try:
        passphrase = "only-in-a-variable"
        raise KeyError(len(passphrase))
    except KeyError:
        logger.exception("it broke")
    assert "only-in-a-variable" not in stream.getvalue() and "KeyError: 18" in stream.getvalue()


def test_known_secrets_are_kept_as_fingerprints_only() -> None:
    known = KnownSecrets()
    known.learn(KEY)
    assert KEY not in str(vars(known))
    assert known.hide(f"a {KEY}!") == "a [hidden]!"
    assert known.hide("an innocent-sentence of words") == "an innocent-sentence of words"


def test_links_that_let_somebody_in_are_not_written() -> None:
    logger, stream = written()
    logger.warning("Not Found: %s", "/join/abcDEF123456/")
    logger.warning("Not Found: %s", "/password/new/1-cx9z2-abcdef/")
    assert "abcDEF123456" not in stream.getvalue() and "cx9z2" not in stream.getvalue()


@pytest.mark.django_db
def test_a_request_leaves_one_line_with_its_number_and_route(
    client: Client, alice: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    logger, stream = written()
    monkeypatch.setattr("spelunker.observing.timing.logger", logger)
    client.force_login(alice)
    answer = client.get("/jobs/?q=confidential")
    [line] = lines(stream)
    assert line["request_id"] == answer["X-Request-ID"] and line["user_id"] == alice.pk
    assert (line["route"], line["status"]) == ("jobs:list", 200)
    assert "confidential" not in stream.getvalue()


def test_every_handler_of_the_configuration_hides_secrets() -> None:
    config = logging_config(level="INFO", as_json=True)
    assert {h["formatter"] for h in config["handlers"].values()} == {"lines"}
    assert config["root"]["handlers"] == ["console"]


@pytest.mark.slow  # another process
def test_nothing_of_tracing_or_reporting_is_imported_while_both_are_off() -> None:
    import subprocess

    code = (
        "import sys; import django; django.setup();"
        "from spelunker.observing import reports, timing, tracing, wiring;"
        "print([m for m in sys.modules if m.startswith(('opentelemetry', 'sentry_sdk'))])"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, timeout=60,
        env={"PATH": "/usr/bin:/bin", "DJANGO_SETTINGS_MODULE": "spelunker.settings",
             "SECRET_KEY": "x" * 60, "DATABASE_URL": "postgres:///none"},
    )  # fmt: skip
    assert done.stdout.strip().endswith("[]"), done.stdout + done.stderr


def test_a_terminal_shows_a_commands_words_and_errors_and_its_log_has_the_rest(
    tmp_path: Path,
) -> None:
    logger, terminal = written(as_json=False)
    with log_lines_in(tmp_path / "up.log", logger):
        logger.info("Queued job 1")
        logger.error("The disk is full")
    logger.info("as before")
    shown, kept = terminal.getvalue(), (tmp_path / "up.log").read_text()
    assert "Queued job 1" not in shown and "The disk is full" in shown and "as before" in shown
    assert " INFO some.library: Queued job 1\n" in kept and "The disk is full" in kept
    assert "as before" not in kept
