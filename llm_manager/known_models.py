"""Prices and context windows of well-known models (known_models.toml), found by a model's id."""

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fnmatch import fnmatchcase
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

LIST = Path(__file__).with_suffix(".toml")
#: What an id has before and after the model's own name.
PROVIDER = re.compile(r"^(?:.*/)?(?:models/)?")
VERSION = re.compile(
    r"(?:[-@](?:\d{4}-\d{2}-\d{2}|\d{8}|\d{3}|latest|preview(?:-\d{2}-\d{2,4})?)|:latest|-v\d+(?::\d+)?)+$"
)
OWN_NAMES = (".local", ".internal", ".lan", ".home.arpa", ".localhost")


@dataclass(frozen=True)
class Price:
    """US dollars per million tokens. `cached` None: as other input."""

    input: Decimal
    output: Decimal
    cached: Decimal | None = None


FREE = Price(Decimal(0), Decimal(0))


@dataclass(frozen=True)
class Known:
    """What the list says of a model; None where it says nothing."""

    price: Price | None = None
    context_window: int | None = None


def known(model_id: str, base_url: str) -> Known | None:
    """What is known of a model as an API at `base_url` names it."""
    name = own_name(model_id)
    for patterns, found in _listed():
        if any(fnmatchcase(name, pattern) for pattern in patterns):
            return found
    if is_own_server(base_url) and any(fnmatchcase(name, p) for p in _open_models()):
        return Known(FREE)
    return None


def own_name(model_id: str) -> str:
    """An id without its provider and without its version, in small letters."""
    return VERSION.sub("", PROVIDER.sub("", model_id.strip().lower()))


def is_own_server(base_url: str) -> bool:
    """Whether an address is of this machine or of a private network."""
    try:
        host = (urlsplit(base_url).hostname or "").rstrip(".")
    except ValueError:
        return False
    try:
        address = ip_address(host)
    except ValueError:
        # A name without a dot is a machine's or a container's of the same network.
        return bool(host) and ("." not in host or host.endswith(OWN_NAMES))
    return address.is_private or address.is_loopback or address.is_link_local


def list_date() -> date:
    """When the list was last compared with the providers' own."""
    dated: date = _content()["date"]
    return dated


@lru_cache(maxsize=1)
def _content() -> dict[str, Any]:
    return tomllib.loads(LIST.read_text(), parse_float=Decimal)


@lru_cache(maxsize=1)
def _listed() -> list[tuple[list[str], Known]]:
    return [
        (entry["ids"], Known(_price(entry.get("price")), entry.get("context_window")))
        for entry in _content()["model"]
    ]


def _open_models() -> list[str]:
    patterns: list[str] = _content()["own_server"]["ids"]
    return patterns


def _price(entry: dict[str, Any] | None) -> Price | None:
    if entry is None:
        return None
    cached = entry.get("cached")
    dear = Decimal(entry["input"]), Decimal(entry["output"])
    return Price(*dear, None if cached is None else Decimal(cached))
