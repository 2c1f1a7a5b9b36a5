"""Marks that say where an answer goes: "Answer:", lines to write on, boxes to tick, prompts."""

import re
from dataclasses import dataclass

from rfp_manager.importing.word.spoken import BOXES, Spoken, tidy
from rfp_manager.importing.words import ANSWER, COMMENT, read_label

MAX_MARK_CHARS = 60
MAX_MARK_WORDS = 5
MAX_OPTION_CHARS = 80
SURE_ANSWER, SURE_COMMENT = 5.0, 4.9

_LINE = re.compile(r"[_\u2026]{2}|\.{4}|-{5}|(?:[_.\u2026] ){4}")
_LINE_SIGNS = "_.\u2026-"
MAX_PROMPT_CHARS = 200
_PROMPT = re.compile(
    r"\W*(?:(?:please |kindly )?(?:click|tap)(?: or (?:click|tap))?(?: here| to| on)\b.{0,60}|"
    r"choose an item\W*|(?:please )?select(?: one| an? (?:item|option|answer))?\W*|"
    r"(?:please |kindly )?(?:enter|type|insert|add|provide|write|put) (?:your |the |vendor |"
    r"supplier |bidder |any )?(?:text|answers?|responses?|reply|comments?|details?|information)"
    r"(?: here| below| text)?\W*|"
    r"(?:your|vendor|supplier|bidder) (?:answer|response|reply|text)(?: here)?\W*|"
    r"klicken (?:oder tippen )?sie.{0,60}|wählen sie.{0,40}|cliquez.{0,60}|choisissez.{0,40}|"
    r"haga clic.{0,60}|elija.{0,40}|hier (?:text|antwort).{0,30}|tbd|n\.?n\.?)\W*",
    re.IGNORECASE,
)
_BRACKETED = re.compile(
    r"[\[<({«]\s*(?:[^\[\]<>{}]{0,40}\b)?(?:insert|enter|type|response|answer|text|details?|"
    r"antwort|réponse|respuesta)\b[^\[\]<>{}]{0,60}[\]>)}»]",
    re.IGNORECASE,
)
_SIGNING = re.compile(
    r"\b(sign(ed|ature)?|signatory|date|initials?|witness|stamp|unterschrift|datum|ort|fecha|"
    r"firma|signature|cachet|lieu)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Options:
    """Boxes to tick in one text: what stands before them, and each box's words."""

    stem: str
    labels: tuple[str, ...]
    ticked: tuple[int, ...]


def is_prompt(text: str) -> bool:
    """Whether the text only invites to write over it, or is a line to write on."""
    flat = " ".join(text.split())
    if not flat or flat.endswith((":", "：")):
        return False  # "Supplier response:" is a label that stays
    if room_at_end(flat) == len(flat):
        return True
    short = len(flat) <= MAX_PROMPT_CHARS
    return short and bool(_PROMPT.fullmatch(flat) or _BRACKETED.fullmatch(flat))


def room_at_end(text: str) -> int:
    """How many characters at the end of the text are a line to write on; 0 without one."""
    head = text.rstrip(_LINE_SIGNS + " \t\n\xa0")
    return len(text) - len(head) if _LINE.search(text, len(head)) else 0


def mark_of(text: str) -> str:
    """ "answer" for a line such as "Response: ____", "comment" for "Remarks:", else ""."""
    head, rest = split_mark(text)
    if not head or (rest.strip() and not is_prompt(rest)):
        return ""
    bare = re.sub(r"\([^()]*\)", "", head).strip()  # "Your response (max. 500 words)"
    if text.rstrip().endswith(":") or rest:
        return _role(bare)
    # "In place" without a colon may be one of the answers; "Response" is a mark.
    label = read_label(bare) if len(bare) <= 20 else None
    stated = label is not None and label.role == ANSWER and label.weight <= SURE_ANSWER
    return "" if label is None or stated else _role(bare)


def split_mark(text: str) -> tuple[str, str]:
    """("Response:", "what stands after it"); ("", text) when no mark leads the text."""
    flat = text.strip()
    match = re.match(r"[^:：\n]{1,60}[:：]", flat)
    head = match[0] if match else (flat if "\n" not in flat else "")
    if not head or len(head) > MAX_MARK_CHARS or not _role(head):
        return "", text
    return head, flat[len(head) :]


def _role(head: str) -> str:
    words = re.sub(r"[\[\](){}<>]", " ", head).split()
    if len(words) > MAX_MARK_WORDS or "?" in head:
        return ""
    if head.strip().lower() in ("a:", "r:"):
        return ANSWER
    label = read_label(head)
    if label is None:
        return ""
    if label.role == ANSWER and label.weight >= SURE_ANSWER:
        return ANSWER
    return COMMENT if label.role == COMMENT and label.weight >= SURE_COMMENT else ""


def field_label(text: str) -> str:
    """ "Company name" of "Company name: ______"; "" when the text has no room at its end."""
    head = text[: len(text) - room_at_end(text)].strip()
    if head == text.strip() or not head or "\n" in head:
        return ""
    label = head.rstrip(":：").strip()
    several = _LINE.search(label)
    return "" if several or _SIGNING.search(label) and len(label) <= 40 else label


def is_signing(text: str) -> bool:
    """Whether a short text is part of where the form is signed."""
    return len(text) <= 60 and bool(_SIGNING.search(text))


def without_room(text: str) -> str:
    """The text without the line to write on at its end."""
    return text[: len(text) - room_at_end(text)].rstrip()


def options_in(said: Spoken) -> Options | None:
    """The boxes to tick in a paragraph or cell; None when it has none, or no words for them."""
    if not said.boxes:
        return None
    raw, at = said.raw, [box.at for box in said.boxes]
    ticked = tuple(index for index, box in enumerate(said.boxes) if box.ticked)
    if not raw[at[-1] + 1 :].strip():
        stem, labels = _before_boxes(raw, at)
    else:
        stem, labels = raw[: at[0]], _between(raw, [*at, len(raw)])
    if not all(labels) or any(len(label) > MAX_OPTION_CHARS for label in labels):
        return None
    return Options(tidy(stem), tuple(labels), ticked)


def _between(raw: str, at: list[int]) -> list[str]:
    return [_words(raw[start + 1 : end]) for start, end in zip(at, at[1:], strict=False)]


def _before_boxes(raw: str, at: list[int]) -> tuple[str, list[str]]:
    """For "Encrypted? Yes ☐ No ☐" the words stand before their boxes."""
    first = raw[: at[0]]
    cut = max(first.rfind(mark) for mark in ("?", ":", "\n", "？", "："))
    rest = _between(raw, [at[0], *at[1:]])
    return first[: cut + 1], [_words(first[cut + 1 :]), *rest]


def _words(text: str) -> str:
    return " ".join(text.split()).strip(" .,;/|–-:")


def box_only(text: str) -> bool:
    """Whether the text is nothing but a single box."""
    flat = text.strip()
    return len(flat) == 1 and flat in BOXES
