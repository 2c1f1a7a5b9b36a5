"""Feeds: the whole text or the linked page, new entries only, and nothing is gone for leaving."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from django.test import override_settings

from solution_library.sources import Known, Look, SourceItem, get_source
from tests.solution_library.local_site import Site, serve

feed = get_source("feed")
WORDS = "<p>" + "Backups are kept for thirty-five days in another region. " * 30 + "</p>"


@pytest.fixture
def site() -> Iterator[Site]:
    with serve() as local, override_settings(FETCH_ALLOWED_HOSTS=[local.host_port]):
        for n in range(4):
            local.page(f"/post/{n}", f"<title>Post {n}</title><p>Words {n}</p>", ETag=f'"{n}"')
        yield local


def rss(*entries: str, head: str = "") -> str:
    return (
        f'<?xml version="1.0"?>{head}<rss version="2.0" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>News</title>'
        f"{''.join(entries)}</channel></rss>"
    )


def entry(n: int, text: str = "") -> str:
    content = f"<content:encoded><![CDATA[{text}]]></content:encoded>" if text else ""
    return (
        f"<item><title>Entry {n}</title><link>/post/{n}?utm_source=rss</link>"
        f"<guid>id-{n}</guid><description>A summary</description>{content}</item>"
    )


def sync(site: Site, known: Mapping[str, Known] | None = None, **more: Any) -> list[SourceItem]:
    return list(feed.items({"url": f"{site.base}/feed", "delay": 0} | more, known or {}))


def outcomes(site: Site, items: list[SourceItem]) -> dict[str, str]:
    return {item.key.removeprefix(site.base): item.outcome for item in items}


def test_entries_with_a_summary_are_read_from_their_pages(site: Site) -> None:
    site.routes["/feed"] = (200, {"Content-Type": "application/rss+xml"}, rss(entry(0), entry(1)))
    items = sync(site)
    assert outcomes(site, items) == {"/post/0": "content", "/post/1": "content"}
    assert [item.title for item in items] == ["Post 0", "Post 1"]
    known = {i.key: Known(i.etag, None, i.content_hash, i.links) for i in items}
    assert set(outcomes(site, sync(site, known)).values()) == {"unchanged"}


def test_entries_with_their_whole_text_need_no_page(site: Site) -> None:
    site.routes["/feed"] = (200, {}, rss(entry(0, WORDS)))
    (item,) = sync(site)
    assert (item.title, item.key) == ("Entry 0", f"{site.base}/post/0")
    assert item.body and b"thirty-five days" in item.body
    assert "/post/0" not in site.asked
    assert outcomes(site, sync(site, {item.key: Known(content_hash=item.content_hash)})) == {
        "/post/0": "unchanged"
    }


def test_an_entry_that_has_left_the_feed_is_kept(site: Site) -> None:
    site.routes["/feed"] = (200, {}, rss(entry(1)))
    known = {f"{site.base}/post/0": Known(content_hash="x")}
    assert outcomes(site, sync(site, known)) == {"/post/1": "content"}


def test_atom_feeds_with_relative_links_are_read(site: Site) -> None:
    site.routes["/feed"] = (200, {}, '<feed xmlns="http://www.w3.org/2005/Atom"><title>N</title>'
        '<entry><id>a</id><title>E</title><link href="post/2"/></entry></feed>')  # fmt: skip
    assert outcomes(site, sync(site)) == {"/post/2": "content"}


def test_an_entry_on_another_host_is_left_out_with_a_reason_and_never_contacted(
    site: Site,
) -> None:
    away = "<item><title>x</title><link>http://elsewhere.test/x</link></item>"
    site.routes["/feed"] = (200, {}, rss(away, entry(0)))
    items = sync(site)
    assert [item.outcome for item in items] == ["skipped", "content"]
    assert "elsewhere.test" in str(items[0].error)


BAD = {
    "a web page": ("<!doctype html><title>x</title><p>words", "web page and not a feed"),
    "text": ("just words", "not a readable"),
    "broken XML": ("<rss><channel><item>", "not a readable|no entries|read"),
    "billion laughs": (
        '<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
        "<rss version='2.0'><channel><item><title>&b;</title></item></channel></rss>", ""),
    "a foreign entity": (
        '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
        "<rss version='2.0'><channel><title>&x;</title></channel></rss>", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_hostile_feed_is_one_failure_at_most_and_nothing_is_gone(site: Site, name: str) -> None:
    body, _ = BAD[name]
    site.routes["/feed"] = (200, {}, body)
    known = {f"{site.base}/post/0": Known(content_hash="x")}
    found = sync(site, known)
    assert "gone" not in outcomes(site, found).values()
    assert all("hostname" not in str(item.body) for item in found)


def test_a_feed_in_trouble_keeps_all_copies_and_says_so(site: Site) -> None:
    site.routes["/feed"] = (500, {}, "")
    (item,) = sync(site, {f"{site.base}/post/0": Known(content_hash="x")})
    assert (item.key, item.outcome) == ("limit:feed", "failed")
    assert "All copies are kept" in str(item.error)


def test_the_address_of_a_site_is_answered_with_that_of_its_feed(site: Site) -> None:
    link = '<link rel="alternate" type="application/rss+xml" href="/news.xml">'
    site.routes["/feed"] = (200, {"Content-Type": "text/html"}, f"<html><head>{link}</head></html>")
    (item,) = sync(site)
    assert f"Its feed is at {site.base}/news.xml" in str(item.error)


def test_only_the_newest_entries_up_to_the_limit_are_taken(site: Site) -> None:
    site.routes["/feed"] = (200, {}, rss(*(entry(n) for n in range(4))))
    items = sync(site, max_pages=2)
    assert [item.outcome for item in items] == ["content", "content", "skipped"]
    assert "The 2 oldest entries" in str(items[-1].error)


def test_the_preview_shows_the_newest_entries_with_their_titles(site: Site) -> None:
    site.routes["/feed"] = (200, {}, rss(entry(0), entry(1, WORDS)))
    look = Look()
    feed.preview({"url": f"{site.base}/feed", "delay": 0}, look, 9)
    assert [found.title for found in look.documents] == ["Post 0", "Entry 1"]
