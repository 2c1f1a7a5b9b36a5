class StackError(Exception):
    """The one-machine stack cannot run; the message says why and what to do about it."""
