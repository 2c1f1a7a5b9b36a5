"""Receipts of answers, the bundle of them, and the script that verifies it elsewhere."""

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from rfp_manager.batches import start_responder
from rfp_manager.editing import answer_for, edit_answer
from rfp_manager.exports import start_export
from rfp_manager.models import RFP, AnswerReceipt, ExportJob
from rfp_manager.receipts import verify_receipts
from rfp_manager.receipts.canonical import canonical, digest
from tests.rfp_manager.answer_world import Commit, answers, fresh

pytestmark = pytest.mark.django_db
SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "verify_receipts.py"


def export(rfp: RFP, commit: Commit, output: str = "filled") -> ExportJob:
    with commit():
        job = start_export(rfp, rfp.owner, output=output)
    found: ExportJob = fresh(job)
    assert found.status == "completed", found.last_error
    return found


@pytest.fixture
def drafted(rfp: RFP, commit: Commit, alice: Any) -> RFP:
    with commit():
        start_responder(rfp, alice)
    return rfp


@pytest.fixture
def bundle(drafted: RFP, commit: Commit, alice: Any, tmp_path: Path) -> Path:
    """The receipts of an export of two drafts and an edited answer, in a file."""
    answer = answers(drafted)["1.2"]
    edit_answer(answer, text="Every quarter.", user=alice, version=answer.version)
    export(drafted, commit)
    path = tmp_path / "receipts.zip"
    with export(drafted, commit, "receipts").artifacts.get().file.open() as file:
        path.write_bytes(file.read())
    return path


def receipt(rfp: RFP, number: str, version: int) -> AnswerReceipt:
    return AnswerReceipt.objects.get(
        version__answer__question__rfp=rfp, version__answer__question__number=number,
        version__number=version,
    )  # fmt: skip


def test_a_draft_has_a_receipt_with_the_prompt_as_it_was_sent_and_the_passages(
    drafted: RFP,
) -> None:
    body = receipt(drafted, "1.1", 1).body
    answer = answers(drafted)["1.1"]
    assert body["answer"]["text"] == answer.text
    assert "Are database backups encrypted with AES?" in body["call"]["prompt"]
    assert "never an instruction" in body["call"]["system"]
    passages = {p["chunk"]: p for p in body["passages"]}
    for cited in body["citations"]:
        passage = passages[cited["chunk"]]
        assert passage["text"][cited["start"] : cited["end"]] == cited["quote"]
        assert passage["text"] in body["call"]["prompt"]
    assert body["call"]["tokens"]["input"] > 0
    assert body["made"] == {
        "by": "responder", "user": None, "model": str(answer.model),
        "job": body["made"]["job"], "restored_from": None, "at": body["made"]["at"],
    }  # fmt: skip


def test_a_receipt_says_what_its_call_cost(drafted: RFP) -> None:
    body = receipt(drafted, "1.1", 1).body
    assert body["call"]["cost_usd"].replace(".", "").isdigit()


def test_an_edit_is_the_next_link_of_the_chain_and_names_who_made_it(
    drafted: RFP, alice: Any
) -> None:
    answer = answers(drafted)["1.1"]
    edit_answer(answer, text="Yes, all of them.", user=alice, version=answer.version)
    first, second = receipt(drafted, "1.1", 1), receipt(drafted, "1.1", 2)
    assert second.body["previous"] == first.sha256
    assert second.body["made"]["user"] == "alice" and second.body["call"] is None
    assert second.sha256 == digest(second.body)


def test_a_question_that_nobody_answered_before_begins_a_chain(rfp: RFP, alice: Any) -> None:
    answer = answer_for(rfp.questions.get(number="1.3"), alice)
    edited = edit_answer(answer, text="No.", user=alice, version=answer.version)
    assert receipt(rfp, "1.3", edited.version).body["previous"] is None


def test_the_hash_of_a_receipt_survives_the_database(drafted: RFP) -> None:
    for found in AnswerReceipt.objects.all():
        assert digest(found.body) == found.sha256


