"""Fonts of the machine, for writing systems that the shipped font does not have."""

import base64
from functools import lru_cache
from pathlib import Path

from rfp_manager.exporting.pdf.fonts import Face, undrawable

#: Where Debian's packages put fonts that have many writing systems, the smallest first.
PLACES = (
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
    "/usr/share/fonts-droid-fallback/truetype/DroidSansFallback.ttf",
    "/usr/share/fonts/truetype/arphic/uming.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf",
    "/usr/share/fonts/truetype/noto/NotoSansDevanagari-Regular.ttf",
    "/usr/share/fonts/truetype/noto/NotoSansThai-Regular.ttf",
    "/usr/share/fonts/truetype/freefont/FreeSans.ttf",
)


def fonts_for(texts: list[str]) -> list[str]:
    """The font files (Base64) that have what the shipped one lacks; none is needed mostly."""
    missing = undrawable(texts)
    found = []
    for place in PLACES:
        if missing and Path(place).is_file():
            data = _data(place)
            face = Face(data, "")
            has = {character for character in missing if face.has(character)}
            if has:
                found.append(base64.b64encode(data).decode())
                missing -= has
    return found


@lru_cache(maxsize=2)
def _data(place: str) -> bytes:
    return Path(place).read_bytes()
