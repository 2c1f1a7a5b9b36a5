"""Fails when a lock file would let in a package that nobody has looked at, without a network.

Each package stands there with one version and the hashes of its files, both lists agree, all that
the .in files ask for is in them, none comes from another place, and none is a release of which a
hole is known here. `make audit` asks the advisories of the day for all the others.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

#: The first release without the hole: older ones must not come back by a hand-made pin.
FLOORS = {
    "cryptography": "44.0.1",  # CVE-2024-12797
    "django": "5.2.8",  # CVE-2025-64459
    "gunicorn": "23.0.0",  # CVE-2024-1135, CVE-2024-6827: smuggled requests
    "jinja2": "3.1.6",  # CVE-2025-27516
    "lxml": "6.1",  # CVE-2026-41066: external entities
    "pillow": "11.3.0",  # CVE-2025-48379
    "pypdf": "6.4.0",  # CVE-2025-55197, -62708, -66019: files that unfold without end
    "requests": "2.32.4",  # CVE-2024-47081
    "tornado": "6.5",  # CVE-2025-47287
    "urllib3": "2.6.0",  # CVE-2025-66418, CVE-2025-66471
}
HASH = re.compile(r"--hash=(\S+)")
SHA256 = re.compile(r"sha256:[0-9a-f]{64}")
ELSEWHERE = re.compile(r"^\s*(--(extra-)?index-url|-i|--find-links|-f|-e|--trusted-host)\b|://|@ ")


def entries(text: str) -> Iterator[str]:
    """The lines of a lock file, each whole, without comments."""
    for line in text.replace("\\\n", " ").splitlines():
        stripped = re.sub(r"(^|\s)#.*", "", line).strip()
        if stripped:
            yield stripped


def pin_of(entry: str) -> tuple[str, str]:
    """The package's name without extras, and its version; "" where it is not pinned to one."""
    name, _, version = entry.split("--hash")[0].split(";")[0].partition("==")
    return name.partition("[")[0].strip(), version.strip()


def locked(text: str) -> dict[str, str]:
    """The version of each package, as far as there is one."""
    pins = map(pin_of, entries(text))
    return {canonicalize_name(name): version for name, version in pins}


def problems_of_entry(entry: str) -> Iterator[str]:
    if ELSEWHERE.search(entry):
        yield f"comes from another place: {entry[:60]}"
        return
    name, text = pin_of(entry)
    hashes = HASH.findall(entry)
    if not hashes or not all(SHA256.fullmatch(one) for one in hashes):
        yield f"{name} has no hashes, so any file would do"
    try:
        version = Version(text)
    except InvalidVersion:
        yield f"{name} is not pinned to one version"
        return
    floor = FLOORS.get(canonicalize_name(name))
    if floor and version < Version(floor):
        yield f"{name} {version} has a known hole; {floor} is the first without it"


def asked(text: str) -> Iterator[Requirement]:
    for entry in entries(text):
        try:
            yield Requirement(entry)
        except InvalidRequirement:
            continue  # "-r other.in"


def problems_of_lock(name: str, lock: str, sources: str) -> Iterator[str]:
    for entry in entries(lock):
        yield from (f"{name}: {each}" for each in problems_of_entry(entry))
    known = locked(lock)
    for wanted in asked(sources):
        version = known.get(canonicalize_name(wanted.name))
        if not version or not wanted.specifier.contains(version, prereleases=True):
            yield f"{name}: “{wanted}” is asked for, {version or 'nothing'} is locked: `make lock`"


def problems(root: Path) -> Iterator[str]:
    read = {path.name: path.read_text() for path in root.glob("requirements*")}
    main, dev = read["requirements.txt"], read["requirements-dev.txt"]
    own, more = read["requirements.in"], read["requirements-dev.in"]
    yield from problems_of_lock("requirements.txt", main, own)
    yield from problems_of_lock("requirements-dev.txt", dev, f"{own}\n{more}")
    tested = locked(dev)
    for package, version in locked(main).items():
        if tested.get(package) != version:
            yield f"{package} is tested as {tested.get(package)} and shipped as {version}"


if __name__ == "__main__":
    found = list(problems(Path(sys.argv[1] if len(sys.argv) > 1 else ".")))
    print("\n".join(found))
    sys.exit(bool(found))
