"""Says whether a found passage is what a set calls relevant."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import unquote

from solution_library.evaluating.labelled import Labelled, Relevant
from solution_library.hits import Hit
from solution_library.models import Document

WORDS = re.compile(r"\w+")
NOT_IN_SLUG = re.compile(r"[^\w\s-]")
#: A text that names no document is looked for in the passages, if it has so many characters.
SHORTEST_QUOTE = 12
#: A passage that was cut holds a quote when it has so much of its words, or is made of them.
MOST_OF = 0.8


@dataclass(frozen=True)
class Target:
    """A relevant entry, with the ids of the documents it means. `documents` None: any."""

    entry: Relevant
    documents: frozenset[int] | None
    words: frozenset[str] = frozenset()

    def is_met_by(self, hit: Hit) -> bool:
        entry = self.entry
        return (
            self._is_in(hit)
            and (entry.page is None or entry.page == hit.page)
            and (entry.chunk is None or entry.chunk == hit.ordinal)
            and (not entry.heading or _is_below(hit.heading_path, entry.heading))
            and (not self.words or _holds(hit.text, entry.quote, self.words))
        )

    def _is_in(self, hit: Hit) -> bool:
        if self.documents is None:
            return True
        # The same passage in another document is as good: it stands for all of its copies.
        return any(
            document_id in self.documents
            for document_id in (hit.document_id, *(copy.document_id for copy in hit.copies))
        )


@dataclass(frozen=True)
class Question:
    """A question with its targets. `unknown`: relevant entries that name nothing here."""

    labelled: Labelled
    targets: tuple[Target, ...]
    unknown: tuple[str, ...] = ()


@dataclass
class Names:
    """What the documents of a library can be called."""

    by_name: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    by_end: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    @classmethod
    def of(cls, rows: Iterable[tuple[int, str, str, str]]) -> "Names":
        """From (id, path, title, key at its source) of each document."""
        names = cls()
        for document_id, *called in rows:
            for name in filter(None, called):
                names.by_name[_name(name)].add(document_id)
                for end in _ends(name):
                    names.by_end[end].add(document_id)
        return names

    def find(self, name: str) -> set[int]:
        """By its whole name, else by the end of its path where that tells it from all others."""
        whole = self.by_name.get(_name(name))
        if whole:
            return whole
        at_end = self.by_end.get(_name(name), set())
        return at_end if len(at_end) == 1 else set()


def library_names() -> Names:
    rows = Document.objects.values_list("pk", "path", "title", "source_key")
    return Names.of(rows.iterator())


def prepare(questions: Sequence[Labelled], names: Names) -> list[Question]:
    """What each entry means in this library."""
    return [_question(question, names) for question in questions]


def _question(labelled: Labelled, names: Names) -> Question:
    targets, unknown = list[Target](), list[str]()
    for entry in labelled.relevant:
        target = _target(entry, names)
        if target is None:
            unknown.append(entry.document)
        elif all(target.entry != other.entry for other in targets):
            targets.append(target)
    return Question(labelled, tuple(targets), tuple(unknown))


def _target(entry: Relevant, names: Names) -> Target | None:
    if not entry.document:
        return _quote(entry)
    found = names.find(entry.document)
    if found:
        return Target(entry, frozenset(found), _words(entry.quote))
    document, mark, heading = entry.document.rpartition("#")
    found = names.find(document) if mark and not entry.heading else set()
    if found:
        return Target(replace(entry, heading=heading), frozenset(found), _words(entry.quote))
    if entry.is_whole_document and " " in entry.document:
        return _quote(replace(entry, document="", quote=entry.document))
    return None


def _quote(entry: Relevant) -> Target | None:
    words = _words(entry.quote)
    return Target(entry, None, words) if words and len(entry.quote) >= SHORTEST_QUOTE else None


def _words(text: str) -> frozenset[str]:
    return frozenset(WORDS.findall(text.casefold()))


def _holds(text: str, quote: str, words: frozenset[str]) -> bool:
    """Whether a passage has a quote, or so much of it as a passage can have."""
    own = WORDS.findall(text.casefold())
    if f" {' '.join(WORDS.findall(quote.casefold()))} " in f" {' '.join(own)} ":
        return True
    shared = len(words & set(own))
    return shared >= MOST_OF * len(words) or (
        len(own) >= SHORTEST_QUOTE and shared >= MOST_OF * len(set(own)) and len(own) < len(quote)
    )


def _is_below(path: str, heading: str) -> bool:
    """Whether a heading path goes through a heading, given as its text or as a link's anchor."""
    wanted = _slug(unquote(heading))
    parts = path.split(" > ")
    return any(wanted == _slug(part) for part in (*parts, path))


def _slug(text: str) -> str:
    kept = NOT_IN_SLUG.sub("", text.casefold())
    return re.sub(r"[\s_-]+", "-", kept).strip("-")


def _name(name: str) -> str:
    return unquote(name).strip().casefold().removeprefix("./").rstrip("/")


def _ends(name: str) -> Iterable[str]:
    """The ends of a path: b/c.md and c.md of a/b/c.md."""
    parts = _name(name).split("/")
    return ("/".join(parts[start:]) for start in range(1, len(parts)))
