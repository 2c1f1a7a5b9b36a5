"""What is refused around accounts, each with a sentence for the person."""


class AccountRefused(Exception):
    """Something about accounts is not done; the text says why, and what to do."""


class TokenRefused(AccountRefused):
    """An API token is not made as asked."""


class InvitationRefused(AccountRefused):
    """An invitation is not made, or cannot be used."""


class PersonRefused(AccountRefused):
    """A person's role or standing is not changed."""


class SignInLocked(AccountRefused):
    """Too many failed sign-ins from here; the text says for how long, `wait` in seconds."""

    def __init__(self, text: str, wait: int) -> None:
        super().__init__(text)
        self.wait = wait


class SecretUnreadable(AccountRefused):
    """A stored secret was sealed with other FIELD_KEYS."""
