"""A small S3-compatible store on 127.0.0.1 that checks every signature by itself."""

import contextlib
import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit
from xml.sax.saxutils import escape

from tests.solution_library.local_site import Site, serve

ACCESS, SECRET, REGION = "AKIATEST", "a/secret+key", "eu-test-1"


@dataclass
class Store:
    site: Site
    bucket: str = "docs"
    objects: dict[str, bytes] = field(default_factory=dict)
    page_size: int = 1000
    #: Keys whose answer is an error of this status and code.
    refusals: dict[str, tuple[int, str]] = field(default_factory=dict)
    #: So many answers to come are "slow down".
    busy: int = 0
    #: Said to be something else in the listing.
    listed_etags: dict[str, str] = field(default_factory=dict)
    storage_classes: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    @property
    def config(self) -> dict[str, Any]:
        return {
            "bucket": self.bucket, "endpoint": self.site.base, "region": REGION,
            "access_key": ACCESS, "secret_key": SECRET,
        }  # fmt: skip

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        path, _, query = handler.path.partition("?")
        self.asked.append(handler.path)
        if self.busy > 0:
            self.busy -= 1
            return error(handler, 503, "SlowDown")
        if not self._is_signed(handler, path, query):
            return error(handler, 403, "SignatureDoesNotMatch")
        bucket, _, key = unquote(path[1:]).partition("/")
        if bucket != self.bucket:
            return error(handler, 404, "NoSuchBucket")
        return self._list(handler, dict(parse_qsl(query))) if not key else self._get(handler, key)

    def etag(self, key: str) -> str:
        return f'"{hashlib.md5(self.objects[key]).hexdigest()}"'

    def _list(self, handler: BaseHTTPRequestHandler, query: dict[str, str]) -> None:
        keys = sorted(k for k in self.objects if k.startswith(query.get("prefix", "")))
        start = int(query.get("continuation-token", "0"))
        page = keys[start : start + self.page_size]
        following = start + self.page_size
        more = following < len(keys)
        token = f"<NextContinuationToken>{following}</NextContinuationToken>" if more else ""
        rows = "".join(
            f"<Contents><Key>{escape(quote(key))}</Key><Size>{len(self.objects[key])}</Size>"
            f"<ETag>{escape(self.listed_etags.get(key, self.etag(key)))}</ETag>"
            f"<Owner><ID>somebody</ID></Owner>"
            f"<StorageClass>{self.storage_classes.get(key, 'STANDARD')}</StorageClass></Contents>"
            for key in page
        )
        body = (
            '<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"<Name>docs</Name><EncodingType>url</EncodingType>"
            f"<IsTruncated>{str(more).lower()}</IsTruncated>{token}{rows}</ListBucketResult>"
        )
        reply(handler, 200, body.encode(), {"Content-Type": "application/xml"})

    def _get(self, handler: BaseHTTPRequestHandler, key: str) -> None:
        if key in self.refusals:
            return error(handler, *self.refusals[key])
        if key not in self.objects:
            return error(handler, 404, "NoSuchKey")
        wanted = handler.headers.get("If-Match")
        if wanted and wanted != self.etag(key):
            return error(handler, 412, "PreconditionFailed")
        return reply(handler, 200, self.objects[key], {"ETag": self.etag(key)})

    def _is_signed(self, handler: BaseHTTPRequestHandler, path: str, query: str) -> bool:
        """By the published algorithm (Signature Version 4), from what came over the wire."""
        header = handler.headers.get("Authorization", "")
        if not header:
            return False
        facts = dict(part.strip().split("=", 1) for part in header.split(" ", 1)[1].split(","))
        names = facts["SignedHeaders"].split(";")
        pairs = sorted(query.split("&")) if query else []
        canonical = "\n".join([
            "GET", path, "&".join(pairs),
            *(f"{n}:{' '.join(handler.headers[n].split())}" for n in names), "",
            ";".join(names), handler.headers["X-Amz-Content-SHA256"],
        ])  # fmt: skip
        stamp = handler.headers["X-Amz-Date"]
        scope = f"{stamp[:8]}/{REGION}/s3/aws4_request"
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        key = f"AWS4{SECRET}".encode()
        for part in scope.split("/"):
            key = hmac.new(key, part.encode(), "sha256").digest()
        text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{digest}"
        expected = hmac.new(key, text.encode(), "sha256").hexdigest()
        return facts["Credential"] == f"{ACCESS}/{scope}" and facts["Signature"] == expected


def error(handler: BaseHTTPRequestHandler, status: int, code: str) -> None:
    reply(handler, status, f"<Error><Code>{code}</Code></Error>".encode(), {"Retry-After": "0"})


def reply(
    handler: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str]
) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body)))
    handler.send_header("Connection", "close")
    handler.end_headers()
    handler.wfile.write(body)


@contextlib.contextmanager
def running() -> Iterator[Store]:
    with serve() as site:
        store = Store(site)
        site.fallback = lambda path: store.answer
        yield store


def path_of(url: str) -> str:
    return urlsplit(url).path
