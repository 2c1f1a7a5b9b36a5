"""Buckets: signed by hand-given keys only, sent by the careful fetching, one bad object alone."""

import socket
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import settings as trials
from hypothesis import strategies as st

from solution_library.fetching import FetchFailed, parse_target
from solution_library.sources import Known, Look, SourceItem, SourceRefused, get_source, s3
from solution_library.sources.s3_requests import Bucket, Keys, list_page
from tests.solution_library.s3_store import ACCESS, SECRET, Store, running

KIND = get_source("s3")


@pytest.fixture
def store() -> Iterator[Store]:
    with running() as local, override_settings(FETCH_ALLOWED_HOSTS=[local.site.host_port]):
        local.objects = {"a.md": b"# A", "sub/b c+d.md": b"# B", "umlaut/\u00e4\u2713.md": b"# C"}
        yield local


def sync(store: Store, known: Mapping[str, Known] | None = None, **more: Any) -> list[SourceItem]:
    return list(KIND.items(store.config | more, known or {}))


def outcomes(items: list[SourceItem]) -> dict[str, str]:
    return {item.key: item.outcome for item in items}


def kept(items: list[SourceItem]) -> dict[str, Known]:
    return {item.key: Known(item.etag, None, item.content_hash) for item in items if item.body}


def test_objects_arrive_whatever_letters_their_keys_have(store: Store) -> None:
    items = sync(store)
    assert {item.key: item.body for item in items} == store.objects
    assert [item.title for item in items] == ["a", "b c+d", "\u00e4\u2713"]
    assert items[0].total_hint == 3


def test_a_second_sync_asks_for_the_listing_and_for_what_changed(store: Store) -> None:
    known = kept(sync(store))
    store.objects["a.md"] = b"# A, revised"
    del store.objects["sub/b c+d.md"]
    store.objects["new.md"] = b"# N"
    store.asked.clear()
    assert outcomes(sync(store, known)) == {
        "a.md": "content", "new.md": "content", "umlaut/\u00e4\u2713.md": "unchanged",
        "sub/b c+d.md": "gone",
    }  # fmt: skip
    assert len(store.asked) == 3


def test_a_resumed_sync_passes_over_what_is_written(store: Store) -> None:
    known = {key: replace(k, fresh=True) for key, k in kept(sync(store)).items()}
    store.asked.clear()
    assert sync(store, known) == []
    assert len(store.asked) == 1


def test_a_listing_of_many_pages_is_followed_to_its_end(store: Store) -> None:
    store.objects = {f"{n:03}.md": b"x" for n in range(95)}
    store.page_size = 10
    assert len(sync(store, prefix="0")) == 95
    assert len(sync(store, prefix="00")) == 10


def test_a_bucket_without_end_is_listed_to_a_limit_and_nothing_is_gone(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3, "MAX_LISTED", 20)
    store.objects = {f"{n:03}.md": b"x" for n in range(95)}
    store.page_size = 10
    items = sync(store, {"zzz.md": Known(content_hash="x")})
    assert len([item for item in items if item.outcome == "content"]) == 20
    assert "Choose a part of it with 'prefix'" in str(items[-1].error)
    assert "gone" not in outcomes(items).values()


def test_a_key_that_looks_like_a_path_is_never_one(store: Store) -> None:
    names = ("../../x.md", "/etc/passwd.md", "a/./b.md", "a/..", "line\nbreak.md", "x" * 1010)
    store.objects = dict.fromkeys(names, b"x") | {"ok.md": b"fine"}
    found = outcomes(sync(store))
    assert found == {"ok.md": "content", "limit:kinds": "skipped"}


def test_an_object_that_changes_between_listing_and_reading_waits_for_the_next_sync(
    store: Store,
) -> None:
    store.listed_etags["a.md"] = '"another"'
    (item,) = [item for item in sync(store) if item.key == "a.md"]
    assert item.outcome == "failed" and "changed while the bucket was read" in str(item.error)


def test_one_object_that_may_not_be_read_does_not_stop_the_others(store: Store) -> None:
    store.refusals["a.md"] = (403, "AccessDenied")
    store.storage_classes["sub/b c+d.md"] = "GLACIER"
    items = sync(store)
    assert sorted(outcomes(items).values()) == ["content", "failed", "skipped"]
    assert "may not read this" in str(items[0].error)


def test_a_store_that_asks_to_slow_down_is_asked_again(store: Store) -> None:
    store.busy = 2
    assert len(sync(store)) == 3


