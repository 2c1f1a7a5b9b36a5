"""Two people who share and unshare, write, search, export and guess numbers, in any order: neither
ever reads what is not shared with them, nor changes what is not theirs.

`python -m benchmarks.two_users` walks 10,000 steps instead of a few hundred, and with --sabotage
breaks one check after the other to see that it is noticed.
"""

import os
from contextlib import ExitStack
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from accounts.models import Profile
from jobs.models import Job
from rfp_manager.models import RFP, Answer, Question, RFPMember
from solution_library.models import Collection
from tests.spelunker import two_users_things as things
from tests.spelunker.two_users import NAMES, SEARCHED, World, addresses, endpoints, url

pytestmark = pytest.mark.django_db
STEPS = int(os.environ.get("TWO_USERS_STEPS", "200"))
OF_ONE = 50 if STEPS < 1000 else 100
SEED = int(os.environ.get("TWO_USERS_SEED", "0"))
WALKED: list[int] = []
ADDRESSES, ENDPOINTS = addresses(), endpoints()
PAGES = [name for name, given in ADDRESSES if given == ["rfp_id"]]
ROLES = ["reader", "contributor", "reviewer", "manager"]
#: Forms that somebody might put together by hand; None asks for the page.
FORMS: list[dict[str, Any] | None] = [
    None, None, None, None, {}, {"do": "remove"}, {"role": "manager"},
    {"do": "decline", "reason": "No"}, {"state": "approved", "version": "1"},
    {"text": "Mine now", "version": "1"}, {"action": "approve", "all": "1"},
    {"action": "remove", "all": "1"}, {"do": "approve", "version": "1"},
    {"comment": "Mine", "do": "edit"}, {"answers": "all"}, {"do": "take_back"},
    {"review_status": "approved"}, {"status": "approved"}, {"status": "archived"},
    {"name": "Mine", "members": []}, {"name": "Mine", "is_restricted": "on"}, {"into": "1"},
    {"previous": "1"}, {"apply": "1", "seen": ""}, {"choice": "keep"}, {"do": "keep"},
    {"state": "confirmed"}, {"do": "resolve"}, {"role": "reviewer"}, {"title": "Mine now"},
    {"q": "backups", "ids": "1"}, {"do": "dismiss"}, {"active": "1"}, {"do": "pause"},
]  # fmt: skip
#: What a program might send.
SENT: list[dict[str, Any]] = [
    {}, {"version": 1, "text": "Mine now."}, {"version": 1, "state": "approved"}, {"name": "Mine"},
]  # fmt: skip
#: What happens, the more often the more chances it has to find a hole.
ACTS = ["guesses_a_number"] * 10 + ["a_program_guesses"] * 4 + ["opens_a_page_of_an_rfp"] * 2 + [
    "searches", "searches", "searches", "makes_an_rfp", "adds_a_document", "a_worker_goes_on",
    "shares", "shares", "changes_or_removes_a_member", "assigns_a_question",
    "takes_a_question_back", "makes_a_sheet", "gets_another_role",
    "changes_who_is_in_a_collection", "writes_an_answer", "comments",
    "says_where_an_answer_stands", "exports",
]  # fmt: skip
Numbers = tuple[int, int, int, int]
numbers = st.tuples(*[st.integers(0, 2**16)] * 4)


def of(choices: Any, number: int) -> Any:
    """One of several, None of none."""
    found = list(choices if isinstance(choices, list | tuple) else choices.order_by("pk"))
    return found[number % len(found)] if found else None


