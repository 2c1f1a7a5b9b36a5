"""Text recognition (OCR) by Tesseract, where it is installed.

A page is drawn by the sandboxed child; what comes here are bare dots of a size that was checked.
Tesseract gets them as the simplest picture format there is, in a process without network, without
other files and with limits of its own.
"""

import base64
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from solution_library.parsing.limits import MEGABYTE
from solution_library.parsing.ocr_lines import page_from
from solution_library.parsing.pdf_page import Page

ADVICE = (
    "To have its text recognised (OCR), install Tesseract on the machine that reads documents "
    "(Debian: apt-get install tesseract-ocr) and read the file again."
)
_PROGRAM = Path(__file__).with_name("ocr_program.py")
_PROJECT = Path(__file__).resolve().parents[2]
_MOST_DOTS = 20_000_000
_MOST_LANGUAGES = 4
_NO_LANGUAGES = frozenset(("osd", "equ", "snum"))
_FOLDER = re.compile(r'"([^"]+)"')
_LANGUAGE = re.compile(r"[A-Za-z_]{2,20}(?:/[A-Za-z_]{2,20})?")


class RecognitionFailed(Exception):
    """No text came out of a page; the message is for the log."""


@dataclass(frozen=True, slots=True)
class Ocr:
    """`program`: Tesseract's path; `languages`: as it wants them, "deu+eng"; `data`: its folder
    of languages. The limits are for one page."""

    program: str
    languages: str
    data: str
    wall_seconds: float = 90.0
    cpu_seconds: int = 60
    memory_bytes: int = 1536 * MEGABYTE

    def page(self, picture: Mapping[str, Any]) -> tuple[Page, float]:
        """The page's text, and how sure it is (0 to 100). Raises RecognitionFailed."""
        try:
            width, height = int(picture["width"]), int(picture["height"])
            scale = float(picture["scale"])
            dots = _dots(str(picture["dots"]), width * height)
            tsv = self._recognised(b"P5 %d %d 255\n" % (width, height) + dots)
            return page_from(tsv, number=int(picture["page"]), scale=scale, height=height)
        except (ValueError, KeyError, TypeError, ZeroDivisionError, zlib.error) as error:
            raise RecognitionFailed(repr(error)) from error

    def _recognised(self, picture: bytes) -> str:
        command = [self.program, "stdin", "stdout", "-l", self.languages, "tsv"]
        start = {
            "import_from": str(_PROJECT),
            "parent_pid": os.getpid(),
            "command": command,
            # More threads would only take turns: each worker reads a document of its own.
            "environment": {"OMP_THREAD_LIMIT": "1", "TESSDATA_PREFIX": self.data},
            "confinement": {
                "executable": self.program,
                "readable": [str(_PROJECT / "solution_library"), self.data],
                "cpu_seconds": self.cpu_seconds,
                "address_space_bytes": self.memory_bytes,
            },
        }
        program = [sys.executable, "-I", "-S", str(_PROGRAM), json.dumps(start)]
        child = subprocess.Popen(
            program,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={},
            start_new_session=True,
        )
        try:
            output, _ = child.communicate(picture, timeout=self.wall_seconds)
        except subprocess.TimeoutExpired as error:
            raise RecognitionFailed(f"longer than {self.wall_seconds:g} s") from error
        finally:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
                child.communicate()
        if child.returncode != 0:
            raise RecognitionFailed(f"it ended with code {child.returncode}")
        return output.decode("utf-8", "replace")


def _dots(packed: str, size: int) -> bytes:
    """Raises ValueError when they are more or fewer than were announced."""
    if not 0 < size <= _MOST_DOTS:
        raise ValueError(f"a picture of {size} dots")
    unpack = zlib.decompressobj()
    dots = unpack.decompress(base64.b64decode(packed), size + 1)
    if len(dots) != size:
        raise ValueError("another number of dots than announced")
    return dots


def from_settings() -> Ocr | None:
    """As OCR_ENABLED ("auto", "on", "off") and OCR_LANGUAGES say; None: there is no OCR."""
    from django.conf import settings

    if not settings.configured or getattr(settings, "OCR_ENABLED", "auto") == "off":
        return None
    return find(tuple(getattr(settings, "OCR_LANGUAGES", ())))


@lru_cache
def find(languages: tuple[str, ...] = ()) -> Ocr | None:
    """Tesseract with these languages, or with those it has; None where it is not installed."""
    program = shutil.which("tesseract")
    if program is None:
        return None
    try:
        asked = [program, "--list-langs"]
        answer = subprocess.run(
            asked, capture_output=True, text=True, timeout=20, check=True, env={}
        )
    except (OSError, subprocess.SubprocessError):
        return None
    listing = answer.stdout
    installed = [name for name in listing.splitlines()[1:] if _LANGUAGE.fullmatch(name)]
    wanted = [name for name in languages if name in installed] or usual_languages(installed)
    folder = _FOLDER.search(listing.partition("\n")[0])
    if not wanted:
        return None
    return Ocr(os.path.realpath(program), "+".join(wanted), folder.group(1) if folder else "/usr")


def usual_languages(installed: list[str]) -> list[str]:
    """English first, and not more than a few: each one makes it slower and less sure."""
    names = sorted(set(installed) - _NO_LANGUAGES, key=lambda name: (name != "eng", name))
    return [name for name in names if "/" not in name][:_MOST_LANGUAGES]
