"""From running text to questions: forms, lists of questions, and RFPs written as prose."""

from collections import Counter
from dataclasses import dataclass, field

from rfp_manager.importing.prose.asking import (
    asks_for_content,
    buyers_in,
    direct,
    gathers,
    is_about_manners,
    orders_content,
    requires,
    sentences,
    speaks_to_bidder,
)
from rfp_manager.importing.prose.lines import Asked, Item, Line, Room
from rfp_manager.importing.prose.outline import Outline, is_contents_line
from rfp_manager.importing.prose.parts import is_contract, reason_of
from rfp_manager.importing.prose.rooms import Found, room_for
from rfp_manager.importing.prose.silent import why_silent
from rfp_manager.importing.texts import is_note, is_plain_note, split_number
from rfp_manager.importing.types import Place, SkippedRow

SHOWN_CHARS = 200
MIN_ROOMS = 2  # answers with room of their own make the text a form
MIN_ASKED = 2  # questions, or
MIN_REQUIRED = 3  # requirements in a text that speaks to bidders
MAX_TOPIC_WORDS = 20
FORM_QUESTIONS = 3  # in tables make the text around them an explanation of the form

HEADING, DETAIL = "the title of a section", "a point of the question above"
ROOM = "room for an answer"
SET = "set by you"


@dataclass
class Prose:
    """What the text asks, and every other line with the reason why it does not."""

    asked: list[Asked] = field(default_factory=list)
    skipped: list[SkippedRow] = field(default_factory=list)
    paths: list[tuple[str, ...]] = field(default_factory=list)  # one for each item
    used_rooms: set[str] = field(default_factory=set)
    contract: bool = False

    @property
    def rows(self) -> set[int]:
        return {asked.line.row for asked in self.asked}


def read_prose(
    items: list[Item], *, in_tables: int = 0, forced: dict[int, str] | None = None
) -> Prose:
    """Read the lines of a text. `in_tables` questions were found in its tables; `forced` says
    for rows what a person has set: "question", "section" or "skip"."""
    return _Reading(items, in_tables, forced or {}).run()


