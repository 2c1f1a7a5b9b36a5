"""Asks an S3-compatible store: signed by botocore, sent by our own careful fetching.

botocore only computes signatures from keys that are handed to it. Its own client would look for
keys in the environment and at the machine's metadata address, and would send the requests itself.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import quote, unquote_plus, urlencode
from xml.parsers import expat

from solution_library.fetching import (
    Fetched,
    FetchFailed,
    FetchLimits,
    Target,
    fetch,
    parse_target,
)

AWS = "https://s3.{region}.amazonaws.com"
#: A busy store is asked again after these pauses, in seconds, or those that it wishes for.
PAUSES = (1.0, 3.0, 9.0)
LONGEST_PAUSE = 30.0
BUSY = {429, 503}
LISTING = FetchLimits(max_bytes=20 * 1_048_576)
MAX_ELEMENTS = 200_000
T = TypeVar("T")


@dataclass(frozen=True)
class Keys:
    """An access key and its secret, given by a person; never looked for anywhere."""

    access_key: str
    secret_key: str = field(repr=False)


@dataclass(frozen=True)
class Bucket:
    """Where a bucket is and who we are to it; without `keys` we are anonymous."""

    endpoint: str
    name: str
    region: str
    keys: Keys | None = None

    @property
    def base(self) -> str:
        if self.endpoint:
            return f"{self.endpoint.rstrip('/')}/{self.name}"
        host = AWS.format(region=self.region)
        if "." in self.name:  # a certificate covers one level of names only
            return f"{host}/{self.name}"
        return host.replace("https://", f"https://{self.name}.")

    def target(self, key: str = "", query: dict[str, str] | None = None) -> Target:
        """Raises FetchRefused."""
        tail = "?" + urlencode(sorted(query.items()), quote_via=quote, safe="~") if query else ""
        return parse_target(f"{self.base}/{quote(key, safe='/~')}{tail}")


@dataclass(frozen=True)
class Entry:
    """One object of a listing."""

    key: str
    etag: str
    size: int
    storage_class: str = ""


@dataclass
class Page:
    entries: list[Entry] = field(default_factory=list)
    following: str = ""


class StoreError(Exception):
    """The store said no; `code` is its own word for it. `reason` is a sentence for people."""

    def __init__(self, reason: str, code: str = "", status: int = 0) -> None:
        super().__init__(reason)
        self.reason, self.code, self.status = reason, code, status


# -- asking --------------------------------------------------------------------------------
def list_page(bucket: Bucket, prefix: str, following: str) -> Page:
    """At most 1,000 objects. Raises StoreError, FetchFailed, FetchRefused."""
    query = {"list-type": "2", "encoding-type": "url", "max-keys": "1000", "prefix": prefix}
    if following:
        query["continuation-token"] = following
    answer = _ask(bucket, bucket.target(query=query), {}, LISTING)
    if answer.status != 200:
        raise _store_error(bucket, answer)
    return _parse_page(answer.body, bucket)


def get_object(bucket: Bucket, entry: Entry, max_bytes: int) -> bytes:
    """The object as it was listed. Raises StoreError (code "PreconditionFailed" if it has changed
    since), FetchFailed, FetchRefused."""
    headers = {"If-Match": entry.etag} if entry.etag.isprintable() and entry.etag else {}
    limits = FetchLimits(max_bytes=max_bytes)
    answer = _ask(bucket, bucket.target(entry.key), headers, limits)
    if answer.status != 200:
        raise _store_error(bucket, answer)
    return answer.body


def _ask(bucket: Bucket, target: Target, headers: dict[str, str], limits: FetchLimits) -> Fetched:
    for pause in PAUSES:
        try:
            return _once(bucket, target, headers, limits)
        except FetchFailed as failure:
            if failure.status not in BUSY:
                raise
            wished = pause if failure.retry_after is None else failure.retry_after
            time.sleep(min(wished, LONGEST_PAUSE))
    return _once(bucket, target, headers, limits)


def _once(bucket: Bucket, target: Target, headers: dict[str, str], limits: FetchLimits) -> Fetched:
    """Signed anew for each try: a signature holds for some minutes only."""
    return fetch(target.url, limits=limits, signed=signed_headers(bucket, target, headers))


def signed_headers(bucket: Bucket, target: Target, headers: dict[str, str]) -> dict[str, str]:
    """`headers` with the signature of a GET of `target`; as they are for an anonymous reader."""
    if bucket.keys is None:
        return dict(headers)
    # Imported late: botocore is big, and only these sources need it.
    from botocore.auth import S3SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    given = Credentials(bucket.keys.access_key, bucket.keys.secret_key)
    request = AWSRequest("GET", target.url, headers={"Host": target.netloc} | headers)
    S3SigV4Auth(given, "s3", bucket.region).add_auth(request)
    return {name: value for name, value in request.headers.items() if name.lower() != "host"}


# -- understanding -------------------------------------------------------------------------
_SENTENCES = {
    "AccessDenied": "The access key may not read this ({code}).",
    "AllAccessDisabled": "All access to this bucket is switched off.",
    "AuthorizationHeaderMalformed": "The bucket is in another region than “{region}”{hint}.",
    "IllegalLocationConstraintException": "The bucket is in another region than “{region}”{hint}.",
    "InvalidAccessKeyId": "The store does not know this access key.",
    "InvalidObjectState": "It lies in an archive (Glacier) and must be restored there first.",
    "InvalidToken": "The store does not accept this access key.",
    "ExpiredToken": "The access key has expired.",
    "NoSuchBucket": "There is no bucket “{bucket}” there.",
    "NoSuchKey": "The object does not exist any more.",
    "PermanentRedirect": "The bucket is in another region than “{region}”{hint}.",
    "PreconditionFailed": "It was changed while the bucket was read; the next sync takes it.",
    "RequestTimeTooSkewed": "The clock of this server is wrong, so the store refuses its requests.",
    "SignatureDoesNotMatch": "The secret key does not fit the access key.",
}  # fmt: skip
_BY_STATUS = {
    301: "PermanentRedirect", 307: "PermanentRedirect", 403: "AccessDenied", 404: "NoSuchKey",
    412: "PreconditionFailed",
}  # fmt: skip
_CODE = re.compile(rb"<Code>([A-Za-z0-9.]{1,80})</Code>")


def _store_error(bucket: Bucket, answer: Fetched) -> StoreError:
    match = _CODE.search(answer.body)
    code = match[1].decode() if match else _BY_STATUS.get(answer.status, "")
    region = answer.headers.get("x-amz-bucket-region", "")
    hint = f"; use “{region}”" if re.fullmatch(r"[a-z0-9-]{1,40}", region) else ""
    sentence = _SENTENCES.get(code, "The store answered {status} {code}.")
    reason = sentence.format(
        code=code, status=answer.status, region=bucket.region, bucket=bucket.name, hint=hint
    )
    return StoreError(reason.replace(" .", "."), code, answer.status)


def _parse_page(body: bytes, bucket: Bucket) -> Page:
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(body, True)
        return reader.page()
    except (expat.ExpatError, ValueError, LookupError):
        host = parse_target(bucket.base).origin
        raise StoreError(f"{host} did not answer like an S3 store. Check the endpoint.") from None


def _refuse_doctype(*declaration: object) -> None:
    raise ValueError("a listing needs no document type")


class _Reader:
    """Takes the objects and the way on from a ListObjectsV2 answer, by events."""

    def __init__(self) -> None:
        self._path: list[str] = []
        self._text: list[str] = []
        self._facts: dict[str, str] = {}
        self._object: dict[str, str] = {}
        self._objects: list[dict[str, str]] = []
        self._elements = 0

    def start(self, name: str, attributes: object) -> None:
        self._elements += 1
        if self._elements > MAX_ELEMENTS or len(self._path) > 10:
            raise ValueError("more than a listing may have")
        self._path.append(name.rpartition(" ")[2])
        self._text = []

    def text(self, data: str) -> None:
        self._text.append(data)

    def end(self, name: str) -> None:
        parent, last = ([""] * 2 + self._path)[-2:]
        self._path.pop()
        if parent == "Contents":
            self._object[last] = "".join(self._text)
        elif last == "Contents":
            self._objects.append(self._object)
            self._object = {}
        elif parent == "ListBucketResult":
            self._facts[last] = "".join(self._text)
        elif not self._path and last != "ListBucketResult":
            raise ValueError("not a listing")
        self._text = []

    def page(self) -> Page:
        plain: Callable[[str], str] = str
        if self._facts.get("EncodingType", "").lower() == "url":
            plain = unquote_plus
        more = self._facts.get("IsTruncated", "").strip().lower() == "true"
        following = self._facts.get("NextContinuationToken", "") if more else ""
        if more and not following:
            raise ValueError("a listing that goes on without saying where")
        return Page([_entry(each, plain) for each in self._objects], following)


def _entry(facts: dict[str, str], plain: Callable[[str], str]) -> Entry:
    return Entry(
        key=plain(facts["Key"]),
        etag=facts.get("ETag", "").strip(),
        size=int(facts.get("Size", "0").strip()[:18]),
        storage_class=facts.get("StorageClass", "").strip(),
    )
