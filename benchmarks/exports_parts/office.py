"""Whether LibreOffice opens the filled files: what it would have to repair it does not convert."""

import subprocess
import tempfile
from pathlib import Path

#: What each kind is converted into; that takes the whole file to be read.
INTO = {"xlsx": "ods", "csv": "ods", "docx": "odt"}
PORTION = 40


def not_opened(files: list[Path]) -> list[str]:
    """Names of the files that LibreOffice gave nothing for. PDFs are not tried."""
    failed = []
    for ending, target in INTO.items():
        several = [file for file in files if file.suffix == f".{ending}"]
        for begin in range(0, len(several), PORTION):
            failed += _portion(several[begin : begin + PORTION], target)
    return failed


def _portion(files: list[Path], target: str) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "made"
        command = [
            "soffice", "--headless", "--norestore", f"-env:UserInstallation=file://{folder}/home",
            "--convert-to", target, "--outdir", str(made), *map(str, files),
        ]  # fmt: skip
        subprocess.run(command, capture_output=True, timeout=600, check=False)
        return [
            file.name
            for file in files
            if not (made / f"{file.stem}.{target}").is_file()
            or (made / f"{file.stem}.{target}").stat().st_size == 0
        ]
