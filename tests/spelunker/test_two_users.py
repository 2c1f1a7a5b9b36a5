"""Two people who share and unshare, write, search, export and guess numbers, in any order: neither
ever reads what is not shared with them, nor changes what is not theirs.

`python -m benchmarks.two_users` walks 10,000 steps instead of a few hundred.
"""

import os
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
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
OF_ONE = 50
WALKED: list[int] = []
ADDRESSES, ENDPOINTS = addresses(), endpoints()
PAGES = [name for name, given in ADDRESSES if given == ["rfp_id"]]
people = st.sampled_from(NAMES)
roles = st.sampled_from(["reader", "contributor", "reviewer", "manager"])
which = st.integers(0, 20)
#: Forms that somebody might put together by hand.
HANDMADE: list[dict[str, Any]] = [
    {}, {"do": "remove"}, {"role": "manager"}, {"do": "decline", "reason": "No"},
    {"state": "approved", "version": "1"}, {"text": "Mine now", "version": "1"},
    {"action": "approve", "all": "1"}, {"action": "remove", "all": "1"},
    {"do": "approve", "version": "1"}, {"comment": "Mine", "do": "edit"}, {"answers": "all"},
    {"review_status": "approved"}, {"name": "Mine", "members": []}, {"do": "take_back"},
    {"into": "1"}, {"previous": "1"}, {"apply": "1", "seen": ""}, {"choice": "keep"},
]  # fmt: skip


#: What a program might send.
SENT: list[dict[str, Any]] = [
    {}, {"version": 1, "text": "Mine now."}, {"version": 1, "state": "approved"}, {"name": "Mine"},
]  # fmt: skip


def one_of(rows: Any, number: int) -> Any:
    found = list(rows.order_by("pk"))
    return found[number % len(found)] if found else None


