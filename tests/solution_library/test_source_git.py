"""Git repositories over a real local git server: documents come out, nothing else runs."""

import base64
import os
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from solution_library.sources import Known, Look, SourceItem, SourceRefused, get_source
from tests.solution_library.local_site import Resolver, Site, serve

git = get_source("git")


@dataclass
class Server:
    """`work` is a working copy; `publish` commits it and offers it at `url`."""

    site: Site
    work: Path
    bare: Path
    token: str = ""

    @property
    def url(self) -> str:
        return f"{self.site.base}/docs.git"

    def run(self, *arguments: str, cwd: Path | None = None) -> str:
        environment = {
            "PATH": os.environ["PATH"], "HOME": str(self.work.parent),
            "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@x.test",
            "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@x.test",
        }  # fmt: skip
        done = subprocess.run(
            ["git", *arguments], cwd=cwd or self.work, env=environment, check=True,
            capture_output=True, text=True,
        )  # fmt: skip
        return done.stdout

    def write(self, path: str, text: str) -> None:
        (self.work / path).parent.mkdir(parents=True, exist_ok=True)
        (self.work / path).write_text(text)

    def publish(self) -> None:
        self.run("add", "-A")
        self.run("commit", "-q", "--allow-empty", "-m", "x")
        self.run("push", "-q", "--force", str(self.bare), "HEAD:main")

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """A bridge from http.server to git's own http-backend."""
        wanted = "Basic " + base64.b64encode(f"x-access-token:{self.token}".encode()).decode()
        if self.token and handler.headers.get("Authorization") != wanted:
            handler.send_response(401)
            handler.send_header("WWW-Authenticate", 'Basic realm="git"')
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        path, _, query = handler.path.partition("?")
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        environment = {
            "PATH": os.environ["PATH"], "GIT_PROJECT_ROOT": str(self.bare.parent),
            "GIT_HTTP_EXPORT_ALL": "1", "PATH_INFO": path, "QUERY_STRING": query,
            "REQUEST_METHOD": handler.command, "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_TYPE": handler.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": handler.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": handler.headers.get("Git-Protocol", ""),
        }  # fmt: skip
        done = subprocess.run(
            ["git", "http-backend"], input=body, env=environment, capture_output=True, check=True
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        lines = [line.split(b": ", 1) for line in head.split(b"\r\n")]
        status = [value for name, value in lines if name == b"Status"] or [b"200"]
        handler.send_response(int(status[0][:3]))
        for name, value in lines:
            if name != b"Status":
                handler.send_header(name.decode(), value.decode())
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    with serve() as site, override_settings(FETCH_ALLOWED_HOSTS=[site.host_port]):
        made = Server(site, tmp_path / "work", tmp_path / "served" / "docs.git")
        made.work.mkdir()
        made.bare.mkdir(parents=True)
        made.run("init", "-q", "--bare", "-b", "main", cwd=made.bare)
        made.run("config", "uploadpack.allowFilter", "true", cwd=made.bare)
        made.run("init", "-q", "-b", "main")
        site.fallback = lambda path: made.answer
        yield made
    assert os.listdir(tmp_path / "temporary") == []


def sync(server: Server, known: dict[str, Known] | None = None, **more: Any) -> list[SourceItem]:
    return list(git.items({"url": server.url} | more, known or {}))


def outcomes(items: list[SourceItem]) -> dict[str, str]:
    return {item.key: item.outcome for item in items}


def test_documents_arrive_and_a_second_sync_tells_what_changed(server: Server) -> None:
    server.write("README.md", "# Read me")
    server.write("docs/a b é.txt", "text")
    server.write("logo.png", "picture")
    server.publish()
    first = sync(server)
    assert outcomes(first) == {
        "README.md": "content", "docs/a b é.txt": "content", "limit:kinds": "skipped",
    }  # fmt: skip
    assert [item.body for item in first[:2]] == [b"# Read me", b"text"]
    known = {item.key: Known(item.etag, None, item.content_hash) for item in first[:2]}
    server.write("docs/new.md", "new")
    (server.work / "README.md").unlink()
    server.publish()
    assert outcomes(sync(server, known, exclude=["*.png"])) == {
        "docs/a b é.txt": "unchanged", "docs/new.md": "content", "README.md": "gone",
    }  # fmt: skip
    fresh = {key: replace(entry, fresh=True) for key, entry in known.items()}
    assert "docs/a b é.txt" not in outcomes(sync(server, fresh))


def test_branch_folder_and_patterns_choose(server: Server) -> None:
    server.write("docs/a.md", "a")
    server.write("docs/b.txt", "b")
    server.write("src/c.md", "c")
    server.publish()
    server.write("docs/a.md", "other branch")
    server.run("add", "-A")
    server.run("commit", "-q", "-m", "x")
    server.run("push", "-q", str(server.bare), "HEAD:release/2.0")
    (item,) = sync(server, branch="release/2.0", folder="/docs/", include="*.md")
    assert (item.key, item.body) == ("docs/a.md", b"other branch")
    look = Look()
    git.preview({"url": server.url}, look, 2)
    assert [found.key for found in look.documents] == ["docs/a.md", "docs/b.txt"]


def test_links_hooks_filters_and_submodules_of_a_repository_do_nothing(
    server: Server, tmp_path: Path
) -> None:
    marker = tmp_path / "marker"
    server.write("a.md", "a")
    server.write(".gitattributes", "*.md filter=evil\n")
    server.write(".gitmodules", '[submodule "s"]\npath = s\nurl = http://127.0.0.1:1/\n')
    server.write(".lfsconfig", f"[lfs]\nurl = {server.site.base}/lfs\n")
    server.write("big.pdf", "version https://git-lfs.github.com/spec/v1\noid sha256:x\nsize 1\n")
    (server.work / "leak.md").symlink_to("/etc/passwd")
    (server.work / "dir").symlink_to("/etc")
    server.publish()
    hook = server.bare / "hooks" / "post-checkout"
    hook.write_text(f"#!/bin/sh\ntouch {marker}\n")
    hook.chmod(0o755)
    items = sync(server)
    assert outcomes(items) == {
        "a.md": "content", "big.pdf": "skipped", "limit:kinds": "skipped",
    }  # fmt: skip
    assert "Git LFS" in str(items[1].error)
    assert "links and submodules (2)" in str(items[-1].error)
    assert not marker.exists()
    assert not any("/lfs" in path for path in server.site.asked)


def test_a_large_file_is_not_even_transferred(server: Server) -> None:
    server.write("small.md", "small")
    (server.work / "large.md").write_bytes(os.urandom(2_000_000))
    server.publish()
    items = sync(server, max_megabytes=1)
    assert outcomes(items) == {"large.md": "skipped", "small.md": "content"}
    assert "larger than 1 MB" in str(items[0].error)


def test_a_token_reaches_the_server_and_nothing_else(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []
    real = subprocess.Popen.__init__

    def record(self: Any, arguments: Any, *rest: Any, **options: Any) -> None:
        if "docs.git" in str(arguments):
            seen.append((arguments, options.get("env")))
        real(self, arguments, *rest, **options)

    monkeypatch.setattr(subprocess.Popen, "__init__", record)
    server.write("a.md", "a")
    server.publish()
    server.token = "canary-token"
    assert outcomes(sync(server, token="canary-token")) == {"a.md": "content"}
    (refused,) = sync(server, token="canary-wrong")
    (missing,) = sync(server)
    assert (refused.outcome, missing.outcome) == ("failed", "failed")
    assert "token" in str(refused.error)
    assert "needs a token" in str(missing.error)
    assert len(seen) >= 3
    assert "canary" not in str(seen) + str(refused) + str(missing)


REFUSED_URLS = [
    "--upload-pack=touch {marker};", "-h", "ext::sh -c touch% {marker}", "EXT::sh -c id",
    "fd::17/foo", "file:///srv/other", "/srv/other", "../other", "ssh://git@x.test/a",
    "git@x.test:a.git", "git://x.test/a", "https://user:pw@x.test/a", "http://10.0.0.1/a.git",
    "https://127.0.0.1/a.git", "https://169.254.169.254/a.git", "https://x.test/\n--upload-pack=x",
]  # fmt: skip


@pytest.mark.parametrize("url", REFUSED_URLS)
def test_an_address_that_is_no_public_https_address_is_refused(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", Resolver({}))
    marker = tmp_path / "marker"
    config = {"url": url.replace("{marker}", str(marker))}
    with pytest.raises(SourceRefused):
        git.check(config)
    with pytest.raises(SourceRefused):
        git.preview(config, Look(), 9)
    assert not marker.exists()


@pytest.mark.parametrize(
    "branch", ["--upload-pack=touch x", "-h", "refs/../..", "a b", "a\nb", "ä", "a:b", "a" * 300]
)
def test_a_branch_that_could_be_read_as_something_else_is_refused(branch: str) -> None:
    with pytest.raises(SourceRefused, match="plain name"):
        git.items({"url": "https://x.test/a", "branch": branch}, {})


def test_git_calls_the_address_that_was_checked_and_no_other(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.write("a.md", "a")
    server.publish()
    # Only our process knows this name, so git can reach it by the pinned address alone.
    names = Resolver({"pinned.test": [["127.0.0.1"]]})
    monkeypatch.setattr(socket, "getaddrinfo", names)
    host = f"pinned.test:{server.site.port}"
    with override_settings(FETCH_ALLOWED_HOSTS=[host]):
        items = list(git.items({"url": f"http://{host}/docs.git"}, {}))
    assert outcomes(items) == {"a.md": "content"}


def test_a_redirect_is_not_followed(server: Server) -> None:
    with serve() as other:
        server.site.fallback = lambda path: (302, {"Location": other.base + path}, "")
        (item,) = sync(server)
        assert other.connections == 0
    assert item.outcome == "failed"
    assert "redirects elsewhere" in str(item.error)


@pytest.mark.parametrize(
    "reply",
    [
        (404, {}, ""),
        (500, {}, ""),
        (200, {"Content-Type": "text/html"}, "<p>hello"),
        (200, {"Content-Type": "text/plain"}, f"{'a' * 40}\trefs/heads/main\n"),
        (200, {"Content-Type": "application/x-git-upload-pack-advertisement"}, "zzzz"),
    ],
)
def test_what_is_no_git_server_is_one_failure_and_nothing_is_gone(
    server: Server, reply: Any
) -> None:
    server.site.fallback = lambda path: reply
    (item,) = sync(server, {"a.md": Known(content_hash="x")})
    assert (item.key, item.outcome) == ("limit:repository", "failed")
    assert str(item.error).endswith(".")


def test_a_server_of_the_old_protocol_is_refused_before_it_can_send_us_elsewhere(
    server: Server,
) -> None:
    server.site.routes["/docs.git/info/refs?service=git-upload-pack"] = (
        200, {}, f"{'a' * 40}\trefs/heads/main\n",
    )  # fmt: skip
    server.site.routes["/docs.git/HEAD"] = (200, {}, "ref: refs/heads/main\n")
    server.site.fallback = None
    (item,) = sync(server, {"a.md": Known(content_hash="x")})
    assert item.outcome == "failed"
    assert "protocol is too old" in str(item.error)
    assert not any("alternates" in path for path in server.site.asked)


def test_a_damaged_copy_is_a_failure_and_nothing_is_gone(server: Server) -> None:
    server.write("a.md", "a")
    server.write("b/c.md", "c")
    server.publish()
    tree = server.run("rev-parse", "HEAD:b").strip()
    (server.bare / "objects" / tree[:2] / tree[2:]).unlink()
    (item,) = sync(server, {"b/c.md": Known(content_hash="x")})
    assert (item.key, item.outcome) == ("limit:repository", "failed")


def test_a_missing_branch_and_an_empty_repository_are_named(server: Server) -> None:
    (empty,) = sync(server)
    assert empty.outcome == "failed"
    assert "no commit" in str(empty.error)
    server.write("a.md", "a")
    server.publish()
    (item,) = sync(server, branch="nowhere")
    assert "no branch of this name" in str(item.error)


def test_the_limit_of_files_is_said_and_nothing_behind_it_is_gone(server: Server) -> None:
    for number in range(5):
        server.write(f"{number}.md", str(number))
    server.publish()
    known = {f"{number}.md": Known(content_hash="x") for number in range(6)}
    items = sync(server, known, max_files=2)
    assert outcomes(items) == {"0.md": "content", "1.md": "content", "limit:files": "skipped"}


def test_a_sync_that_is_closed_early_leaves_no_process_and_no_files(server: Server) -> None:
    for number in range(5):
        server.write(f"{number}.md", str(number))
    server.publish()
    generator = git.items({"url": server.url}, {})
    assert next(generator).key == "0.md"
    generator.close()  # type: ignore[attr-defined]
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    assert not [child for child in children if "git" in Path(f"/proc/{child}/comm").read_text()]


def test_a_repository_larger_than_allowed_is_cut_off_and_nothing_is_gone(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("solution_library.sources.git_commands.MAX_PACK_BYTES", 200_000)
    (server.work / "big.md").write_bytes(os.urandom(3_000_000))
    server.publish()
    (item,) = sync(server, {"a.md": Known(content_hash="x")})
    assert (item.key, item.outcome) == ("limit:repository", "failed")
    assert item.error


def test_a_server_that_never_ends_is_given_up(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CLONE_SECONDS", "HEAD_SECONDS"):
        monkeypatch.setattr(f"solution_library.sources.git_commands.{name}", 0.5)
    waiting = threading.Event()
    server.site.fallback = lambda path: lambda handler: waiting.wait(20)
    (item,) = sync(server, {"a.md": Known(content_hash="x")})
    waiting.set()
    assert (item.key, item.outcome) == ("limit:repository", "failed")
    assert item.error


def test_a_repository_without_a_new_commit_is_not_cloned_again(server: Server) -> None:
    for path in ("a.md", "b.md"):
        server.write(path, path)
    server.publish()
    first = sync(server)
    known = {i.key: Known(i.etag, i.last_modified, i.content_hash) for i in first}
    server.site.asked.clear()
    assert outcomes(sync(server, known)) == {"a.md": "unchanged", "b.md": "unchanged"}
    assert not any("upload-pack" in path and "info" not in path for path in server.site.asked[2:])
    # Other settings, a document whose content is not stored, or a new commit: read again.
    assert outcomes(sync(server, known, include="a.md"))["b.md"] == "skipped"
    # A sync that was cut off after one file has not read the other.
    half = {"a.md": known["a.md"]}
    assert outcomes(sync(server, half)) == {"a.md": "unchanged", "b.md": "content"}
    half_fresh = {"a.md": replace(known["a.md"], fresh=True)}
    assert outcomes(sync(server, half_fresh)) == {"b.md": "content"}
    lacking = known | {"a.md": replace(known["a.md"], content_hash="")}
    assert outcomes(sync(server, lacking))["a.md"] == "content"
    server.write("c.md", "c")
    server.publish()
    again = sync(server, known)
    assert outcomes(again) == {"a.md": "unchanged", "b.md": "unchanged", "c.md": "content"}
    assert len({item.last_modified for item in again}) == 1
