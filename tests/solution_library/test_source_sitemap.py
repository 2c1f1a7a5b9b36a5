"""Sitemaps and single addresses: what is listed is read, and nothing listed can hurt."""

import gzip
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.test import override_settings

from solution_library.sources import Known, Look, SourceItem, SourceRefused, get_source
from tests.solution_library.local_site import Site, serve

sitemap = get_source("sitemap")
single_url = get_source("single_url")

XMLNS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


@pytest.fixture
def site() -> Iterator[Site]:
    with serve() as local, override_settings(FETCH_ALLOWED_HOSTS=[local.host_port]):
        local.fallback = lambda path: (
            (
                200,
                {"Content-Type": "text/html", "ETag": f'"{path}"'},
                f"<title>{path}</title>{path}",
            )
            if path.startswith("/p")
            else (404, {}, "")
        )
        yield local


def urlset(site: Site, *paths: str) -> str:
    rows = "".join(f"<url><loc> {site.base}{path}\n</loc></url>" for path in paths)
    return f'<?xml version="1.0"?><urlset {XMLNS}>{rows}</urlset>'


def index(site: Site, *paths: str) -> str:
    rows = "".join(f"<sitemap><loc>{site.base}{path}</loc></sitemap>" for path in paths)
    return f"<sitemapindex {XMLNS}>{rows}</sitemapindex>"


def sync(site: Site, known: dict[str, Known] | None = None, **more: Any) -> list[SourceItem]:
    config = {"url": f"{site.base}/sitemap.xml", "delay": 0} | more
    return list(sitemap.items(config, known or {}))


def outcomes(site: Site, items: list[SourceItem]) -> dict[str, str]:
    return {item.key.removeprefix(site.base): item.outcome for item in items}


def test_the_listed_pages_arrive_with_a_total(site: Site) -> None:
    site.routes["/sitemap.xml"] = (200, {}, urlset(site, "/p1", "/p2", "/p1#x"))
    items = sync(site)
    assert outcomes(site, items) == {"/p1": "content", "/p2": "content"}
    assert {item.total_hint for item in items} == {2}


def test_an_index_packed_sitemaps_and_plain_lists_are_followed(site: Site) -> None:
    site.routes["/sitemap.xml"] = (200, {}, index(site, "/one.xml.gz", "/two.txt", "/sitemap.xml"))
    site.routes["/one.xml.gz"] = (200, {}, gzip.compress(urlset(site, "/p1").encode()))
    site.routes["/two.txt"] = (200, {}, f"\ufeff{site.base}/p2\r\nnot an address\n{site.base}/p3\n")
    assert set(outcomes(site, sync(site))) == {"/p1", "/p2", "/p3"}
    assert site.asked.count("/sitemap.xml") == 1


def test_pictures_of_a_page_are_not_pages(site: Site) -> None:
    picture = f'<i:image xmlns:i="urn:i"><i:loc>{site.base}/p9</i:loc></i:image>'
    body = urlset(site, "/p1").replace("</url>", picture + "</url>")
    site.routes["/sitemap.xml"] = (200, {}, body)
    assert outcomes(site, sync(site)) == {"/p1": "content"}


def test_one_broken_part_is_reported_and_the_others_are_read(site: Site) -> None:
    site.routes["/sitemap.xml"] = (200, {}, index(site, "/bad.xml", "/good.xml", "/missing.xml"))
    site.routes["/bad.xml"] = (200, {}, "<urlset><url>")
    site.routes["/good.xml"] = (200, {}, urlset(site, "/p1"))
    assert outcomes(site, sync(site)) == {
        "/bad.xml": "failed", "/missing.xml": "failed", "/p1": "content",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<!DOCTYPE html><p>hello", "is a web page, not a sitemap"),
        ("<urlset><url><loc>", "damaged XML"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><urlset>&a;</urlset>', "damaged XML"),
        ('<!DOCTYPE x SYSTEM "file:///etc/passwd"><urlset/>', "damaged XML"),
        ("<a>" * 100 + "</a>" * 100, "damaged XML"),
        (b"\x1f\x8b broken", "damaged gzip"),
        (gzip.compress(bytes(51 * 1024 * 1024)), "larger than 50 MB when unpacked"),
        ("<?xml version='1.0' encoding='no-such'?><urlset/>", "damaged XML"),
    ],
)
def test_a_sitemap_that_is_none_is_one_failure_and_no_known_page_is_lost(
    site: Site, body: str | bytes, words: str
) -> None:
    site.routes["/sitemap.xml"] = (200, {}, body)
    items = sync(site, {f"{site.base}/p1": Known(content_hash="x")})
    assert outcomes(site, items) == {"/sitemap.xml": "failed"}
    assert words in str(items[0].error)


def test_an_empty_sitemap_empties_nothing(site: Site) -> None:
    site.routes["/sitemap.xml"] = (200, {}, urlset(site))
    assert sync(site, {f"{site.base}/p1": Known(content_hash="x")}) == []


