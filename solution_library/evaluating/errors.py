"""What can keep retrieval from being measured."""


class SetRefused(Exception):
    """A file of questions or passages cannot be used; the message says where and what to do."""


class EvaluationFailed(Exception):
    """The measuring itself cannot go on; the message says why and what to do."""