def test_a_store_that_stays_busy_is_one_failure_and_nothing_is_gone(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("solution_library.sources.s3_requests.PAUSES", (0.01,))
    known, store.busy = kept(sync(store)), 99
    (item,) = sync(store, known)
    assert item.outcome == "failed" and "All copies are kept" in str(item.error)


def test_an_empty_bucket_empties_nothing(store: Store) -> None:
    known, store.objects = kept(sync(store)), {}
    assert [item.outcome for item in sync(store, known)] == ["failed"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"secret_key": "wrong"}, "secret key does not fit"),
        ({"bucket": "other"}, "no bucket .other. there"),
        ({"anonymous": True}, "secret key does not fit"),
    ],
)
def test_what_is_wrong_with_the_access_is_said_in_a_sentence(
    store: Store, change: dict[str, Any], words: str
) -> None:
    (item,) = sync(store, **change)
    assert item.outcome == "failed"
    with pytest.raises(SourceRefused, match=words):
        KIND.preview(store.config | change, Look(), 5)


def test_the_secret_is_in_no_message_and_no_representation(store: Store) -> None:
    store.refusals["a.md"] = (500, "InternalError")
    texts = [str(item.error) for item in sync(store)] + [repr(Keys(ACCESS, SECRET))]
    assert all(SECRET not in text for text in texts)
    assert all(SECRET not in path for path in store.asked)


@pytest.fixture
def connects(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    made: list[Any] = []

    def record(self: socket.socket, address: Any) -> None:
        made.append(address)
        raise OSError("no network in this test")

    monkeypatch.setattr(socket.socket, "connect", record)
    return made


@pytest.mark.parametrize(
    "endpoint",
    ["http://169.254.169.254", "https://169.254.169.254", "http://127.0.0.1:5432",
     "https://127.0.0.1:9000", "https://[fd00:ec2::254]", "ftp://store.test", "https://10.0.0.7",
     "http://store.example.com", "https://store.example.com/path", "https://100.64.0.1"],
)  # fmt: skip
def test_an_endpoint_inside_or_without_tls_is_refused_without_a_packet(
    endpoint: str, connects: list[Any]
) -> None:
    config = {"bucket": "docs", "endpoint": endpoint, "access_key": "a", "secret_key": "b"}
    with pytest.raises(SourceRefused):
        KIND.check(config)
    assert connects == []


def test_without_keys_nothing_of_the_servers_surroundings_is_used(
    connects: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of-the-server")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of-the-server")
    for config in ({}, {"access_key": "a"}, {"secret_key": "b"}):
        with pytest.raises(SourceRefused, match="Keys of this server's own surroundings"):
            KIND.items({"bucket": "docs"} | config, {})
    assert connects == []


@given(st.binary(max_size=300))
@trials(max_examples=60, deadline=None)
def test_any_answer_to_a_listing_is_a_page_or_a_named_problem(body: bytes) -> None:
    bucket = Bucket("https://store.example.com", "docs", "eu-1", None)
    from solution_library.sources.s3_requests import StoreError, _parse_page

    try:
        _parse_page(body, bucket)
    except StoreError as error:
        assert error.reason


def test_a_listing_with_entities_is_refused() -> None:
    from solution_library.sources.s3_requests import StoreError, _parse_page

    body = b'<!DOCTYPE x [<!ENTITY a "b">]><ListBucketResult>&a;</ListBucketResult>'
    with pytest.raises(StoreError, match="did not answer like an S3 store"):
        _parse_page(body, Bucket("https://store.example.com", "docs", "eu-1", None))


def test_a_bucket_at_aws_is_addressed_by_its_name() -> None:
    assert Bucket("", "docs", "eu-1").base == "https://docs.s3.eu-1.amazonaws.com"
    assert Bucket("", "docs.example.com", "eu-1").base.endswith("amazonaws.com/docs.example.com")
    assert parse_target(Bucket("", "docs", "eu-1").target("a b").url).path == "/a%20b"


@pytest.mark.slow
def test_the_widely_used_stand_in_for_the_real_store_understands_us(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moto = pytest.importorskip("moto.server")
    import boto3

    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    try:
        host, port = server.get_host_and_port()
        keys = {"aws_access_key_id": "x", "aws_secret_access_key": "y"}
        client = boto3.client(
            "s3", endpoint_url=f"http://{host}:{port}", region_name="us-east-1", **keys
        )
        client.create_bucket(Bucket="docs")
        client.put_object(Bucket="docs", Key="guide/a b+\u00e4.md", Body=b"# Guide")
        with override_settings(FETCH_ALLOWED_HOSTS=[f"{host}:{port}"]):
            config = {"bucket": "docs", "endpoint": f"http://{host}:{port}",
                      "access_key": "x", "secret_key": "y"}  # fmt: skip
            (item,) = KIND.items(config, {})
            assert (item.key, item.body) == ("guide/a b+\u00e4.md", b"# Guide")
            known = {item.key: Known(item.etag, None, item.content_hash)}
            assert [i.outcome for i in KIND.items(config, known)] == ["unchanged"]
    finally:
        server.stop()


def test_a_store_that_is_down_fails_in_words(store: Store) -> None:
    bucket = Bucket("http://127.0.0.1:9", "docs", "eu-1", None)
    with override_settings(FETCH_ALLOWED_HOSTS=["127.0.0.1:9"]), pytest.raises(FetchFailed):
        list_page(bucket, "", "")
