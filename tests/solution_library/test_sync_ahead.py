"""What is fetched in front stays bounded, in order, and ends when nobody wants it any more."""

import threading
from collections.abc import Iterator

import pytest

from solution_library.previewing import preview_source
from solution_library.sources import SourceItem, SourceRefused
from solution_library.syncs import ahead
from solution_library.syncs.ahead import Ahead
from tests.solution_library.local_site import serve


def item(n: int, size: int = 1) -> SourceItem:
    return SourceItem(str(n), "", "", "content", body=b"x" * size)


def everything(fetched: Ahead) -> list[str]:
    keys: list[str] = []
    while not fetched.is_over:
        if (found := fetched.take(1.0)) is not None:
            keys.append(found.key)
    return keys


def test_items_come_in_their_order_and_none_is_left_behind() -> None:
    with Ahead(lambda: (item(n) for n in range(50))) as fetched:
        assert everything(fetched) == [str(n) for n in range(50)]


@pytest.mark.parametrize(("size", "most"), [(1, ahead.MAX_ITEMS), (20 * 1_048_576, 2)])
def test_only_so_much_is_fetched_in_front(size: int, most: int) -> None:
    made: list[int] = []
    blocked = threading.Event()

    def items() -> Iterator[SourceItem]:
        for n in range(30):
            made.append(n)
            if len(made) > most:
                blocked.set()
            yield item(n, size)

    with Ahead(items) as fetched:
        assert blocked.wait(5)  # one more is made, and waits for room
        assert len(made) == most + 1
        fetched.take(1.0)


def test_one_item_larger_than_the_room_is_let_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "MAX_BYTES", 10)
    with Ahead(lambda: iter([item(1, 100), item(2, 100)])) as fetched:
        assert everything(fetched) == ["1", "2"]


def test_what_the_source_raises_comes_after_what_it_gave() -> None:
    def items() -> Iterator[SourceItem]:
        yield item(1)
        raise SourceRefused("Not like this.")

    with Ahead(items) as fetched:
        first = fetched.take(1.0)
        assert first is not None and first.key == "1"
        with pytest.raises(SourceRefused, match="Not like this"):
            fetched.take(1.0)


def test_leaving_early_closes_the_source() -> None:
    closed = threading.Event()

    def items() -> Iterator[SourceItem]:
        try:
            for n in range(10_000):
                yield item(n)
        finally:
            closed.set()

    with Ahead(items) as fetched:
        fetched.take(1.0)
    assert closed.wait(5)


def test_a_slow_site_is_shown_as_far_as_it_came(settings: object) -> None:
    waiting = threading.Event()
    with serve() as site:
        settings.FETCH_ALLOWED_HOSTS = [site.host_port]  # type: ignore[attr-defined]
        site.page("/", "<title>Home</title><p>Words</p><a href='/slow'>x</a>")
        site.routes["/slow"] = lambda handler: waiting.wait(10)
        config = {"url": f"{site.base}/", "delay": 0}
        seen = preview_source("website", config, patience=0.7)
        waiting.set()
    assert [found.title for found in seen.look.documents] == ["Home"]
    assert "answers slowly" in seen.remark
