"""Runs the verifier of answer receipts, which every bundle of receipts also holds."""

import runpy
from pathlib import Path

VERIFIER = Path(__file__).resolve().parent.parent / "rfp_manager/receipts/verify_receipts.py"

if __name__ == "__main__":
    runpy.run_path(str(VERIFIER), run_name="__main__")
