"""Slows down who guesses passwords or codes: counted per account and network address, so that
nobody can lock a person out from somewhere else; and per address over all accounts.

A try is counted before the password is looked at, by one statement: a thousand tries at the same
moment are a thousand counted tries. Names are counted whether there is such an account or not.
"""

from math import ceil

from django.utils.crypto import salted_hmac

from accounts.errors import SignInLocked
from accounts.events import record
from audit import limiting
from audit.limiting import Limit, Slowdown

ONE_ACCOUNT = Slowdown("sign_in", free=5, first=60, longest=3600)


def begin(login: str, address: str) -> None:
    """Count a try at `login` from `address`. Raises SignInLocked if it may not be made now; then
    no password is to be looked at."""
    wait = limiting.begin(ONE_ACCOUNT, _place(login, address))
    limit = one_address()
    if not wait and limit:
        wait = limiting.hit(limit, address)
    if wait:
        raise SignInLocked(sentence(wait), wait)


def failed(login: str, address: str) -> None:
    """The try that was begun has failed. The lock that it brought, if any, goes on record."""
    tries, wait = limiting.waiting(ONE_ACCOUNT, _place(login, address))
    if wait:
        _note("one account", tries, wait)
    limit = one_address()
    wait = limiting.look(limit, address) if limit else 0
    if limit and wait:
        _note("the address", limit.times, wait)


def _note(what: str, tries: int, wait: int) -> None:
    record("sign_in.blocked", actor=None, what=what, tries=tries, minutes=_minutes(wait))


def succeeded(login: str, address: str) -> None:
    """Forget the tries at this account; the address keeps its own, less this one: else one's own
    account would be the way to go on guessing at the others'."""
    limiting.forget(ONE_ACCOUNT, _place(login, address))
    limit = one_address()
    if limit:
        limiting.refund(limit, address)


def one_address() -> Limit | None:
    """Many people may sit behind one address. None: the operator wants no such limit."""
    return limiting.limit_of("sign_in_address")


def sentence(wait: int) -> str:
    """What somebody is told who has to wait so many seconds."""
    minutes = _minutes(wait)
    span = "a minute" if minutes <= 1 else f"{minutes} minutes"
    return (
        f"Too many failed sign-ins from your network address. Try again in {span}; an "
        "administrator can give you a new password."
    )


def _minutes(seconds: int) -> int:
    return ceil(seconds / 60)


def _place(login: str, address: str) -> str:
    """People type passwords where the name belongs, so that a plain hash would not do."""
    key = salted_hmac("accounts.guard", login.strip().casefold(), algorithm="sha256").hexdigest()
    return f"{key} {address}"
