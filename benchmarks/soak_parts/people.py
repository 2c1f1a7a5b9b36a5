"""What the people of a soak do all day, each in a thread of their own."""

import io
import random
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from openpyxl import Workbook, load_workbook

from benchmarks.soak_parts.visitor import SoakFailed, Visitor, links

ENDED = ("completed", "failed", "cancelled")
LISTS = ("/", "/rfps/", "/library/", "/jobs/", "/library/answers/", "/rfps/commitments/")
OF_AN_RFP = ("", "coverage/", "contradictions/", "exports/")
SUBJECTS = (
    "encryption at rest", "backups", "access control", "logging", "incident response",
    "training of staff", "sub-processors", "secure development", "physical security",
    "business continuity", "penetration tests", "data residency", "patching", "insurance",
)  # fmt: skip
BATCH_SECONDS = 900.0


@dataclass(frozen=True)
class Load:
    """How many do what, and how long each rests between two steps (seconds, on average)."""

    readers: int = 4
    searchers: int = 2
    uploaders: int = 1
    answerers: int = 1
    rest: float = 2.0
    questions: int = 40


@dataclass
class Person:
    """Repeats `step` until it is over. What goes wrong is written down and the day goes on."""

    visitor: Visitor
    over: threading.Event
    dice: random.Random
    rest: float

    def live(self, step: Callable[["Person"], None], rest: float) -> None:
        while not self.over.wait(self.dice.uniform(0.5, 1.5) * rest):
            try:
                step(self)
            except SoakFailed as error:
                self.visitor.book.wrong(f"{step.__name__}: {error}")
            except Exception as error:
                self.visitor.book.wrong(f"{step.__name__}: {type(error).__name__}: {error}")

    def pause(self) -> None:
        self.over.wait(self.dice.uniform(0.5, 1.5) * self.rest)


def start(
    load: Load, make: Callable[[str], Visitor], over: threading.Event
) -> list[threading.Thread]:
    """Everybody, signed in and at work."""
    roles: list[tuple[Callable[[Person], None], int, float]] = [
        (read, load.readers, load.rest),
        (search, load.searchers, load.rest),
        (upload, load.uploaders, 10 * load.rest),
        (_answering(load.questions), load.answerers, 5 * load.rest),
    ]
    threads = []
    for step, number, rest in roles:
        for n in range(number):
            name = f"{step.__name__}-{n}"
            person = Person(make(name), over, random.Random(name), load.rest)
            threads.append(threading.Thread(target=person.live, args=(step, rest), name=name))
    for thread in threads:
        thread.start()
    return threads


# -- what they do ------------------------------------------------------------------------
def read(person: Person) -> None:
    """A list, an RFP on it, a question of that; a document."""
    visitor, dice = person.visitor, person.dice
    visitor.get(dice.choice(LISTS), "list")
    rfps = [link for link in links(visitor.get("/rfps/", "list"), "/rfps/") if _is_rfp(link)]
    if rfps:
        rfp = dice.choice(rfps)
        page = visitor.get(rfp + dice.choice(OF_AN_RFP), "RFP")
        person.pause()
        questions = links(page, f"{rfp}questions/")
        if questions:
            visitor.get(dice.choice(questions), "question")
    documents = [
        one for one in links(visitor.get("/library/", "list"), "/library/") if _is_rfp(one)
    ]
    if documents:
        visitor.get(dice.choice(documents), "document")


def search(person: Person) -> None:
    asked = " ".join(person.dice.sample(SUBJECTS, 2))
    person.visitor.get("/library/search/", "search", q=f"How do you handle {asked}?")
    person.visitor.book.finished("searches")