def test_foreign_addresses_in_a_sitemap_are_not_contacted_but_counted(site: Site) -> None:
    with serve() as other:
        body = urlset(site, "/p1") + index(site)
        body = urlset(site, "/p1").replace(
            "</urlset>",
            f"<url><loc>{other.base}/x</loc></url><url><loc>file:///etc/passwd</loc></url></urlset>",
        )
        site.routes["/sitemap.xml"] = (200, {}, body)
        with override_settings(FETCH_ALLOWED_HOSTS=[site.host_port, other.host_port]):
            items = sync(site)
        assert other.connections == 0
    assert outcomes(site, items) == {"/p1": "content", "limit:outside": "skipped"}


def test_the_page_limit_is_kept_and_said(site: Site) -> None:
    site.routes["/sitemap.xml"] = (200, {}, urlset(site, *(f"/p{n}" for n in range(30))))
    items = sync(site, max_pages=3)
    assert [item.outcome for item in items] == ["content"] * 3 + ["skipped"]
    assert "lists 27 more" in str(items[-1].error)


def test_a_dropped_page_is_asked_for_before_it_counts_as_gone(site: Site) -> None:
    site.routes["/sitemap.xml"] = (200, {}, urlset(site, "/p1"))
    known = {f"{site.base}{path}": Known(content_hash="x") for path in ("/p1", "/p2", "/q")}
    assert outcomes(site, sync(site, known)) == {"/p1": "content", "/p2": "content", "/q": "gone"}


def test_a_second_sync_and_a_resumed_one_are_cheap(site: Site) -> None:
    site.routes["/sitemap.xml"] = (200, {}, urlset(site, "/p1", "/p2"))
    known = {item.key: Known(item.etag, None, item.content_hash) for item in sync(site)}
    assert outcomes(site, sync(site, known)) == {"/p1": "unchanged", "/p2": "unchanged"}
    site.asked.clear()
    fresh = {key: replace(entry, fresh=True) for key, entry in known.items()}
    assert sync(site, fresh) == []
    assert site.asked == ["/robots.txt", "/sitemap.xml"]


def test_the_preview_shows_titles_and_what_is_left_out_and_why(site: Site) -> None:
    site.routes["/sitemap.xml"] = (200, {}, urlset(site, "/p1", "/p2", "/away"))
    config = {"url": f"{site.base}/sitemap.xml", "delay": 0}
    look = Look()
    sitemap.preview(config, look, 9)
    assert [(f.title, f.key) for f in look.documents] == [
        ("/p1", f"{site.base}/p1"), ("/p2", f"{site.base}/p2")
    ]  # fmt: skip
    assert "does not exist" in look.left_out[0].reason
    broken = Look()
    sitemap.preview(config | {"url": f"{site.base}/other.xml"}, broken, 9)
    assert "answered 404" in broken.left_out[0].reason and not broken.documents


def test_a_page_whose_sitemap_says_it_did_not_change_is_asked_for_once_a_week(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.routes["/p1"] = (200, {"Content-Type": "text/html"}, "<title>p</title>words")
    entry = f"<url><lastmod>{{}}</lastmod><loc>{site.base}/p1</loc></url>"
    listed = "<urlset>" + entry + "</urlset>"
    site.routes["/sitemap.xml"] = (200, {}, listed.format("2026-01-02"))
    (first,) = sync(site)
    known = {first.key: Known(first.etag, None, first.content_hash, first.links)}
    site.asked.clear()
    (again,) = sync(site, known)
    assert (again.outcome, again.etag) == ("unchanged", first.etag)
    assert "/p1" not in site.asked
    site.routes["/sitemap.xml"] = (200, {}, listed.format("2026-01-03"))
    sync(site, known)
    assert "/p1" in site.asked and "if-none-match" not in site.seen_headers[-1]
    assert first.etag is not None
    old = first.etag.rpartition(" ")[0] + " 2020-01-01"
    site.routes["/sitemap.xml"] = (200, {}, listed.format("2026-01-02"))
    site.asked.clear()
    sync(site, {first.key: replace(known[first.key], etag=old)})
    assert "/p1" in site.asked


def test_a_single_address_is_one_document(site: Site) -> None:
    config = {"url": f"{site.base}/p1#part"}
    (item,) = single_url.items(config, {})
    assert (item.key, item.title, item.outcome) == (f"{site.base}/p1", "/p1", "content")
    assert (item.filename, item.total_hint) == ("p1.html", 1)
    known = {item.key: Known(item.etag, item.last_modified, item.content_hash)}
    (again,) = single_url.items(config, known)
    assert again.outcome == "unchanged"
    assert list(single_url.items(config, {item.key: replace(known[item.key], fresh=True)})) == []
    look = Look()
    single_url.preview(config, look, 9)
    assert [(f.title, f.key) for f in look.documents] == [("/p1", f"{site.base}/p1")]


def test_a_single_address_that_vanished_is_gone_and_one_in_trouble_failed(site: Site) -> None:
    config = {"url": f"{site.base}/x"}
    known = {f"{site.base}/x": Known(content_hash="x")}
    assert [item.outcome for item in single_url.items(config, known)] == ["gone"]
    site.routes["/x"] = (502, {}, "")
    assert [item.outcome for item in single_url.items(config, known)] == ["failed"]
    look = Look()
    single_url.preview(config, look, 9)
    assert "answered 502" in look.left_out[0].reason


def test_an_unknown_kind_of_source_is_refused_with_the_kinds_there_are() -> None:
    with pytest.raises(SourceRefused, match="folder"):
        get_source("ftp")
