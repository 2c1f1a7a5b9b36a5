"""What can come between a person and another embedding index."""

from jobs.errors import JobFailed, StopBatch, TransientItemError
from llm_manager.defaults import DefaultRefused


class IndexRefused(JobFailed):
    """An index cannot be built, used or dropped; the message says why and what to do."""


class WrongVectors(IndexRefused, StopBatch):
    """A model makes vectors that its index cannot take: the whole build stops."""


class IndexChanged(TransientItemError):
    """Another index came into use while a document was read: it is to be read again."""


class NotComplete(DefaultRefused):
    """A model cannot become the default: the library has no complete index of it."""
