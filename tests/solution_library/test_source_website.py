"""Crawling a site: everything inside, nothing outside, and an end to every trap."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from django.test import override_settings

from solution_library.sources import Known, Look, SourceItem, SourceRefused, get_source
from tests.solution_library.local_site import Site, serve

website = get_source("website")


@pytest.fixture
def site() -> Iterator[Site]:
    with serve() as local, override_settings(FETCH_ALLOWED_HOSTS=[local.host_port]):
        yield local


def config(site: Site, path: str = "/", **more: Any) -> dict[str, Any]:
    return {"url": site.base + path, "delay": 0} | more


def crawl(
    site: Site, known: Mapping[str, Known] | None = None, path: str = "/", **more: Any
) -> list[SourceItem]:
    return list(website.items(config(site, path, **more), known or {}))


def outcomes(site: Site, items: list[SourceItem]) -> dict[str, str]:
    return {item.key.removeprefix(site.base): item.outcome for item in items}


def stored(items: list[SourceItem]) -> dict[str, Known]:
    """What a caller keeps of a sync."""
    return {
        item.key: Known(item.etag, item.last_modified, item.content_hash, item.links)
        for item in items
        if item.outcome in {"content", "unchanged"}
    }


def links(*hrefs: str, title: str = "A page") -> str:
    anchors = "".join(f'<a href="{href}">x</a>' for href in hrefs)
    return f"<title>{title}</title><p>Words about {title} {hrefs}.</p>{anchors}"


def test_every_linked_page_of_the_site_arrives_once_with_title_and_body(site: Site) -> None:
    site.page("/", links("/a", "a#part", "/b?", "mailto:x@y.test", "javascript:void 0"))
    site.page("/a", links("/", "/b", "/a/", title="  Alpha \n page "))
    site.page("/b", links())
    site.routes["/a/"] = (301, {"Location": "/a"}, "")
    items = crawl(site)
    assert outcomes(site, items) == {"/": "content", "/a": "content", "/b": "content"}
    alpha = next(item for item in items if item.key.endswith("/a"))
    assert (alpha.title, alpha.filename, alpha.error) == ("Alpha page", "a.html", None)
    assert alpha.body and b"Alpha" in alpha.body
    assert site.asked.count("/a") <= 2


def test_another_host_is_never_contacted(site: Site) -> None:
    with serve() as other:
        site.page("/", links(f"{other.base}/x", "/go", "//evil.test/"))
        site.routes["/go"] = (302, {"Location": f"{other.base}/y"}, "")
        with override_settings(FETCH_ALLOWED_HOSTS=[site.host_port, other.host_port]):
            items = crawl(site)
        assert other.connections == 0
    skipped = next(item for item in items if item.outcome == "skipped")
    assert skipped.error is not None and "redirects to another site" in skipped.error


def test_another_host_is_read_when_it_is_added(site: Site) -> None:
    with serve() as other:
        site.page("/", links(f"{other.base}/x"))
        other.page("/x", links())
        with override_settings(FETCH_ALLOWED_HOSTS=[site.host_port, other.host_port]):
            items = crawl(site, extra_hosts=[other.host_port])
    assert [item.outcome for item in items] == ["content", "content"]


def test_robots_txt_is_obeyed_with_wildcards_and_longest_match(site: Site) -> None:
    rules = "User-agent: other\nDisallow: /\n\nUser-agent: *\nDisallow: /private\n"
    rules += "Allow: /private/open$\nDisallow: /*.secret # no\nCrawl-delay: 0.01\n"
    site.routes["/robots.txt"] = (200, {}, rules)
    site.page("/", links("/private", "/private/open", "/private/open/x", "/a.secret/y", "/ok"))
    site.fallback = lambda path: (200, {"Content-Type": "text/html"}, f"<p>{path}")
    items = outcomes(site, crawl(site))
    assert {k: v for k, v in items.items() if v == "content"}.keys() == {
        "/", "/private/open", "/ok",
    }  # fmt: skip
    assert not {"/private", "/private/open/x", "/a.secret/y"} & set(site.asked)


def test_a_robots_txt_that_names_us_beats_the_general_rules(site: Site) -> None:
    site.routes["/robots.txt"] = (
        200, {}, "User-agent: *\nDisallow: /\n\nUser-agent: Spelunker/2\nDisallow:\n",
    )  # fmt: skip
    site.page("/", links())
    assert outcomes(site, crawl(site)) == {"/": "content"}


def test_a_site_with_a_broken_robots_txt_is_left_alone_and_nothing_is_gone(site: Site) -> None:
    site.routes["/robots.txt"] = (500, {}, "")
    site.page("/", links("/a"))
    known = {f"{site.base}/a": Known(content_hash="x", links=())}
    items = crawl(site, known)
    assert {item.outcome for item in items} == {"failed"}
    assert site.asked == ["/robots.txt"]


def test_pages_are_asked_for_with_a_pause_between_them(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    site.page("/", links("/a"))
    site.page("/a", links())
    crawl(site, delay=40)
    assert [pause > 30 for pause in pauses] == [False, True, True]


def test_a_calendar_without_end_stops_at_the_page_limit_and_says_so(site: Site) -> None:
    def month(path: str) -> Any:
        number = int(path.rpartition("-")[2] or 0) if "-" in path else 0
        body = links(f"/month-{number + 1}", f"/month-{number + 2}", title=f"Month {number}")
        return 200, {"Content-Type": "text/html"}, body

    site.fallback = lambda path: (404, {}, "") if path == "/robots.txt" else month(path)
    items = crawl(site, max_pages=15, max_depth=50)
    assert sum(item.outcome == "content" for item in items) == 15
    assert items[-1].key == "limit:pages"
    assert "limit of 15 pages" in str(items[-1].error)


def test_one_page_under_a_thousand_query_strings_is_kept_once(site: Site) -> None:
    hrefs = [f"/list?sort={number}&utm_source=x" for number in range(1000)]
    site.page("/", links(*hrefs))
    site.fallback = lambda path: (
        (404, {}, "") if "robots" in path else (200, {"Content-Type": "text/html"}, "<p>list")
    )
    items = crawl(site)
    kept = [item for item in items if item.outcome == "content"]
    assert len(kept) == 2
    assert len(site.asked) < 30
    assert any("same content" in str(item.error) for item in items)
    assert items[-1].key == "limit:trap"


def test_a_link_that_grows_by_itself_is_recognised(site: Site) -> None:
    site.fallback = lambda path: (
        (404, {}, "")
        if path == "/robots.txt"
        else (200, {"Content-Type": "text/html"}, links("deeper/", title=path))
    )
    items = crawl(site, max_depth=50)
    assert len(site.asked) < 10
    assert items[-1].key == "limit:trap"


def test_a_page_of_100000_links_neither_fills_the_memory_nor_ends_the_crawl(site: Site) -> None:
    site.page("/", links(*(f"/p{number}" for number in range(100_000))))
    site.fallback = lambda path: (404, {}, "")
    items = crawl(site, max_pages=5)
    assert len(site.asked) <= 7
    assert items[-1].key.startswith("limit:")


def test_files_are_taken_by_their_type_and_others_are_skipped_with_a_reason(site: Site) -> None:
    site.page("/", links("/f/a.pdf", "/f/b", "/f/c.md", "/f/d", "/img.png", "/f/e"))
    site.routes["/f/a.pdf"] = (200, {"Content-Type": "application/octet-stream"}, b"%PDF-1.7")
    site.routes["/f/b"] = (200, {"Content-Type": "application/pdf"}, b"%PDF-1.7 b")
    site.routes["/f/c.md"] = (200, {"Content-Type": "text/plain"}, "# c")
    site.routes["/f/d"] = (200, {"Content-Type": "video/mp4"}, "movie")
    site.routes["/f/e"] = (200, {}, "<!DOCTYPE html><p>e")
    items = {item.key.removeprefix(site.base): item for item in crawl(site)}
    names = {key: item.filename for key, item in items.items() if item.outcome == "content"}
    assert names == {
        "/": "index.html", "/f/a.pdf": "a.pdf", "/f/b": "b.pdf", "/f/c.md": "c.md",
        "/f/e": "e.html",
    }  # fmt: skip
    assert items["/f/d"].outcome == "skipped"
    assert "video/mp4, which is not a kind" in str(items["/f/d"].error)
    assert "/img.png" not in site.asked


@pytest.mark.parametrize(
    ("reply", "outcome", "words"),
    [
        ((404, {}, ""), "gone", "does not exist"),
        ((410, {}, ""), "gone", "does not exist"),
        ((500, {}, ""), "failed", "answered 500"),
        ((503, {"Retry-After": "0"}, ""), "failed", "answered 503"),
        ((429, {"Retry-After": "99"}, ""), "failed", "answered 429"),
        ((401, {}, ""), "failed", "not open to everyone"),
        ((403, {}, ""), "failed", "not open to everyone"),
        ((418, {}, ""), "failed", "unusual answer 418"),
        ((302, {}, ""), "failed", "unusual answer 302"),
        ((200, {"Content-Type": "text/html"}, "  \n"), "failed", "came back empty"),
        ((200, {"Content-Type": "video/mp4"}, "x"), "failed", "not a kind"),
        ((302, {"Location": "http://127.0.0.1:1/"}, ""), "failed", "another site"),
        (
            (200, {"Content-Type": "text/html"}, "<form><input type='PassWord'></form>Hello"),
            "failed",
            "asks for a sign-in",
        ),
    ],
)
def test_only_404_and_410_count_as_gone_for_a_page_that_we_hold(
    site: Site, reply: Any, outcome: str, words: str
) -> None:
    site.page("/", links("/a"))
    site.routes["/a"] = reply
    known = {f"{site.base}/a": Known(content_hash="old", links=())}
    item = next(item for item in crawl(site, known) if item.key.endswith("/a"))
    assert item.outcome == outcome
    assert words in str(item.error)
    assert item.body is None


def test_a_busy_site_is_asked_once_more(site: Site) -> None:
    replies = iter([(429, {"Retry-After": "0"}, ""), (200, {"Content-Type": "text/html"}, "<p>a")])
    site.fallback = lambda path: (404, {}, "") if path == "/robots.txt" else next(replies)
    assert outcomes(site, crawl(site)) == {"/": "content"}


def test_a_site_that_is_down_is_given_up_soon_and_said_so(site: Site) -> None:
    site.page("/", links(*(f"/p{number}" for number in range(50))))
    site.fallback = lambda path: (404, {}, "") if path == "/robots.txt" else (500, {}, "")
    items = crawl(site)
    assert len(site.asked) == 2 + 8
    assert (items[-1].key, items[-1].outcome) == ("limit:unreachable", "failed")


def test_a_second_sync_costs_one_short_answer_for_each_page(site: Site) -> None:
    site.page("/", links("/a"), ETag='"1"')
    site.page("/a", links("/b"), ETag='"2"')
    site.page("/b", links(), ETag='"3"')
    first = crawl(site)
    second = crawl(site, stored(first))
    assert outcomes(site, second) == {"/": "unchanged", "/a": "unchanged", "/b": "unchanged"}
    assert [item.content_hash for item in second] == [item.content_hash for item in first]
    assert sum("if-none-match" in headers for headers in site.seen_headers) == 3


def test_a_new_page_is_found_behind_unchanged_pages(site: Site) -> None:
    site.page("/", links("/a"), ETag='"1"')
    site.page("/a", links(), ETag='"2"')
    known = stored(crawl(site))
    site.page("/a", links("/new"), ETag='"22"')
    site.page("/new", links())
    assert outcomes(site, crawl(site, known)) == {
        "/": "unchanged", "/a": "content", "/new": "content",
    }  # fmt: skip


def test_without_stored_links_unchanged_pages_are_read_in_full_so_that_none_is_lost(
    site: Site,
) -> None:
    site.page("/", links("/a"), ETag='"1"')
    site.page("/a", links("/b"), ETag='"2"')
    site.page("/b", links(), ETag='"3"')
    known = {key: replace(entry, links=None) for key, entry in stored(crawl(site)).items()}
    del known[f"{site.base}/b"]
    assert outcomes(site, crawl(site, known)) == {
        "/": "unchanged", "/a": "unchanged", "/b": "content",
    }  # fmt: skip


def test_a_page_whose_content_was_never_stored_is_read_in_full(site: Site) -> None:
    site.page("/", links("/f.pdf"), ETag='"1"')
    site.routes["/f.pdf"] = (200, {"Content-Type": "application/pdf", "ETag": '"2"'}, "%PDF-")
    known = {key: replace(entry, content_hash="") for key, entry in stored(crawl(site)).items()}
    assert outcomes(site, crawl(site, known)) == {"/": "content", "/f.pdf": "content"}


def test_a_server_that_says_not_modified_unasked_is_not_believed(site: Site) -> None:
    site.routes["/"] = (304, {}, "")
    known = {f"{site.base}/": Known(content_hash="x", links=())}
    assert outcomes(site, crawl(site, known)) == {"/": "failed"}


def test_a_document_that_leads_nowhere_is_cheap_without_stored_links(site: Site) -> None:
    site.page("/", links("/f.pdf"))
    site.routes["/f.pdf"] = (200, {"Content-Type": "application/pdf", "ETag": '"2"'}, "%PDF-")
    known = {key: replace(entry, links=None) for key, entry in stored(crawl(site)).items()}
    assert outcomes(site, crawl(site, known)) == {"/": "unchanged", "/f.pdf": "unchanged"}
    assert site.seen_headers[-1]["if-none-match"] == '"2"'


def test_an_address_too_long_to_be_stored_is_left_out(site: Site) -> None:
    site.page("/", links("/" + "a" * 1000, "/b"))
    site.page("/b", links())
    assert set(outcomes(site, crawl(site))) == {"/", "/b", "limit:trap"}
    with pytest.raises(SourceRefused, match="longer than 1000"):
        website.check(config(site, "/" + "a" * 1000))


def test_a_page_that_lost_its_links_is_kept_and_a_deleted_one_is_gone(site: Site) -> None:
    site.page("/", links("/a", "/b"))
    site.page("/a", links())
    site.page("/b", links(title="B"))
    known = stored(crawl(site))
    site.page("/", links())
    del site.routes["/b"]
    assert outcomes(site, crawl(site, known)) == {"/": "content", "/a": "unchanged", "/b": "gone"}


def test_a_page_that_moved_keeps_its_content_under_the_new_address(site: Site) -> None:
    site.page("/", links("/old"))
    site.page("/old", links(title="moved"))
    known = stored(crawl(site))
    site.page("/", links("/new"))
    site.page("/new", links(title="moved"))
    del site.routes["/old"]
    result = outcomes(site, crawl(site, known))
    assert (result["/new"], result["/old"]) == ("content", "gone")


def test_a_sync_killed_anywhere_resumes_without_a_page_twice_or_lost(site: Site) -> None:
    count = 12
    site.page("/", links("/p1", "/p2"))
    for number in range(1, count + 1):
        hrefs = [f"/p{n}" for n in (2 * number + 1, 2 * number + 2) if n <= count]
        site.page(f"/p{number}", links(*hrefs, title=f"page {number}"))
    everything = set(outcomes(site, crawl(site)))
    for killed_after in range(count):
        site.asked.clear()
        generator = website.items(config(site), {})
        written = [next(generator) for _ in range(killed_after)]
        generator.close()  # type: ignore[attr-defined]
        fresh = {key: replace(entry, fresh=True) for key, entry in stored(written).items()}
        rest = crawl(site, fresh)
        keys = [item.key for item in written + rest]
        assert len(keys) == len(set(keys))
        assert set(outcomes(site, written + rest)) == everything
        pages = [path for path in site.asked if path != "/robots.txt"]
        assert len(pages) == len(set(pages))


def test_include_exclude_and_depth_bound_the_crawl(site: Site) -> None:
    site.page("/", links("/docs/a", "/blog/b", "/docs/internal/c"))
    site.page("/docs/a", links("/docs/d", title="a"))
    site.page("/docs/d", links("/docs/e", title="d"))
    found = outcomes(site, crawl(site, include="/docs/**", exclude=["**/internal/**"], max_depth=2))
    assert set(found) == {"/", "/docs/a", "/docs/d", "limit:depth"}


def test_a_page_now_outside_the_rules_is_skipped_not_gone(site: Site) -> None:
    site.page("/", links("/blog"))
    known = {f"{site.base}/blog": Known(content_hash="x", links=())}
    assert outcomes(site, crawl(site, known, exclude=["blog"]))["/blog"] == "skipped"


def test_links_are_read_from_base_frames_refresh_and_odd_markup(site: Site) -> None:
    body = """<base href="/docs/"><meta http-equiv=Refresh content="0; URL='one'">
    <iframe src=two></iframe><A HREF='thr
