"""Settings by subject; spelunker/settings.py puts them together.

A file .env beside manage.py is read here, before any of them; what the environment says wins.
"""

from pathlib import Path

import environ

_DOTENV = Path(__file__).resolve().parents[2] / ".env"
if _DOTENV.exists():
    environ.Env.read_env(_DOTENV)
