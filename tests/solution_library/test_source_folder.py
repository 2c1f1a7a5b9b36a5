"""Folders: everything inside an allowed root, and nothing that a trick points to."""

import os
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from solution_library.sources import (
    Known,
    Look,
    SourceItem,
    SourceRefused,
    content_hash,
    get_source,
)
from solution_library.sources.patterns import path_matches, wildcard
from tests.solution_library import local_site  # noqa: F401  # settings for pure modules

folder = get_source("folder")


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "shared"
    place.mkdir()
    with override_settings(SOURCE_FOLDER_ROOTS=[str(place)]):
        yield place


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "secret.md"
    file.write_text("the secret")
    return file


def sync(path: Path, known: dict[str, Known] | None = None, **more: Any) -> list[SourceItem]:
    return list(folder.items({"path": str(path)} | more, known or {}))


def outcomes(items: list[SourceItem]) -> dict[str, str]:
    return {item.key: item.outcome for item in items}


def stored(items: list[SourceItem]) -> dict[str, Known]:
    return {
        item.key: Known(content_hash=item.content_hash)
        for item in items
        if item.outcome in {"content", "unchanged"}
    }


def fill(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(f"text of {path}")


def test_documents_of_all_depths_arrive_in_a_stable_order(root: Path) -> None:
    fill(root, "b.md", "a/deep/er/c.txt", "a/d.html", ".git/config.md", "a/.hidden.md")
    items = sync(root)
    assert [item.key for item in items] == ["a/d.html", "a/deep/er/c.txt", "b.md"]
    assert items[1].body == b"text of a/deep/er/c.txt"
    assert items[1].content_hash == content_hash(b"text of a/deep/er/c.txt")
    assert (items[1].title, items[1].filename, items[1].total_hint) == ("c", "c.txt", 3)
    look = Look()
    folder.preview({"path": str(root)}, look, 2)
    assert [found.key for found in look.documents] == ["a/d.html", "a/deep/er/c.txt"]
    assert (look.total, look.is_whole) == (3, False)


def test_a_second_sync_tells_new_changed_unchanged_and_gone_apart(root: Path) -> None:
    fill(root, "same.md", "changed.md", "gone.md")
    known = stored(sync(root))
    before = (root / "changed.md").stat()
    (root / "changed.md").write_text("text of CHANGED.md")
    os.utime(root / "changed.md", ns=(before.st_atime_ns, before.st_mtime_ns))
    (root / "gone.md").unlink()
    fill(root, "new.md")
    assert outcomes(sync(root, known)) == {
        "same.md": "unchanged", "changed.md": "content", "gone.md": "gone", "new.md": "content",
    }  # fmt: skip


def test_a_resumed_sync_passes_over_what_is_written(root: Path) -> None:
    fill(root, "a.md", "b.md", "c.md")
    generator = folder.items({"path": str(root)}, {})
    written = [next(generator), next(generator)]
    generator.close()  # type: ignore[attr-defined]
    fresh = {key: replace(known, fresh=True) for key, known in stored(written).items()}
    assert outcomes(sync(root, fresh)) == {"c.md": "content"}


@pytest.mark.parametrize(
    "path",
    ["/", "/etc", "/proc/self", "etc", "", "{root}/..", "{root}/../secret.md", "{root}/./a",
     "{root}x", "{root}/a/../../..", "{root}\x00/a", "~", "file://{root}", "{root}/missing",
     "{root}/file.md", "{root}/link"],
)  # fmt: skip
def test_a_place_outside_the_roots_is_refused_with_a_sentence(
    root: Path, tmp_path: Path, path: str
) -> None:
    fill(root, "file.md")
    (tmp_path / "sharedx").mkdir()
    (root / "link").symlink_to(tmp_path)
    for ask in (
        folder.check,
        lambda config: folder.preview(config, Look(), 9),
        lambda config: folder.items(config, {}),
    ):
        with pytest.raises(SourceRefused) as refusal:
            ask({"path": path.replace("{root}", str(root))})
        assert refusal.value.reason.endswith(".")


def test_without_roots_from_the_operator_every_folder_is_refused(tmp_path: Path) -> None:
    for roots in ([], [""], ["/"]):
        with (
            override_settings(SOURCE_FOLDER_ROOTS=roots),
            pytest.raises(SourceRefused, match="operator allows"),
        ):
            folder.check({"path": str(tmp_path)})


def test_the_files_of_the_kernel_are_refused_even_below_an_allowed_root() -> None:
    with (
        override_settings(SOURCE_FOLDER_ROOTS=["/proc"]),
        pytest.raises(SourceRefused, match="belongs to the system"),
    ):
        folder.check({"path": f"/proc/{os.getpid()}"})


def test_links_pipes_and_sockets_are_left_out_and_counted(root: Path, secret: Path) -> None:
    fill(root, "real.md")
    (root / "leak.md").symlink_to(secret)
    (root / "dir.md").symlink_to("/etc")
    (root / "self.md").symlink_to("self.md")
    os.mkfifo(root / "pipe.md")
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(root / "s.md"))
    items = sync(root)
    server.close()
    assert outcomes(items) == {"real.md": "content", "limit:links": "skipped"}
    assert str(items[-1].error).startswith("5 links")


def test_a_file_swapped_for_a_link_after_the_listing_is_not_followed(
    root: Path, secret: Path
) -> None:
    fill(root, "a.md", "b.md", "c.md", "sub/d.md")
    generator = folder.items({"path": str(root)}, {})
    next(generator)
    (root / "b.md").unlink()
    (root / "b.md").symlink_to(secret)
    (root / "c.md").unlink()
    os.mkfifo(root / "c.md")
    (root / "sub").rename(root / "moved")
    (root / "sub").symlink_to(secret.parent)
    rest = list(generator)
    assert outcomes(rest) == {"b.md": "failed", "c.md": "skipped", "sub/d.md": "failed"}
    assert all(item.body is None for item in rest)


