"""Every page and every address of the API that one of two people could ask for about the other's
things, in several states of what is shared with them; and which of the checks each request asks.

A request is undone before the next, so that one world serves them all.
"""

import functools
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from django.core.cache import cache
from django.db import connection, transaction
from django.db.models import Model

from accounts.models import Profile
from api.models import Webhook
from jobs.models import Job
from rfp_manager.models import RFP, Assignment, RFPMember
from tests.spelunker import two_users_things as things
from tests.spelunker.test_two_users import FORMS, SENT
from tests.spelunker.two_users import NAMED, SEARCHED, World, addresses, endpoints, url
from tests.spelunker.two_users_mutants import Mutant, original

#: Who owns it, and who pries.
OWNER, PRYING = "alice", "bob"
#: Rows of one kind that are asked for: the first are who owns it's, the last who pries's.
FIRST, LAST = 3, 1
#: Ways from a row to what it belongs to.
PARENTS = ("{}", "question__{}", "information_document__{}", "concrete__{}", "job__concrete__{}")
WORDS = ("", "?q=backups&question=backups&show=all", "?q=k&show=all&format=csv")


@dataclass(frozen=True)
class Request:
    """Of a program, if it says its method; else of a browser, which sends `data` if there is any."""

    address: str
    data: dict[str, Any] | None = None
    method: str = ""


def _shared(role: str) -> Callable[[World], None]:
    def share(world: World) -> None:
        rfp = RFP.objects.filter(owner=world.people[OWNER]).earliest("pk")
        person = world.people[PRYING]
        RFPMember.objects.update_or_create(rfp=rfp, user=person, defaults={"role": role})

    return share


def _everywhere(role: str) -> Callable[[World], None]:
    return lambda world: (
        Profile.objects.filter(user=world.people[PRYING]).update(role=role) and None
    )


def _given_a_question(world: World) -> None:
    rfp = RFP.objects.filter(owner=world.people[OWNER]).earliest("pk")
    asked = things.question(rfp, 1)
    Assignment.objects.create(question=asked, assignee=world.people[PRYING])


def _everything(request: Request) -> bool:
    return True


def _of_rfps(request: Request) -> bool:
    return "/rfps/" in request.address or "/jobs/" in request.address


def _changes(request: Request) -> bool:
    return request.data is not None


#: What begins each state, and what is asked for in it. In this order: who may read something once
#: knows it ever after, so that what may be read must become more and more.
STATES: dict[str, tuple[Callable[[World], None], Callable[[Request], bool]]] = {
    "strangers": (lambda world: None, _everything),
    "an expert": (_given_a_question, _of_rfps),
    "a reader of the RFP": (_shared("reader"), _of_rfps),
    "a contributor of the RFP": (_shared("contributor"), _of_rfps),
    "a reader everywhere": (_everywhere("reader"), _changes),
}