def upload(person: Person) -> None:
    """A document that nobody has sent before."""
    visitor = person.visitor
    name = f"note-{person.dice.getrandbits(48):x}"
    visitor.get("/library/", "list")
    text = _document(name, person.dice)
    answer = visitor.post(
        "/library/upload/", "upload", files=[("files", (f"{name}.md", text))], as_json=True
    )
    refused = [one for one in answer.json().get("files", []) if not one.get("url")]
    if refused:
        raise SoakFailed(f"the upload was refused: {refused}")
    visitor.book.finished("uploads")


def _answering(questions: int) -> Callable[[Person], None]:
    def answer(person: Person) -> None:
        """An RFP from its questionnaire to the filled file."""
        rfp = _new_rfp(person, questions)
        _wait(person, person.visitor.post(f"{rfp}draft/", "start of a batch", as_json=True).json())
        page = person.visitor.get(rfp, "RFP")
        if not links(page, f"{rfp}questions/"):
            raise SoakFailed(f"{rfp} shows no questions after its batch")
        answers = {"output": "filled", "answers": "all"}
        job = person.visitor.post(f"{rfp}export/", "start of an export", answers, as_json=True)
        _wait(person, job.json())
        _download(person, rfp, questions)
        person.visitor.book.finished("RFPs answered and exported")

    return answer


def _new_rfp(person: Person, questions: int) -> str:
    visitor, name = person.visitor, f"soak-{person.dice.getrandbits(48):x}"
    visitor.get("/rfps/new/", "list")
    file = ("file", (f"{name}.xlsx", _questionnaire(questions, person.dice)))
    page = visitor.post("/rfps/new/", "new RFP", {"name": name, "customer": "Soak"}, [file])
    found = re.search(r"/rfps/\d+/", page.url)
    if found is None:
        raise SoakFailed(f"the questionnaire was not taken: {page.url}")
    return found[0]


def _wait(person: Person, job: dict[str, Any]) -> None:
    """Poll as the page does. Raises SoakFailed unless the job completes in time."""
    if "id" not in job:
        raise SoakFailed(f"no job was started: {job}")
    give_up = time.monotonic() + BATCH_SECONDS
    while job["status"] not in ENDED:
        if time.monotonic() > give_up:
            raise SoakFailed(f"job {job['id']} stands at {job['status']} after 15 minutes")
        time.sleep(person.rest / 2)
        job = person.visitor.json(f"/jobs/{job['id']}/progress/", "poll")
    if job["status"] != "completed":
        raise SoakFailed(f"job {job['id']} ended as {job['status']}")


def _download(person: Person, rfp: str, questions: int) -> None:
    """The buyer's file comes back with all its rows."""
    files = links(person.visitor.get(rfp, "RFP"), "/jobs/artifacts/")
    if not files:
        raise SoakFailed(f"{rfp} offers no file after its export")
    content = person.visitor.get(files[-1], "download").content
    rows = load_workbook(io.BytesIO(content)).worksheets[0].max_row
    if rows != questions + 1:
        raise SoakFailed(f"{files[-1]} has {rows} rows instead of {questions + 1}")


# -- what they send ----------------------------------------------------------------------
def _document(name: str, dice: random.Random) -> bytes:
    parts = [f"# Note {name}"]
    for subject in dice.sample(SUBJECTS, 5):
        days, who = dice.randrange(2, 400), dice.randrange(10_000)
        parts += [
            f"## {subject.capitalize()}",
            f"Our rule {who} on {subject} is reviewed every {days} days by the security office. "
            f"Exceptions are kept in register {who} and end after {days} days at the latest.",
        ]
    return "\n\n".join(parts).encode()


def _questionnaire(questions: int, dice: random.Random) -> bytes:
    book = Workbook()
    sheet: Any = book.active
    sheet.append(("No", "Question", "Vendor response"))
    for number in range(1, questions + 1):
        subject, area = dice.choice(SUBJECTS), dice.randrange(10_000)
        sheet.append((number, f"Do you have a documented process for {subject} in area {area}?"))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _is_rfp(link: str) -> bool:
    return re.fullmatch(r"/(rfps|library)/\d+/", link) is not None
