"""Fails when a file that git tracks, or would, holds something that looks like a secret.

A secret is known by its form (keys of well-known services, private keys, passwords in addresses)
or by looking random beside a word like "token". What is none is named in scripts/no_secrets.txt by
the first 16 digits of its SHA-256, with a word on what it is.
"""

import hashlib
import math
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

KNOWN = Path(__file__).with_name("no_secrets.txt")
#: Hashes of packages stand in these by the thousand.
LOCKS = re.compile(r"(^|/)(requirements[\w-]*\.txt|package-lock\.json)$")
BIGGEST = 2_000_000  # bytes
FORMS = {
    "a private key": r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY(?: BLOCK)?-----\s*[\w+/=]{16}",
    "a key of AWS": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a token of GitHub": r"\b(?:gh[pousr]_\w{30,}|github_pat_\w{30,})",
    "a token of GitLab": r"\bglpat-[\w-]{20,}",
    "a token of Slack": r"\bxox[abprs]-[\w-]{20,}",
    "a key of Stripe": r"\b[rs]k_live_\w{20,}",
    "a key of an LLM provider": r"\bsk-(?:ant-|proj-|or-)?[\w-]{24,}",
    "a key of Google": r"\bAIza[\w-]{35}\b",
    "a token of Spelunker": r"\bspk_[\w-]{24,}",
    "a signed token": r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{16,}",
    "a field key": r"(?<![\w+/=-])[\w-]{43}=(?![\w=])",
}
#: A word that says what stands behind it, and a value without spaces.
NAMED = re.compile(
    r"(?i)(?:api_?key|secret|token|passw(?:or)?d|credential|private_?key)\w*[\"']?\s*[:=]\s*"
    r"[\"']?([\w+/=.~-]{16,})"
)
#: The password in scheme://name:password@host.
IN_ADDRESS = re.compile(r"\b[a-z][a-z0-9+]{2,}://[\w.-]{1,64}:([^\s@/:'\"{}$<>]{8,})@")
#: Bits for each character; words of a language stay below.
RANDOM = 3.6


def bits(text: str) -> float:
    """Shannon's entropy of a text's characters."""
    counts = Counter(text).values()
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts)


def looks_random(text: str) -> bool:
    """Of many different characters, digits among them: neither a name nor a path."""
    has_both = re.search(r"\d", text) and re.search(r"[A-Za-z]", text)
    return bool(has_both) and bits(text) >= RANDOM and not re.search(r"[./]\w+[./]", text)


def secrets_in(text: str) -> Iterator[tuple[int, str, str]]:
    """The line, what it looks like, and the value, for each that is found."""
    for what, form in FORMS.items():
        for found in re.finditer(form, text):
            if what == "a private key" or looks_random(found[0]):
                yield line_of(text, found), what, found[0]
    for what, form in (("a named secret", NAMED), ("a password in an address", IN_ADDRESS)):
        for found in form.finditer(text):
            if looks_random(found[1]):
                yield line_of(text, found), what, found[1]


def line_of(text: str, found: re.Match[str]) -> int:
    return text.count("\n", 0, found.start()) + 1


def digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()[:16]


def tracked(root: Path) -> Iterator[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root, capture_output=True, text=True, check=True,
    ).stdout.split("\0")  # fmt: skip
    for name in filter(None, listed):
        path = root / name
        if path.is_file() and not LOCKS.search(name) and path.stat().st_size <= BIGGEST:
            yield path


def problems(root: Path, known: set[str]) -> Iterator[str]:
    for path in tracked(root):
        content = path.read_bytes()
        if b"\0" in content[:8000]:
            continue
        for line, what, value in secrets_in(content.decode("utf-8", "replace")):
            if digest(value) not in known:
                # Not the value: what CI prints is kept and read by many.
                yield f"{path.relative_to(root)}:{line} looks like {what} ({digest(value)})"


def main(root: Path) -> int:
    lines = KNOWN.read_text().splitlines() if KNOWN.exists() else []
    known = {line.split()[0] for line in lines if line.strip() and not line.startswith("#")}
    found = sorted(set(problems(root, known)))
    print("\n".join(found))
    if found:
        print("Take it out and have it replaced where it is valid; history keeps it for good.")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()))
