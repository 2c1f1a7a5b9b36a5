"""What the machine gives for keeping hostile files in."""

import platform
import sys
from typing import Any

from django.core.checks import CheckMessage, Warning

CONFINED = ("x86_64", "aarch64")


def parsers(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Limits on time and memory hold on every Unix; the walls around files and network are the
    Linux kernel's."""
    if sys.platform.startswith("linux") and platform.machine() in CONFINED:
        return []
    return [
        Warning(
            "Parsers of documents are not walled in on this machine.",
            hint=f"Use Linux on {' or '.join(CONFINED)} where strangers' files are read.",
            id="spelunker.W003",
        ),
    ]
