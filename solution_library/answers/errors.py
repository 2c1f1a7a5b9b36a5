"""What may go wrong with an approved answer, in sentences for people."""

from solution_library.models import LibraryAnswer


class AnswerRefused(Exception):
    """What was asked for cannot be done; the message says why and what to do."""


class AnswerConflict(Exception):
    """Somebody else changed the answer meanwhile; `current` is what it says now."""

    def __init__(self, current: LibraryAnswer) -> None:
        self.current = current
        super().__init__("Somebody else has changed this answer meanwhile.")
