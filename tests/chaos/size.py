"""How big the runs are: small unless CHAOS_FULL=1 asks for all of it."""

import os

FULL = os.environ.get("CHAOS_FULL") == "1"
SEEDS = [int(s) for s in os.environ.get("CHAOS_SEEDS", "1,2,3" if FULL else "1").split(",")]