class _Reading:
    def __init__(self, items: list[Item], in_tables: int, forced: dict[int, str]) -> None:
        self.items, self.forced = items, forced
        self.outline = Outline(items, forced)
        self.result = Prose(paths=self.outline.paths)
        lines = [i for i in items if isinstance(i, Line) and i.text]
        texts = [line.text for line in lines]
        self.buyers = buyers_in(texts)
        self.rooms = self._rooms()
        asking = sum(direct(line.text) for line in lines if line.row not in self.outline.headings)
        self.is_form = len(self.rooms) >= MIN_ROOMS or in_tables >= FORM_QUESTIONS
        self.is_list = asking >= max(MIN_ASKED, 0.3 * len(lines))
        self.silent = "" if self.is_form else why_silent(items, is_list=self.is_list)
        self.result.contract = not self.is_form and asking < 3 and is_contract(texts)
        addressed = sum(speaks_to_bidder(text) for text in texts) >= 2
        self.takes_demands = not self.is_form and addressed and not self.result.contract
        self.done: dict[int, str] = {}  # items that belong to another one -> why
        self.lead: tuple[str, ...] = ()  # the line that the list below it completes

    def run(self) -> Prose:
        for index, item in enumerate(self.items):
            if isinstance(item, Line) and not item.empty:
                self._meet(index, item)
        self._drop_the_few()
        for late in shared(self.result.asked):
            late.answer = late.line.after
        self.result.skipped += self._unused_rooms()
        self.result.skipped.sort(key=lambda skipped: skipped.row)
        return self.result

    def _rooms(self) -> set[int]:
        """The places of lines that the form leaves room for."""
        found = set()
        for index, item in enumerate(self.items):
            if not isinstance(item, Line) or not self._may_ask(item):
                continue
            if self._leads_points(index, item):
                continue
            if room_for(self.items, index, self.outline.headings).made and (
                self._sounds_asking(item) or (self._is_short(item) and self._right_below(index))
            ):
                found.add(index)
        return found

    def _leads_points(self, index: int, line: Line) -> bool:
        """ "Operations:" above points of which the first asks, with room of its own."""
        points = self._points(index, line)
        if not points or not line.text.rstrip().endswith((":", "：")) or direct(line.text):
            return False
        first = self.items[points[0]]
        assert isinstance(first, Line)
        made = room_for(self.items, points[0], self.outline.headings).made
        return made and direct(first.text) and len(points) == 1

    def _sounds_asking(self, line: Line) -> bool:
        numbered = line.number or split_number(line.text)[0]
        heading = line.row in self.outline.headings
        return bool(line.field or line.choices or direct(line.text) or (numbered and not heading))

    def _is_short(self, line: Line) -> bool:
        """Longer texts above a line are more likely followed by a divider than by room."""
        return len(line.text.split()) <= MAX_TOPIC_WORDS or line.text.rstrip().endswith((":", "："))

    def _may_ask(self, line: Line) -> bool:
        if line.empty or line.mark or line.contents or (line.choices and not line.stem):
            return False
        if line.field or line.choices or direct(line.text):
            return True
        numbered = line.number or split_number(line.text)[0]
        noted = is_plain_note(line.text) if numbered else is_note(line.text)
        return not noted and line.row not in self.outline.titles

    def _meet(self, index: int, line: Line) -> None:
        forced = self.forced.get(line.row)
        if forced == "question":
            self._ask(index, line)
        elif forced is not None and forced != "section":
            self._skip(line, f"left out, as {SET}")
        elif line.row in self.outline.titles:
            self._skip(line, "the title of the document")
        elif line.row in self.outline.headings and not self._boxed_heading(index):
            self.lead = ()
            self._skip(line, HEADING)
        elif index in self.done:
            self._skip(line, self.done[index])
        else:
            self._judge(index, line)

    def _boxed_heading(self, index: int) -> bool:
        """A heading with room right below it is a question with a heading's style."""
        return self.is_form and index in self.rooms and self._right_below(index)

    def _right_below(self, index: int) -> bool:
        item = self.items[index]
        assert isinstance(item, Line)
        found = room_for(self.items, index, self.outline.headings)
        between = self.items[index + 1 : found.end]
        return all(isinstance(i, Line) and i.empty for i in between)

    def _judge(self, index: int, line: Line) -> None:
        if not line.listed:
            self.lead = ()
        reason = self._reason_against(index, line)
        if reason:
            self._skip(line, reason)
        elif self._leads_list(index, line):
            self.lead = (" ".join(line.text.split()),)
            self._skip(line, HEADING)
        else:
            self._ask(index, line)

    def _reason_against(self, index: int, line: Line) -> str:
        """Why the line asks nothing; "" if it asks."""
        if line.contents or is_contents_line(line.text):
            return "a line of the table of contents"
        if line.mark or line.room or (line.choices and not line.stem):
            return ROOM
        if index in self.rooms and (self.is_form or line.choices):
            return "" if self._is_worth_room(line) else "a note on how to fill the form in"
        if is_plain_note(line.text):
            return "a note on how to fill the form in"
        part = reason_of(self.outline.paths[index])
        if self.is_form:
            return self._reason_in_form(line, part)
        return self._reason_in_prose(index, line, part)

    def _is_worth_room(self, line: Line) -> bool:
        if (line.number or split_number(line.text)[0]) and not is_plain_note(line.text):
            return True  # the form counts it, and leaves room for what is asked in the note
        return bool(line.field or line.choices or direct(line.text)) or not is_note(line.text)

    def _reason_in_form(self, line: Line, part: str) -> str:
        numbered = bool(line.number or split_number(line.text)[0])
        plain = bool(numbered or line.level) or self._is_plain_question(line)
        if direct(line.text) and plain and not part:
            return ""
        if is_note(line.text) or direct(line.text):
            return "a note on how to fill the form in"
        if requires(line.text, self.buyers):
            own = (numbered or line.listed) and not part and not is_about_manners(line.text)
            if own and not line.level:
                return ""
            return "requires something, but the form leaves no room for an answer to it"
        return "asks nothing"

    def _is_plain_question(self, line: Line) -> bool:
        """One question to the bidder and nothing else, as no explanation of a form is."""
        whole = line.text.rstrip().endswith(("?", "？")) and len(sentences(line.text)) == 1
        return whole and speaks_to_bidder(line.text) and not is_about_manners(line.text)

    def _reason_in_prose(self, index: int, line: Line, part: str) -> str:
        if self.silent:
            return self.silent
        if self.lead or self._completes_heading(index, line):
            return ""
        if self.result.contract:
            return "a term of an agreement"
        if (
            self.takes_demands
            and not is_contractual(part)
            and (asks_for_content(line.text) or orders_content(line.text))
        ):
            return ""
        asks = direct(line.text) and not is_note(line.text)
        if asks and not part and (self._is_open(line) or self.is_list):
            return "about how to hand the bid in" if is_about_manners(line.text) else ""
        # a heading, or a point of a list, among others that ask
        told = self.takes_demands or line.level > 0 or self._is_beside_questions(index, line)
        needs = told and requires(line.text, self.buyers)
        if not asks and not needs:
            return "asks nothing of the bidder"
        if part:
            return f"in a part {part}"
        if is_note(line.text) or is_about_manners(line.text):
            return "about how to hand the bid in"
        return "" if needs else "asks nothing of the bidder"

    def _is_beside_questions(self, index: int, line: Line) -> bool:
        """Whether it is a point of a list, right above or below one that asks."""
        if not line.listed:
            return False
        for places in range(index - 1, -1, -1), range(index + 1, len(self.items)):
            near = (self.items[at] for at in places)
            other = next((i for i in near if isinstance(i, Room) or not i.empty), None)
            if isinstance(other, Line) and other.depth == line.depth and direct(other.text):
                return True
        return False

    def _completes_heading(self, index: int, line: Line) -> bool:
        """Whether the line is a point of a list right under "Your proposal should include"."""
        path = self.outline.paths[index]
        return self.takes_demands and line.listed and bool(path) and asks_for_content(path[-1])

    def _is_open(self, line: Line) -> bool:
        numbered = bool(line.number or line.listed or split_number(line.text)[0] or line.level)
        return numbered or speaks_to_bidder(line.text) or line.text.rstrip().endswith((".", ":"))

    def _leads_list(self, index: int, line: Line) -> bool:
        """Whether the line ends in ":" and each point of the list below is to be answered."""
        if not line.text.rstrip().endswith((":", "：")) or index in self.rooms:
            return False
        points = self._points(index, line)
        if not points:
            return False
        details = self.lead or "?" in line.text or (direct(line.text) and gathers(line.text))
        return not details  # of one answer

    def _points(self, index: int, line: Line) -> list[int]:
        """The places of the list's items right below the line."""
        found: list[int] = []
        for at in range(index + 1, len(self.items)):
            item = self.items[at]
            if isinstance(item, Room) or not (item.empty or item.listed):
                break
            if item.empty:
                continue
            if line.listed and not found and (item.depth or 0) < (line.depth or 0):
                break
            if line.listed and (item.depth or 0) <= (line.depth or 0) and item.number:
                break
            if item.row in self.outline.headings:
                break
            found.append(at)
        return found

    def _ask(self, index: int, line: Line) -> None:
        end, text = self._with_points(index, line)
        found = room_for(self.items, end, self.outline.headings)
        if not found.made and end != index:
            own = room_for(self.items, index, self.outline.headings)
            found = own if own.made else found
        for at in range(index + 1, found.end + 1):
            self._take(at, found)
        self.result.asked.append(
            Asked(
                line=line,
                text=text,
                answer=found.answer,
                section=(*self.outline.paths[index], *self.lead),
                comment=found.comment,
                choices=found.choices,
                existing=found.existing,
                ticks=found.ticks,
                hints=self._hints(index, found.end),
            )
        )

    def _hints(self, index: int, end: int) -> str:
        between = self.items[index + 1 : end]
        return "\n".join(item.text for item in between if isinstance(item, Line))

    def _with_points(self, index: int, line: Line) -> tuple[int, str]:
        """The question with the points below it that belong to it, and where they end."""
        text = line.field or line.stem or line.text
        if not line.text.rstrip().endswith((":", "：", "?")) or line.choices or line.field:
            return index, text
        points = [at for at in self._points(index, line) if self._is_point(line, at)]
        for at in points:
            item = self.items[at]
            assert isinstance(item, Line)
            self.done[at] = DETAIL
            text += f"\n{item.number or '•'} {item.text}"
        return (points[-1] if points else index), text

    def _is_point(self, line: Line, at: int) -> bool:
        item = self.items[at]
        assert isinstance(item, Line)
        if item.mark or item.choices or item.room or item.field:
            return False
        if line.text.rstrip().endswith("?"):
            own = direct(item.text) or at in self.rooms
            deeper = (item.depth or 0) > (line.depth or 0) or not line.listed
            return deeper and not own
        return True

    def _take(self, at: int, found: Found) -> None:
        item = self.items[at]
        if isinstance(item, Room):
            self.result.used_rooms.add(item.name)
        elif not item.empty or item.room:
            is_room = at == found.end and (item.mark or item.room or item.choices)
            self.done.setdefault(at, ROOM if is_room else DETAIL)

    def _skip(self, line: Line, reason: str) -> None:
        shown = " ".join((line.text or line.prompt or " / ".join(line.choices)).split())
        if shown:
            self.result.skipped.append(SkippedRow(line.row, shown[:SHOWN_CHARS], reason))

    def _unused_rooms(self) -> list[SkippedRow]:
        hidden = [i for i in self.items if isinstance(i, Line) and i.hidden.strip()]
        return [
            SkippedRow(line.row, line.hidden.strip()[:SHOWN_CHARS], "hidden text")
            for line in hidden
        ]

    def _drop_the_few(self) -> None:
        """A text with one or two accidental questions is no questionnaire."""
        asked = self.result.asked
        sure = [a for a in asked if self._is_sure(a)]
        if self.is_form or self.forced or len(sure) >= MIN_ASKED or len(asked) >= MIN_REQUIRED:
            return
        for each in asked:
            self._skip(each.line, "too little is asked in this text to be a questionnaire")
        self.result.asked = []

    def _is_sure(self, asked: Asked) -> bool:
        return direct(asked.line.text) or asked.answer.column == asked.line.place.column


def is_contractual(part: str) -> bool:
    return part.startswith("with terms")


def counted(skipped: list[SkippedRow]) -> list[tuple[str, int]]:
    """Reasons with their counts, the most frequent first."""
    return Counter(row.reason for row in skipped).most_common()


def shared(asked: list[Asked]) -> list[Asked]:
    """The questions whose place for the answer an earlier one has taken."""
    seen: set[Place] = set()
    late = []
    for each in asked:
        if each.answer in seen:
            late.append(each)
        seen.add(each.answer)
    return late