class TwoUsers(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.world = World()
        things.furnish(self.world)

    def teardown(self) -> None:
        WALKED.append(self.world.steps)
        if STEPS > 1000 and not len(WALKED) % 10:
            print(f"{sum(WALKED):,} requests", flush=True)
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)

    # -- making and sharing ----------------------------------------------------------------
    @rule(name=people)
    def makes_an_rfp(self, name: str) -> None:
        if RFP.objects.count() < 5:
            things.new_rfp(self.world, name)
        self.world.ask(name, url("rfp_manager:list"))

    @rule(name=people, number=which)
    def adds_a_document(self, name: str, number: int) -> None:
        mine = Collection.objects.filter(members=self.world.people[name])
        if mine.exists():
            things.new_document(self.world, name, one_of(mine, number))
        self.world.ask(name, url("solution_library:documents"))

    @rule(name=people, number=which)
    def a_worker_goes_on(self, name: str, number: int) -> None:
        job = one_of(Job.objects.filter(started_by__username__in=NAMES), number)
        if "rfp" in job.kind or job.kind == "jobs.Job":
            things.goes_on(self.world, job)
        self.world.ask(name, url("jobs:progress", job.pk))

    @rule(name=people, number=which, role=roles)
    def shares(self, name: str, number: int, role: str) -> None:
        rfp, other = one_of(RFP.objects, number), self.world.other(name)
        data = {"person": self.world.people[other].pk, "role": role}
        self.world.ask(name, url("rfp_manager:member_add", rfp.pk), data)

    @rule(name=people, number=which, role=roles, removes=st.booleans())
    def changes_or_removes_a_member(self, name: str, number: int, role: str, removes: bool) -> None:
        member = one_of(RFPMember.objects, number)
        if member is not None:
            data = {"do": "remove"} if removes else {"role": role}
            self.world.ask(name, url("rfp_manager:member_change", member.rfp_id, member.pk), data)

    @rule(name=people, number=which)
    def assigns_a_question(self, name: str, number: int) -> None:
        asked, other = one_of(Question.objects, number), self.world.other(name)
        data = {"do": "assign", "assignee": self.world.people[other].pk}
        self.world.ask(name, url("rfp_manager:assign", asked.rfp_id, asked.pk), data)

    @rule(name=people, number=which)
    def makes_a_sheet(self, name: str, number: int) -> None:
        data = {"expert": self.world.people[self.world.other(name)].pk, "which": "all"}
        self.world.ask(name, url("rfp_manager:packets", one_of(RFP.objects, number).pk), data)

    @rule(name=people, role=st.sampled_from(["reader", "contributor", "contributor", "reviewer"]))
    def an_administrator_gives_another_role(self, name: str, role: str) -> None:
        Profile.objects.filter(user=self.world.people[name]).update(role=role)
        self.world.ask(name, url("home"))

    @rule(name=people, number=which)
    def takes_a_question_back(self, name: str, number: int) -> None:
        asked = one_of(Question.objects, number)
        self.world.ask(name, url("rfp_manager:assign", asked.rfp_id, asked.pk), {"do": "unassign"})

    @rule(name=people, number=which, lets_in=st.booleans())
    def changes_who_is_in_a_collection(self, name: str, number: int, lets_in: bool) -> None:
        closed = one_of(Collection.objects, number)
        members = [self.world.people[one].pk for one in (NAMES if lets_in else [name])]
        known = closed.pk in self.world.rights(name).collections
        called = closed.name if known else "Deal"
        data = {"name": called, "is_restricted": "on", "members": members}
        self.world.ask(name, url("solution_library:collection", closed.pk), data)

    # -- working ---------------------------------------------------------------------------
    @rule(name=people, number=which)
    def writes_an_answer(self, name: str, number: int) -> None:
        answer = one_of(Answer.objects.select_related("question"), number)
        asked = answer.question
        text = self.world.typed(name, rfp=asked.rfp_id, question=asked.pk)
        data = {"text": f"No, {text}.", "version": str(answer.version)}
        self.world.ask(name, url("rfp_manager:answer_edit", asked.rfp_id, asked.pk), data)

    @rule(name=people, number=which)
    def comments(self, name: str, number: int) -> None:
        asked, other = one_of(Question.objects, number), self.world.other(name)
        text = self.world.typed(name, rfp=asked.rfp_id, question=asked.pk)
        data = {"comment": f"@{other} {text}"}
        self.world.ask(name, url("rfp_manager:comment", asked.rfp_id, asked.pk), data)

    @rule(name=people, number=which, state=st.sampled_from(["approved", "in_review", "draft"]))
    def says_where_an_answer_stands(self, name: str, number: int, state: str) -> None:
        answer = one_of(Answer.objects.select_related("question"), number)
        data = {"state": state, "version": str(answer.version)}
        asked = answer.question
        self.world.ask(name, url("rfp_manager:answer_state", asked.rfp_id, asked.pk), data)

    @rule(name=people, number=which)
    def exports(self, name: str, number: int) -> None:
        rfp, before = one_of(RFP.objects, number), set(Job.objects.values_list("pk", flat=True))
        self.world.ask(name, url("rfp_manager:export", rfp.pk), {"output": "filled"})
        for job in Job.objects.exclude(pk__in=before).filter(kind__contains="ExportJob"):
            things.file_of(self.world, job)

    # -- prying ----------------------------------------------------------------------------
    @rule(name=people, number=which, page=st.sampled_from(PAGES))
    def opens_a_page_of_an_rfp(self, name: str, number: int, page: str) -> None:
        self.world.ask(name, url(page, one_of(RFP.objects, number).pk))

    @rule(name=people, place=st.sampled_from(SEARCHED), number=which)
    def searches(self, name: str, place: str, number: int) -> None:
        numbers = sorted(self.world.marks)
        wanted = numbers[-1 - number % len(numbers)]
        self.world.ask(name, f"{url(place)}?q=k{wanted}q&question=k{wanted}q&show=all&format=csv")

    @rule(name=people, place=st.sampled_from(ADDRESSES), numbers=st.tuples(which, which, which),
          form=st.sampled_from([None, None, *HANDMADE]), part=st.booleans())  # fmt: skip
    def guesses_a_number(self, name: str, place: Any, numbers: Any, form: Any, part: bool) -> None:
        route, arguments = place
        pools = [self.world.pool(argument) for argument in arguments]
        args = [pool[n % len(pool)] for pool, n in zip(pools, numbers, strict=False)]
        headers = {"HX-Request": "true"} if part else {}
        self.world.ask(name, url(route, *args), form, **headers)

    @rule(name=people, endpoint=st.sampled_from(ENDPOINTS), numbers=st.tuples(which, which, which),
          sent=st.sampled_from(SENT))  # fmt: skip
    def a_program_guesses(self, name: str, endpoint: Any, numbers: Any, sent: Any) -> None:
        method, path, arguments = endpoint
        pools = [self.world.pool(argument) for argument in arguments]
        args = {a: pool[n % len(pool)] for a, pool, n in zip(arguments, pools, numbers, strict=False)}
        self.world.call(name, method, path.format(**args), sent)


def test_neither_reads_or_changes_what_is_the_others() -> None:
    many = STEPS > 1000
    run_state_machine_as_test(
        TwoUsers,
        settings=settings(
            max_examples=max(1, STEPS // OF_ONE), stateful_step_count=OF_ONE, deadline=None,
            database=None, derandomize=not many,
            phases=[Phase.generate] if many else [Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
    print(f"{sum(WALKED):,} requests in {len(WALKED):,} walks, nothing leaked")
