"""Where the one-machine installation keeps its things. Usable before Django is set up."""

import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent.parent


def var_dir() -> Path:
    return Path(os.environ.get("SPELUNKER_VAR_DIR") or BASE_DIR / "var")


def ensure_var_dir() -> Path:
    var = var_dir()
    (var / "log").mkdir(parents=True, exist_ok=True)
    return var