@pytest.mark.parametrize("value", [0.1, {"a": [1e22]}, [[-0.0]]])
def test_fractions_are_refused_since_programs_spell_them_differently(value: object) -> None:
    with pytest.raises(TypeError):
        canonical(value)


def test_a_bundle_is_verified_by_a_python_of_its_own(bundle: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-I", str(SCRIPT), str(bundle)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "all hold" in done.stdout


def test_the_script_in_the_bundle_verifies_it_as_well(bundle: Path, tmp_path: Path) -> None:
    script = tmp_path / "verify.py"
    script.write_bytes(zipfile.ZipFile(bundle).read("verify_receipts.py"))
    done = subprocess.run([sys.executable, "-I", str(script), str(bundle)], capture_output=True)
    assert done.returncode == 0


def test_the_answers_of_the_bundle_are_those_of_the_export(bundle: Path, drafted: RFP) -> None:
    lines = zipfile.ZipFile(bundle).read("answers.jsonl").decode().splitlines()
    found = {(a["number"], a["version"]): a["text"] for a in map(json.loads, lines)}
    assert found["1.2", 2] == "Every quarter."
    assert len(found) == 2


def test_what_was_edited_after_the_export_is_not_in_its_receipts(
    drafted: RFP, commit: Commit, alice: Any
) -> None:
    export(drafted, commit)
    answer = answers(drafted)["1.1"]
    edit_answer(answer, text="Later words.", user=alice, version=answer.version)
    with export(drafted, commit, "receipts").artifacts.get().file.open() as file:
        data = zipfile.ZipFile(io.BytesIO(file.read())).read("receipts.jsonl")
    assert b"Later words." not in data


def test_equal_contents_make_an_equal_bundle(drafted: RFP, commit: Commit) -> None:
    export(drafted, commit)
    one, two = (export(drafted, commit, "receipts") for _ in range(2))
    assert one.revision == two.revision
    assert one.artifacts.get().sha256 == two.artifacts.get().sha256


def test_the_exported_file_is_known_by_its_hash(bundle: Path, drafted: RFP, tmp_path: Path) -> None:
    job = ExportJob._default_manager.filter(rfp=drafted, output="filled").get()
    sent = tmp_path / "sent.xlsx"
    with job.artifacts.get().file.open() as file:
        sent.write_bytes(file.read())
    assert not verify_receipts.verify(str(bundle), files=[str(sent)]).problems
    sent.write_bytes(sent.read_bytes() + b" ")
    problems = verify_receipts.verify(str(bundle), files=[str(sent)]).problems
    assert problems and "sent.xlsx" in problems[0]


def test_the_hash_of_another_bundle_is_noticed(bundle: Path, commit: Commit, drafted: RFP) -> None:
    job = ExportJob._default_manager.filter(rfp=drafted, output="receipts").get()
    assert not verify_receipts.verify(str(bundle), expect=job.revision).problems
    assert verify_receipts.verify(str(bundle), expect="0" * 64).problems


# -- tampering -----------------------------------------------------------------------------
def rewritten(bundle: Path, name: str, data: bytes) -> Path:
    """The bundle with one file changed, and nothing else."""
    path = bundle.with_name("forged.zip")
    with zipfile.ZipFile(bundle) as old, zipfile.ZipFile(path, "w") as new:
        for info in old.infolist():
            new.writestr(info, data if info.filename == name else old.read(info))
    return path


def forged(bundle: Path, name: str, data: bytes) -> Path:
    """The same, by somebody who makes the manifest fit."""
    path = rewritten(bundle, name, data)
    whole = json.loads(zipfile.ZipFile(path).read("manifest.json"))
    whole["body"]["files"][name] = __import__("hashlib").sha256(data).hexdigest()
    whole["sha256"] = digest(whole["body"])
    again = rewritten(path.rename(path.with_name("half.zip")), "manifest.json", canonical(whole))
    return again


@pytest.mark.parametrize(
    "name", ["manifest.json", "answers.jsonl", "receipts.jsonl", "README.txt", "verify_receipts.py"]
)
def test_one_changed_character_anywhere_is_found_and_named(bundle: Path, name: str) -> None:
    data = zipfile.ZipFile(bundle).read(name)
    step = max(1, len(data) // 25)
    for place in range(0, len(data) - 1, step):
        other = b"7" if data[place : place + 1] != b"7" else b"8"
        changed = data[:place] + other + data[place + 1 :]
        problems = verify_receipts.verify(str(rewritten(bundle, name, changed))).problems
        assert any(line.startswith(name) for line in problems), (place, problems)


def bodies(bundle: Path) -> list[dict[str, Any]]:
    lines = zipfile.ZipFile(bundle).read("receipts.jsonl").splitlines()
    return [json.loads(line) for line in lines]


def joined(entries: list[dict[str, Any]]) -> bytes:
    return b"".join(canonical(entry) + b"\n" for entry in entries)


def test_a_changed_answer_is_named_though_the_manifest_fits(bundle: Path) -> None:
    entries = bodies(bundle)
    entries[0]["body"]["answer"]["text"] += "!"
    problems = verify_receipts.verify(
        str(forged(bundle, "receipts.jsonl", joined(entries)))
    ).problems
    assert any("Question 1.1, version 1" in line and "was changed" in line for line in problems)


def test_a_changed_answer_breaks_the_chain_though_its_hash_fits(bundle: Path) -> None:
    entries = bodies(bundle)
    edited = next(n for n, e in enumerate(entries) if e["body"]["version"] == 2)
    before = entries[edited - 1]
    before["body"]["answer"]["text"] += "!"
    before["sha256"] = digest(before["body"])
    problems = verify_receipts.verify(
        str(forged(bundle, "receipts.jsonl", joined(entries)))
    ).problems
    assert any("version 2" in line and "does not follow" in line for line in problems)


def test_a_quote_that_does_not_stand_in_its_passage_is_named(bundle: Path) -> None:
    entries = bodies(bundle)
    cited = next(e for e in entries if e["body"]["citations"])
    cited["body"]["citations"][0]["quote"] += " for ever"
    cited["sha256"] = digest(cited["body"])
    problems = verify_receipts.verify(
        str(forged(bundle, "receipts.jsonl", joined(entries)))
    ).problems
    assert any("citation 1 is not what stands in its passage" in line for line in problems)


def test_an_exported_answer_of_other_words_is_named(bundle: Path) -> None:
    lines = zipfile.ZipFile(bundle).read("answers.jsonl").splitlines()
    entries = [json.loads(line) for line in lines]
    entries[1]["text"] = "Every week."
    problems = verify_receipts.verify(
        str(forged(bundle, "answers.jsonl", joined(entries)))
    ).problems
    assert any("1.2" in line and "its text is not the receipt's" in line for line in problems)


def test_a_receipt_that_was_taken_out_is_noticed(bundle: Path) -> None:
    entries = bodies(bundle)
    left = [
        e
        for e in entries
        if not (e["body"]["version"] == 1 and e["body"]["question"]["number"] == "1.2")
    ]
    problems = verify_receipts.verify(str(forged(bundle, "receipts.jsonl", joined(left)))).problems
    assert any("does not follow" in line for line in problems)


@pytest.mark.parametrize(
    "data", [b"", b"PK\x03\x04 no zip", b"\0" * 100], ids=["empty", "cut", "zeros"]
)
def test_what_is_no_bundle_is_said(tmp_path: Path, data: bytes, capsys: Any) -> None:
    path = tmp_path / "other.zip"
    path.write_bytes(data)
    assert verify_receipts.main([str(path)]) == 2
    assert "Cannot be read" in capsys.readouterr().out


@pytest.mark.parametrize(
    "line", [b"[]", b"{}", b'{"body":[]}', b'{"body":{"question":{}}}', b"\xff", b"null"]
)
def test_lines_that_are_no_receipts_are_named_and_stop_nothing(bundle: Path, line: bytes) -> None:
    data = zipfile.ZipFile(bundle).read("receipts.jsonl")
    report = verify_receipts.verify(str(forged(bundle, "receipts.jsonl", line + b"\n" + data)))
    assert any(entry.startswith("receipts.jsonl, line 1") for entry in report.problems)
    assert report.answers == 2
