"""Which web addresses we are willing to talk to: one URL parser, one list of networks.

`fetching` connects only to a `Target` made here and to an IP address checked here, so
the host that was judged and the host that is called cannot differ.
"""

import ipaddress
import queue
import re
import socket
import threading
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import quote

import idna

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

MAX_URL_LENGTH = 4000
DEFAULT_PORTS = {"http": 80, "https": 443}


class FetchRefused(Exception):
    """We will not go there; trying again without changing the address is pointless."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class FetchFailed(Exception):
    """It did not work this time. `retry_after` is in seconds when the server named one."""

    def __init__(
        self, reason: str, retry_after: float | None = None, status: int | None = None
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after
        self.status = status


@dataclass(frozen=True)
class Target:
    """A web address taken apart; `host` is ASCII lower case, IPv6 without brackets."""

    scheme: str
    host: str
    port: int
    path: str
    query: str

    @property
    def netloc(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.netloc}"

    @property
    def host_port(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def site(self) -> str:
        """The same for http and https on their usual ports, else host and port."""
        usual = self.port in DEFAULT_PORTS.values()
        return self.host if usual else self.host_port

    @property
    def url(self) -> str:
        return self.origin + self.path + self.query

    @property
    def shown(self) -> str:
        """For messages: query strings can carry tokens, so they are left out."""
        return self.origin + self.path[:200]


_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(?://([^/?#]*))?([^?#]*)(\?[^#]*)?(?:#.*)?", re.S)
_AUTHORITY = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^:\[\]]+))(?::([0-9]{0,5}))?")
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\\\u2028\u2029\ud800-\udfff]")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
# Browsers and C libraries read 0x7f.1, 017700000001 and 2130706433 as IPv4 addresses.
_NUMBER_LIKE = re.compile(r"0x[0-9a-f]*|[0-9]+")


def parse_target(url: str) -> Target:
    """Raises FetchRefused unless `url` is a plain http(s) address read one way only."""
    if len(url) > MAX_URL_LENGTH:
        raise FetchRefused(f"The address is longer than {MAX_URL_LENGTH} characters.")
    if _FORBIDDEN.search(url):
        raise FetchRefused("The address contains a control character or a backslash; remove it.")
    match = _URL.fullmatch(url)
    if match is None or match[1].lower() not in DEFAULT_PORTS:
        raise FetchRefused("Only addresses that begin with http:// or https:// can be fetched.")
    scheme, authority, path, query = match[1].lower(), match[2], match[3], match[4] or ""
    host, port = _split_authority(authority or "", scheme)
    return Target(
        scheme=scheme,
        host=host,
        port=port,
        path=_clean_path(path),
        query=quote(query, safe="/%:@!$&'()*+,;=~-._?") if query != "?" else "",
    )


def join_target(base: Target, reference: str) -> Target:
    """What a redirect or a link on the page `base` points at. Raises FetchRefused."""
    reference = reference.strip(" \t\r\n\f")
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", reference):
        return parse_target(reference)
    if reference.startswith("//"):
        return parse_target(f"{base.scheme}:{reference}")
    if reference.startswith("/"):
        return parse_target(base.origin + reference)
    if not reference or reference.startswith("#"):
        return base
    if reference.startswith("?"):
        return parse_target(base.origin + base.path + reference)
    folder = base.path.rpartition("/")[0]
    return parse_target(f"{base.origin}{folder}/{reference}")


def _split_authority(authority: str, scheme: str) -> tuple[str, int]:
    if "@" in authority:
        raise FetchRefused(
            "The address contains a user name or password before the host; remove that part."
        )
    match = _AUTHORITY.fullmatch(authority)
    if match is None:
        raise FetchRefused("The address has no readable host name.")
    port = int(match[3] or DEFAULT_PORTS[scheme])
    if not 0 < port < 65536:
        raise FetchRefused(f"{port} is not a port number.")
    return (_ipv6_host(match[1]) if match[1] else _name_host(match[2])), port


def _ipv6_host(text: str) -> str:
    try:
        return str(ipaddress.IPv6Address(text))
    except ValueError:
        raise FetchRefused("The address in brackets is not an IPv6 address.") from None


def _name_host(text: str) -> str:
    host = _to_ascii(text).removesuffix(".")
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise FetchRefused("The host name contains characters that host names cannot have.")
    if not _NUMBER_LIKE.fullmatch(labels[-1]):
        return host
    try:
        return str(ipaddress.IPv4Address(host))
    except ValueError:
        raise FetchRefused(
            "The host is a number that is not a plain IPv4 address (like 192.0.2.1)."
        ) from None


def _to_ascii(text: str) -> str:
    if text.isascii():
        return text.lower()
    try:
        return idna.encode(text, uts46=True, std3_rules=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        raise FetchRefused("The host name is not a valid international host name.") from None


def _clean_path(path: str) -> str:
    kept: list[str] = []
    segments = path.split("/")[1:] or [""]
    for segment in segments:
        plain = segment.lower().replace("%2e", ".")
        if plain == "..":
            kept = kept[:-1]
        elif plain != ".":
            kept.append(segment)
    if segments[-1].lower().replace("%2e", ".") in {".", ".."}:
        kept.append("")
    return "/" + quote("/".join(kept), safe="/%:@!$&'()*+,;=~-._")


_NETWORKS_V4 = [
    ipaddress.IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        # A public address by which every Azure machine reaches its host's agent.
        "168.63.129.16/32",
    )
]
# IPv6 is an allow list: only global unicast, so ::/96, mapped IPv4, NAT64, unique local,
# link-local, segment routing and multicast are outside without being named.
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
_NETWORKS_V6 = [
    ipaddress.IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
]


def is_public(address: IPAddress) -> bool:
    """True for addresses of the public internet. Python's `is_private` misses 100.64/10,
    6to4, NAT64 and multicast on 3.11, hence our own list on top of `is_global`."""
    if not address.is_global or address.is_multicast:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _NETWORKS_V4)
    return address in _GLOBAL_V6 and not any(address in network for network in _NETWORKS_V6)


def is_never_allowed(address: IPAddress) -> bool:
    """Not even for a host that the operator allows: cloud metadata services live here."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return True
        if address in ipaddress.IPv6Network("fd00:ec2::/32"):
            return True
    return address.is_link_local or address.is_multicast or address.is_unspecified


