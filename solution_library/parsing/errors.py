"""Errors of reading a foreign file. Kept import-free: the sandboxed child loads them too."""


class Refusal(Exception):
    """A file we will not read, whatever the number of tries; `reason` is a sentence for people.

    Any exception raised inside the child that derives from this class (or carries a true
    `is_refusal` attribute) reaches the parent as ChildRefused with the same reason.
    """

    is_refusal = True

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ChildError(Exception):
    """The child did not return a result. `detail` is for the log, never for the page."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


class ChildRefused(ChildError):
    """The child looked at the file and refused it: trying again is pointless."""


class ChildFailed(ChildError):
    """The child ran out of time or memory, or crashed: trying again may help."""


class ParseError(Exception):
    """No document came out of the file; `reason` is a sentence for people."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


class ParseRefused(ParseError, Refusal):
    """The file is bad, unsupported or hostile: trying again is pointless."""


class ParseFailed(ParseError):
    """Out of time or memory, or the reader crashed: trying again may help."""
