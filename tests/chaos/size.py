"""How big the runs are: small unless CHAOS_FULL=1 asks for all of it."""

import os

import pytest

FULL = os.environ.get("CHAOS_FULL") == "1"
SEEDS = [int(s) for s in os.environ.get("CHAOS_SEEDS", "1,2,3" if FULL else "1").split(",")]

#: What the small size leaves out, to be over within three minutes.
full_only = pytest.mark.skipif(not FULL, reason="only `make chaos` has time for this")