class TwoUsers(RuleBasedStateMachine):
    """One rule for all acts: Hypothesis would leave out most of the rules in each walk."""

    @initialize()
    def begin(self) -> None:
        self.around = ExitStack()
        self.around.enter_context(transaction.atomic())
        self.world = World()
        self.around.enter_context(connection.execute_wrapper(self.world.saw))
        things.furnish(self.world)

    def teardown(self) -> None:
        WALKED.append(self.world.steps)
        if STEPS > 1000 and not len(WALKED) % 10:
            print(f"{sum(WALKED):,} requests", flush=True)
        transaction.set_rollback(True)
        self.around.close()

    @rule(act=st.sampled_from(ACTS), name=st.sampled_from(NAMES), numbers=numbers)
    def does(self, act: str, name: str, numbers: Numbers) -> None:
        getattr(self, f"_{act}")(name, *numbers)

    # -- making and sharing ----------------------------------------------------------------
    def _makes_an_rfp(self, name: str, *_: int) -> None:
        if RFP.objects.count() < 4:
            things.new_rfp(self.world, name)
        self.world.ask(name, url("rfp_manager:list"))

    def _adds_a_document(self, name: str, number: int, *_: int) -> None:
        mine = of(Collection.objects.filter(members=self.world.people[name]), number)
        if mine is not None:
            things.new_document(self.world, name, mine)
        self.world.ask(name, url("solution_library:documents"))

    def _a_worker_goes_on(self, name: str, number: int, *_: int) -> None:
        job = of(Job.objects.filter(started_by__username__in=NAMES), number)
        if things.has_marks(job):
            things.goes_on(self.world, job)
        self.world.ask(name, url("jobs:progress", job.pk))

    def _shares(self, name: str, number: int, role: int, *_: int) -> None:
        other = self.world.people[self.world.other(name)]
        data = {"person": other.pk, "role": of(ROLES, role)}
        self.world.ask(name, url("rfp_manager:member_add", of(RFP.objects, number).pk), data)

    def _changes_or_removes_a_member(self, name: str, number: int, role: int, *_: int) -> None:
        member = of(RFPMember.objects, number)
        if member is not None:
            data = of([{"do": "remove"}, *({"role": one} for one in ROLES)], role)
            self.world.ask(name, url("rfp_manager:member_change", member.rfp_id, member.pk), data)

    def _assigns_a_question(self, name: str, number: int, *_: int) -> None:
        asked = of(Question.objects, number)
        data = {"do": "assign", "assignee": self.world.people[self.world.other(name)].pk}
        self.world.ask(name, url("rfp_manager:assign", asked.rfp_id, asked.pk), data)

    def _takes_a_question_back(self, name: str, number: int, *_: int) -> None:
        asked = of(Question.objects, number)
        self.world.ask(name, url("rfp_manager:assign", asked.rfp_id, asked.pk), {"do": "unassign"})

    def _makes_a_sheet(self, name: str, number: int, *_: int) -> None:
        data = {"expert": self.world.people[self.world.other(name)].pk, "which": "all"}
        self.world.ask(name, url("rfp_manager:packets", of(RFP.objects, number).pk), data)

    def _gets_another_role(self, name: str, number: int, *_: int) -> None:
        role = of(["contributor", "contributor", "reader", "reviewer"], number)
        Profile.objects.filter(user=self.world.people[name]).update(role=role)
        self.world.ask(name, url("home"))

    def _changes_who_is_in_a_collection(self, name: str, number: int, who: int, *_: int) -> None:
        closed = of(Collection.objects, number)
        members = [self.world.people[one].pk for one in of([NAMES, [name]], who)]
        known = closed.pk in self.world.rights(name).collections
        called = closed.name if known else "Deal"
        data = {"name": called, "is_restricted": "on", "members": members}
        self.world.ask(name, url("solution_library:collection", closed.pk), data)

    # -- working ---------------------------------------------------------------------------
    def _writes_an_answer(self, name: str, number: int, *_: int) -> None:
        answer = of(Answer.objects.select_related("question"), number)
        asked = answer.question
        text = self.world.typed(name, rfp=asked.rfp_id, question=asked.pk)
        data = {"text": f"No, {text}.", "version": str(answer.version)}
        self.world.ask(name, url("rfp_manager:answer_edit", asked.rfp_id, asked.pk), data)

    def _comments(self, name: str, number: int, *_: int) -> None:
        asked = of(Question.objects, number)
        text = self.world.typed(name, rfp=asked.rfp_id, question=asked.pk)
        data = {"comment": f"@{self.world.other(name)} {text}"}
        self.world.ask(name, url("rfp_manager:comment", asked.rfp_id, asked.pk), data)

    def _says_where_an_answer_stands(self, name: str, number: int, state: int, *_: int) -> None:
        answer = of(Answer.objects.select_related("question"), number)
        said = of(["approved", "in_review", "draft"], state)
        data = {"state": said, "version": str(answer.version)}
        asked = answer.question
        self.world.ask(name, url("rfp_manager:answer_state", asked.rfp_id, asked.pk), data)

    def _exports(self, name: str, number: int, *_: int) -> None:
        rfp, before = of(RFP.objects, number), set(Job.objects.values_list("pk", flat=True))
        self.world.ask(name, url("rfp_manager:export", rfp.pk), {"output": "filled"})
        for job in Job.objects.exclude(pk__in=before).filter(kind__contains="ExportJob"):
            things.file_of(self.world, job)

    # -- prying ----------------------------------------------------------------------------
    def _opens_a_page_of_an_rfp(self, name: str, number: int, page: int, *_: int) -> None:
        self.world.ask(name, url(of(PAGES, page), of(RFP.objects, number).pk))

    def _searches(self, name: str, place: int, number: int, *_: int) -> None:
        known = sorted(self.world.marks)
        wanted = known[-1 - number % len(known)]
        asked = f"?q=k{wanted}q&question=k{wanted}q&show=all&format=csv"
        self.world.ask(name, url(of(SEARCHED, place)) + asked)

    def _guesses_a_number(self, name: str, place: int, *given: int) -> None:
        route, arguments = of(ADDRESSES, place)
        args = [self.world.guess(one, n) for one, n in zip(arguments, given, strict=False)]
        headers = {"HX-Request": "true"} if given[1] % 2 else {}
        self.world.ask(name, url(route, *args), of(FORMS, given[2]), **headers)

    def _a_program_guesses(self, name: str, place: int, *given: int) -> None:
        method, path, arguments = of(ENDPOINTS, place)
        args = {one: self.world.guess(one, n) for one, n in zip(arguments, given, strict=False)}
        self.world.call(name, method, path.format(**args), of(SENT, given[2]))


def test_neither_reads_or_changes_what_is_the_others() -> None:
    many = STEPS > 1000
    run_state_machine_as_test(
        seed(SEED)(TwoUsers) if SEED else TwoUsers,
        settings=settings(
            max_examples=max(1, STEPS // OF_ONE), stateful_step_count=OF_ONE, deadline=None,
            database=None, derandomize=not many,
            phases=[Phase.generate] if many else [Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
    print(f"{sum(WALKED):,} requests in {len(WALKED):,} walks, nothing leaked")
