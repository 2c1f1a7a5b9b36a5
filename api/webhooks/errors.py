"""What is refused around webhooks, each with a sentence for the person."""


class WebhookRefused(Exception):
    """A webhook is not made or changed as asked; the message says why and what to do."""


class Undelivered(ConnectionError):
    """Nobody took the message this time. It is tried again."""