ee'>x<a href=" four ">y<a rel=nofollow href=no>n<map><area href=f%69ve></map>
    <!-- <a href=comment> --><script>"<a href=script>"</script><a href="http://[bad">z"""
    site.page("/", body)
    site.fallback = lambda path: (404, {}, "")
    crawl(site)
    assert {path for path in site.asked if path.startswith("/docs")} == {
        "/docs/one", "/docs/two", "/docs/three", "/docs/four", "/docs/five",
    }  # fmt: skip


HOSTILE_PAGES = {
    "200,000 nested tags": b"<div>" * 200_000,
    "tags closed in the wrong order": b"<div>" * 20_000 + b"</p></span>" * 40_000,
    "a million opening brackets": b"<" * 1_000_000,
    "an endless attribute": b"<a href='" + b"x" * 1_000_000,
    "NUL bytes and broken UTF-8": b"<title>\x00\xff\xfe</title><a href=/a\x00b>",
    "an unknown character set": b"<meta charset=utf-99><title>x</title>",
}


@pytest.mark.parametrize("name", HOSTILE_PAGES)
def test_a_hostile_page_is_passed_on_and_does_not_stop_the_crawl(site: Site, name: str) -> None:
    site.routes["/"] = (200, {"Content-Type": "text/html"}, HOSTILE_PAGES[name])
    assert [item.outcome for item in crawl(site)][0] == "content"


def test_the_preview_reads_the_first_pages_and_says_what_is_left_out(site: Site) -> None:
    site.page("/", links("/a", "/b", "/secret", "http://elsewhere.test/", title="Home"))
    site.page("/a", links(title="A"))
    site.page("/b", links(title="B"))
    site.routes["/robots.txt"] = (200, {}, "User-agent: *\nDisallow: /secret")
    look = Look()
    website.preview(config(site), look, 2)
    assert [found.title for found in look.documents] == ["Home", "A"]
    assert (look.total, look.is_whole) == (4, False)
    website.preview(config(site), look := Look(), 9)
    assert look.is_whole and len(look.documents) == 3
    assert [(left.key, "robots.txt" in left.reason) for left in look.left_out] == [
        (f"{site.base}/secret", True)
    ]


def test_one_page_under_several_spellings_is_kept_under_the_one_it_calls_its_own(
    site: Site,
) -> None:
    canonical = f'<link rel="canonical" href="{site.base}/docs/">'
    site.page("/", links("/docs/index.html", "/docs", title="Home"))
    for path in ("/docs/index.html", "/docs", "/docs/"):
        site.page(path, canonical + links(title="Docs") + f"<!-- {path} -->")
    assert outcomes(site, crawl(site))["/docs/"] == "content"
    assert "/docs/index.html" not in outcomes(site, crawl(site))


def test_pages_that_all_call_the_front_page_their_own_address_are_not_lost(site: Site) -> None:
    canonical = '<link rel="canonical" href="/">'
    site.page("/", canonical + links("/a", "/b?x=1", title="Home"))
    site.page("/a", canonical + links(title="A"))
    site.page("/b?x=1", canonical + links(title="B"))
    assert set(outcomes(site, crawl(site)).values()) == {"content"}
    assert len(crawl(site)) == 3


@pytest.mark.parametrize("way", ["meta", "header"])
def test_a_page_that_wants_to_be_in_no_index_is_left_out_but_its_links_are_followed(
    site: Site, way: str
) -> None:
    site.page("/", links("/hidden", title="Home"))
    meta = '<meta name="robots" content="noindex">' if way == "meta" else ""
    headers = {} if way == "meta" else {"X-Robots-Tag": "noindex"}
    site.page("/hidden", meta + links("/b", title="Hidden"), **headers)
    site.page("/b", links(title="B"))
    found = outcomes(site, crawl(site))
    assert found == {"/": "content", "/hidden": "skipped", "/b": "content"}
    known = {f"{site.base}/hidden": Known(content_hash="x", links=())}
    assert outcomes(site, crawl(site, known))["/hidden"] == "gone"


def test_a_rule_for_another_crawler_is_not_about_us(site: Site) -> None:
    site.page("/", links(), X_Robots_Tag="otherbot: noindex")
    assert outcomes(site, crawl(site)) == {"/": "content"}


def test_translations_of_a_page_are_found_by_its_hreflang_links(site: Site) -> None:
    site.page("/", '<link rel="alternate" hreflang="de" href="/de/">' + links(title="Home"))
    site.page("/de/", links(title="Start"))
    assert set(outcomes(site, crawl(site))) == {"/", "/de/"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"url": ""}, "fill in 'url'"),
        ({"url": 7}, "fill in 'url'"),
        ({"url": "http://10.0.0.1/"}, "not on the public internet"),
        ({"url": "file:///etc/passwd"}, "begin with http"),
        ({"max_pages": "many"}, "must be a number"),
        ({"max_pages": 0}, "between 1 and"),
        ({"max_pages": 1.5}, "whole number"),
        ({"delay": float("nan")}, "between 0 and"),
        ({"include": 5}, "list of texts"),
        ({"include": ["*"] * 60}, "may have 50 lines"),
        ({"extra_hosts": ["http://x/"]}, "host names like"),
        ({"colour": "red"}, "no setting named colour"),
    ],
)
def test_settings_that_cannot_work_are_refused_by_name(
    site: Site, change: dict[str, Any], words: str
) -> None:
    with pytest.raises(SourceRefused, match=words):
        website.check(config(site) | change)


def test_good_settings_pass_without_a_request(site: Site) -> None:
    website.check(config(site))
    assert site.connections == 0
