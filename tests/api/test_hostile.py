"""Whatever is sent, the answer is a sentence and never a 500."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.v1 import described
from tests.api.api_world import Program, program_of
from tests.rfp_manager.view_world import make_answer, make_rfp, question

QUICK = settings(
    max_examples=60, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
IDS = st.sampled_from(["1", "0", "-1", "999999", str(2**63), str(10**40), "x", "%00", "1%2F2", "٣"])
ANYTHING = st.one_of(
    st.text(max_size=30), st.integers(), st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(), st.none(), st.sampled_from(["\x00", "\ud800", 2**70, -1, "me", "approved"]),
)  # fmt: skip
NAMES = sorted(
    {name for schema in described()["components"]["schemas"].values()
     for name in schema.get("properties", {})}
)  # fmt: skip
BODIES = st.one_of(
    ANYTHING, st.lists(ANYTHING, max_size=3),
    st.dictionaries(st.sampled_from(NAMES), st.one_of(ANYTHING, st.lists(ANYTHING, max_size=3)),
                    max_size=6),
)  # fmt: skip
ENDPOINTS = sorted(
    (path, method.upper()) for path, methods in described()["paths"].items() for method in methods
)


@pytest.fixture
def program(alice: Any, settings: Any) -> Program:
    settings.API_READS_PER_MINUTE = settings.API_WRITES_PER_MINUTE = 0
    make_answer(question(make_rfp(alice), 1))
    return program_of(alice)


def filled(path: str, ids: list[str]) -> str:
    for number in ids:
        if "{" not in path:
            break
        path = path[: path.index("{")] + number + path[path.index("}") + 1 :]
    return path


@pytest.mark.slow
@pytest.mark.django_db
@QUICK
@given(
    endpoint=st.sampled_from(ENDPOINTS), ids=st.lists(IDS, min_size=4, max_size=4), body=BODIES,
    query=st.dictionaries(
        st.sampled_from(["limit", "cursor", "q", "state", "who", "show", "collection", "kind",
                         "tag", "status", "section", "verdict"]),
        st.one_of(st.text(max_size=20), st.sampled_from(["-1", "0", "201", str(2**64)])),
        max_size=3,
    ),
)  # fmt: skip
def test_no_request_makes_the_api_fail(
    program: Program, endpoint: tuple[str, str], ids: list[str], body: Any, query: dict[str, str]
) -> None:
    from urllib.parse import urlencode

    path, method = endpoint
    url = filled(path, ids)
    if query:
        url += "?" + urlencode(query, errors="replace")
    data = None if method in ("GET", "DELETE") else json.dumps(body).encode()
    answer = program.ask(method, url, data)
    assert answer.status_code < 500, (method, url, body, answer.content)
    if answer.status_code >= 400:
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["detail"]


@pytest.mark.django_db
@QUICK
@given(key=st.text(max_size=250).filter(lambda text: "\n" not in text and "\r" not in text))
def test_no_key_makes_the_api_fail(program: Program, key: str) -> None:
    try:
        key.encode("latin-1")
    except UnicodeEncodeError:
        return  # no HTTP client sends it
    answer = program.post("/jobs/1/cancel", Idempotency_Key=key)
    assert answer.status_code in (404, 422)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"\xff", b'{"a":' * 5000, b"1" * 5000, b'"\\ud800"']
)
def test_no_body_makes_the_api_fail(program: Program, body: bytes) -> None:
    assert program.post("/webhooks", body).status_code in (400, 422)