@dataclass
class Tour:
    world: World
    chosen: Callable[[Request], bool] = _everything
    #: For each check the requests that ask it, in the state that was looked at last.
    reached: dict[str, list[Request]] = field(default_factory=dict)

    def begin(self, state: str) -> None:
        begin, self.chosen = STATES[state]
        begin(self.world)

    def requests(self) -> list[Request]:
        """Those of this state, looking and with an empty form."""
        return [request for request in self._all() if self.chosen(request)]

    def _all(self) -> list[Request]:
        found = [Request(url(name) + words) for name in SEARCHED for words in WORDS]
        for name, arguments in addresses():
            for numbers in self._numbers(arguments):
                address = url(name, *numbers)
                found += [Request(address), Request(address, {})]
        for method, path, arguments in endpoints():
            for numbers in self._numbers(arguments):
                address = path.format(**dict(zip(arguments, numbers, strict=True)))
                found.append(Request(address, None if method == "GET" else {}, method))
        return found

    def _numbers(self, arguments: list[str]) -> list[tuple[int, ...]]:
        """What stands for the arguments of an address: each row with what it belongs to, and with
        what belongs to who asks."""
        models = [NAMED.get(argument) for argument in arguments]
        last = max((n for n, model in enumerate(models) if model), default=None)
        if last is None:
            return [tuple(1 for _ in arguments)]
        found = [self._of(row, arguments[:last]) + (row.pk,) for row in _rows(models[last])]
        if last and models[0] in (RFP, Webhook):
            own = self._own(models[0])
            found += [(own, *numbers[1:]) for numbers in found]
        rest = tuple(1 for _ in arguments[last + 1 :])
        return [numbers + rest for numbers in dict.fromkeys(found)]

    def _of(self, row: Model, arguments: list[str]) -> tuple[int, ...]:
        return tuple(_parent(row, argument) for argument in arguments)

    def _own(self, model: Any) -> int:
        return int(model.objects.filter(owner=self.world.people[PRYING]).earliest("pk").pk)

    def make(self, request: Request) -> str:
        """What was seen that must not be, or ""; nothing of it is left."""
        world = self.world
        cache.clear()  # in which requests are counted
        world.learn()
        if request.data is not None:
            world.closed_to(PRYING)
        known = {name: set(numbers) for name, numbers in world.known.items()}
        closed, cookies = dict(world.closed), world.clients[PRYING].cookies.copy()
        try:
            with transaction.atomic():
                transaction.set_rollback(False)
                self._ask(request)
                transaction.set_rollback(True)
        except AssertionError as error:
            return str(error).split("\n")[0][:200]
        finally:
            world.known, world.closed, world.has_learned = known, closed, True
            world.clients[PRYING].cookies = cookies
        return ""

    def _ask(self, request: Request) -> None:
        if request.method:
            self.world.call(PRYING, request.method, request.address, request.data)
        else:
            self.world.ask(PRYING, request.address, request.data)

    def look_around(self, mutants: list[Mutant]) -> list[str]:
        """Make every request once with all checks in place, and remember which asks which. The
        requests that have shown too much, which none should."""
        self.reached, alarms = {mutant.place: [] for mutant in mutants}, []
        with self._observed(mutants) as asked:
            for request in self.requests():
                asked.clear()
                said = self.make(request)
                alarms += [said] if said else []
                for place in asked:
                    self.reached[place].append(request)
        return alarms

    @contextmanager
    def _observed(self, mutants: list[Mutant]) -> Iterator[set[str]]:
        asked: set[str] = set()
        with ExitStack() as stack:
            for mutant in mutants:
                seen = _observing(original(mutant.place), mutant.place, asked)
                if seen is not None:
                    stack.enter_context(Mutant(mutant.place, seen).at_large())
            yield asked

    def notices(self, mutant: Mutant, most: int) -> tuple[int, str]:
        """After how many of the requests that ask the check, and by what; "" if none."""
        made = 0
        for request in self._chosen(mutant):
            if made >= most:
                break
            made += 1
            with mutant.at_large():
                said = self.make(request)
            if said and not self.make(request):  # it is the hole that it was seen by
                return made, said
        return made, ""

    def _chosen(self, mutant: Mutant) -> Iterator[Request]:
        """As they were made, then with everything that a form or a program might send."""
        asking = self.reached[mutant.place] if observable(mutant) else self.requests()
        pages = [one.address for one in asking if one.data is not None and not one.method]
        sent = [one for one in asking if one.data is not None and one.method]
        with_forms = (Request(page, form) for form in FORMS if form for page in pages)
        by_programs = (Request(one.address, data, one.method) for data in SENT if data
                       for one in sent)  # fmt: skip
        return chain(asking, by_programs, with_forms)


def observable(mutant: Mutant) -> bool:
    return _observing(original(mutant.place), mutant.place, set()) is not None


def _observing(right: Any, place: str, asked: set[str]) -> Any:
    """The same, but that it leaves its place in `asked`; None for what nobody calls."""
    if isinstance(right, staticmethod | classmethod):
        return type(right)(_observing(right.__func__, place, asked))
    if isinstance(right, property):
        return property(_observing(right.fget, place, asked))
    if not callable(right) or isinstance(right, type):
        return None

    @functools.wraps(right)
    def observed(*args: Any, **kwargs: Any) -> Any:
        asked.add(place)
        return right(*args, **kwargs)

    return observed


def _rows(model: Any) -> list[Model]:
    """Some of each kind of job, and of each other kind of thing."""
    rows = list(model._default_manager.order_by("pk"))
    if model is Job:
        return list({(job.kind, job.started_by_id, job.status): job for job in rows}.values())
    return list(dict.fromkeys([*rows[:FIRST], *rows[-LAST:]]))


def _parent(row: Model, argument: str) -> int:
    """The number of what the row belongs to, as an address names it."""
    name = "job" if argument == "export_id" else argument.removesuffix("_id")
    for way in PARENTS:
        found: Any = row
        for part in way.format(name).split("__"):
            found = getattr(found, part, None)
            found = found() if part == "concrete" and found else found
        if found is not None:
            return int(found.pk)
    return 1


@contextmanager
def toured() -> Iterator[Tour]:
    """A furnished world, which is gone afterwards."""
    with transaction.atomic():
        world = World()
        with connection.execute_wrapper(world.saw):
            things.furnish(world)
            yield Tour(world)
        transaction.set_rollback(True)