def test_a_racing_swap_never_gives_away_the_secret(root: Path, secret: Path) -> None:
    fill(root, "a.md")
    (root / "link").symlink_to(secret)
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            os.replace(root / "a.md", root / "x")
            os.rename(root / "link", root / "a.md")
            os.rename(root / "a.md", root / "link")
            os.replace(root / "x", root / "a.md")

    thread = threading.Thread(target=swap)
    thread.start()
    bodies = {item.body for _ in range(300) for item in sync(root)}
    stop.set()
    thread.join()
    assert bodies <= {None, b"text of a.md"}


def test_a_share_that_is_not_mounted_empties_nothing(root: Path) -> None:
    items = sync(root, {"a.md": Known(content_hash="x")})
    assert outcomes(items) == {"limit:empty": "failed"}
    assert "All copies are kept" in str(items[0].error)


def test_a_new_empty_folder_is_no_failure(root: Path) -> None:
    assert sync(root) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_without_permission_keeps_its_old_copies(root: Path) -> None:
    fill(root, "a.md", "closed/b.md")
    known = stored(sync(root))
    (root / "closed").chmod(0)
    assert outcomes(sync(root, known))["closed/b.md"] == "failed"
    (root / "closed").chmod(0o700)


def test_a_file_that_is_too_large_is_skipped_with_the_limit(root: Path) -> None:
    fill(root, "small.md")
    with (root / "large.md").open("wb") as file:
        file.truncate(2_000_000)
    items = sync(root, max_megabytes=1)
    assert outcomes(items) == {"small.md": "content", "large.md": "skipped"}
    assert "larger than 1 MB" in str(items[0].error)


def test_files_of_other_kinds_are_counted_in_one_note(root: Path) -> None:
    fill(root, "a.md", "b.png", "c.png", "LICENSE")
    items = sync(root)
    assert outcomes(items) == {"a.md": "content", "limit:kinds": "skipped"}
    assert ".png (2)" in str(items[-1].error)


def test_the_limit_of_files_is_said_and_nothing_behind_it_is_gone(root: Path) -> None:
    fill(root, *(f"{number}.md" for number in range(6)))
    known = stored(sync(root))
    items = sync(root, known, max_files=2)
    assert outcomes(items) == {"0.md": "unchanged", "1.md": "unchanged", "limit:files": "skipped"}


def test_include_and_exclude_choose_files(root: Path) -> None:
    fill(root, "docs/a.md", "docs/b.txt", "docs/old/c.md", "d.MD")
    known = stored(sync(root))
    chosen = outcomes(sync(root, known, include="*.md", exclude=["**/old/**"]))
    assert chosen == {
        "docs/a.md": "unchanged", "d.MD": "unchanged", "docs/b.txt": "skipped",
        "docs/old/c.md": "skipped",
    }  # fmt: skip


def test_names_that_are_not_utf8_get_a_key_that_a_database_takes(root: Path) -> None:
    with open(os.fsencode(root) + b"/\xff-\xc3\xa9.md", "wb") as file:
        file.write(b"odd")
    (item,) = sync(root)
    assert item.key == "\\xff-é.md"
    assert (item.outcome, item.body) == ("content", b"odd")
    assert item.key.encode()


def test_a_very_deep_tree_ends_with_a_reason(root: Path) -> None:
    fill(root, "a.md", "/".join(["d"] * 60) + "/b.md")
    deepest = "/".join(["d"] * 60) + "/b.md"
    items = sync(root, {deepest: Known(content_hash="x")})
    assert outcomes(items)["a.md"] == "content"
    assert outcomes(items)[deepest] == "failed"
    assert any("deeper than 40" in str(item.error) for item in items)


def test_a_closed_generator_leaves_no_open_folder(root: Path) -> None:
    fill(root, "a.md", "b/c.md")
    before = len(os.listdir("/proc/self/fd"))
    never_started = folder.items({"path": str(root)}, {})
    generator = folder.items({"path": str(root)}, {})
    next(generator)
    generator.close()  # type: ignore[attr-defined]
    del never_started
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("*.md", "a/b/c.md", True), ("*.md", "a/b/c.txt", False), ("a/*.md", "a/b/c.md", False),
        ("a/**/*.md", "a/c.md", True), ("a/**", "a/b/c.md", True), ("**", "x", True),
        ("**/old/**", "old/x.md", True), ("/docs/**", "/docs/a", True), ("d?c.md", "doc.md", True),
        ("a/**", "b/a/x", False), ("DOCS/*", "docs/A.md", True), ("", "a", False),
    ],
)  # fmt: skip
def test_patterns_mean_what_people_expect(pattern: str, path: str, expected: bool) -> None:
    assert path_matches(pattern, path) is expected


def test_no_pattern_takes_exponential_time() -> None:
    assert not wildcard("*a" * 100 + "b", "a" * 2_000)
    assert not path_matches("**/a/" * 50 + "b", "a/" * 500 + "c")


@given(st.text("ab*", max_size=8), st.text("ab", max_size=8))
def test_wildcards_agree_with_a_plain_recursive_definition(pattern: str, text: str) -> None:
    def plain(p: str, t: str) -> bool:
        if not p:
            return not t
        if p[0] == "*":
            return plain(p[1:], t) or bool(t) and plain(p, t[1:])
        return bool(t) and p[0] == t[0] and plain(p[1:], t[1:])

    assert wildcard(pattern, text) == plain(pattern, text)