def checked_addresses(
    target: Target, *, allowed_hosts: Collection[str], seconds: float
) -> list[IPAddress]:
    """The IP addresses of the target, all of them checked. One forbidden address among
    good ones refuses the whole name: that mixture is how DNS rebinding begins."""
    addresses = _resolve(target, seconds)
    allowed = target.host_port in allowed_hosts
    for address in addresses:
        if is_never_allowed(address) or not (allowed or is_public(address)):
            raise FetchRefused(
                f"{target.host} is not on the public internet ({address}). Addresses inside "
                "a private network are only fetched when the operator allows them."
            )
    return addresses


def _resolve(target: Target, seconds: float) -> list[IPAddress]:
    try:
        return [ipaddress.ip_address(target.host)]
    except ValueError:
        found = _lookup(target, seconds)
    if not found:
        raise FetchFailed(f"The host {target.host} has no address. Check the spelling.")
    return found


def _lookup(target: Target, seconds: float) -> list[IPAddress]:
    """In a thread, because getaddrinfo itself has no time limit."""
    answers: queue.SimpleQueue[list[IPAddress] | Exception] = queue.SimpleQueue()
    threading.Thread(target=_look_up_into, args=(answers, target), daemon=True).start()
    try:
        answer = answers.get(timeout=max(seconds, 0.01))
    except queue.Empty:
        raise FetchFailed(f"Looking up the host {target.host} took too long.") from None
    if isinstance(answer, Exception):
        raise FetchFailed(f"The host {target.host} cannot be found. Check the spelling.")
    return answer


def _look_up_into(
    answers: "queue.SimpleQueue[list[IPAddress] | Exception]", target: Target
) -> None:
    try:
        rows = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
        texts = dict.fromkeys(str(row[4][0]).partition("%")[0] for row in rows)
        answers.put([ipaddress.ip_address(text) for text in texts])
    except Exception as error:
        answers.put(error)
