"""Whatever happens to documents and to the index, a search finds what reading every passage
would find, with the same scores."""

import contextlib
import random
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from solution_library.keyword import Library, by_words
from solution_library.models import Chunk, Collection, Document, DocumentVersion
from solution_library.scoping import Scope
from solution_library.wording import upkeep
from solution_library.wording.terms import terms_of
from tests.solution_library.wording_world import Passage, bm25, document, passages, read, write

pytestmark = pytest.mark.django_db

WORDS = ("backup", "keys", "AES-256", "Zürich", "the", "encryption", "Verschlüsselung", "audit",
         "region", "27001", "die", "und", "werden", "owner")  # fmt: skip
ACTIONS = ("add", "add", "new version", "read again", "delete", "archive", "restore", "tidy",
           "tidy", "killed", "rebuild", "read again", "read again meanwhile")  # fmt: skip
BEGINNING = ("add",) * 5 + ("tidy", "add")


class Killed(Exception):
    pass


class KilledAt(upkeep.Work):
    """Ends the upkeep at one of the moments when it could be killed."""

    def __init__(self, moment: int) -> None:
        super().__init__()
        self.left = moment

    def heed(self, passages: int) -> None:
        self.left -= 1
        if self.left < 0:
            raise Killed


class ReadsAgain(upkeep.Work):
    """While a segment is being built, one of its versions is read again."""

    def __init__(self, world: "World") -> None:
        super().__init__()
        self.world = world

    def heed(self, passages: int) -> None:
        if passages:
            self.world.do("read again")


class World:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.number = 0
        #: Every passage there has ever been: what was deleted stands in segments still.
        self.ever: dict[int, Passage] = {}

    def texts(self) -> list[str]:
        return [
            " ".join(self.random.choices(WORDS, k=self.random.randint(1, 9)))
            for _ in range(self.random.randint(1, 4))
        ]

    def do(self, action: str) -> None:
        self.act(action)
        self.ever |= {passage.id: passage for passage in passages()}

    def act(self, action: str) -> None:
        if action == "add":
            self.number += 1
            document(f"document {self.number}", *self.texts())
        elif action == "tidy":
            upkeep.tidy()
        elif action == "rebuild":
            upkeep.rebuild()
        elif action == "killed":
            with contextlib.suppress(Killed):
                upkeep.tidy(KilledAt(self.random.randint(0, 4)))
        elif action == "read again meanwhile":
            upkeep.tidy(ReadsAgain(self))
        elif found := list(Document.objects.order_by("pk")):
            self.change(action, self.random.choice(found))

    def change(self, action: str, chosen: Document) -> None:
        if action == "new version":
            read(chosen, *self.texts())
        elif action == "read again":
            write(chosen.current_version, *self.texts())
        elif action == "delete":
            chosen.delete()
        else:
            status = "archived" if action == "archive" else "approved"
            Document.objects.filter(pk=chosen.pk).update(review_status=status)

    def corpus(self) -> list[Passage]:
        """What words are counted in: the passages of all segments, and those in none."""
        library = Library()
        inside = [pk for s in library.segments().values() for pk in s.chunks.tolist()]
        rest = Chunk.objects.filter(
            version__document__current_version__isnull=False, version__lexical_segment=None
        ).extra(where=["version_id IN (SELECT current_version_id FROM solution_library_document)"])
        return [self.ever[pk] for pk in [*inside, *rest.values_list("pk", flat=True)]]


def expected(world: World, query: str, readable: set[int]) -> dict[int, float]:
    library = Library()
    from solution_library.lexical import configuration_for

    terms = [t.pairs for t in terms_of(query, configuration_for(query), library.languages)]
    inside = [passage for passage in passages() if passage.version_id in readable]
    return bm25(terms, inside, world.corpus())


def answering() -> set[int]:
    found = Document.objects.answering().values_list("current_version_id", flat=True)
    return {pk for pk in found if pk}


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(actions=st.lists(st.sampled_from(ACTIONS), min_size=3, max_size=14), seed=st.integers(0))
def test_a_search_finds_what_reading_everything_would_find(actions: list[str], seed: int) -> None:
    with transaction.atomic():
        world = World(seed)
        for action in [*BEGINNING, *actions]:
            world.do(action)
        for query in ("backup keys in Zurich", "die Verschlüsselung", "AES 256 audit owner"):
            found = {r.chunk_id: r.score for r in by_words(query, Scope(most=1000)).ranked}
            assert found == pytest.approx(expected(world, query, answering()))
        transaction.set_rollback(True)


def test_a_version_that_is_read_again_while_its_segment_is_built_is_left_for_the_next_one() -> None:
    document("a", "backup keys")

    class Meanwhile(upkeep.Work):
        def heed(self, passages: int) -> None:
            if passages:
                write(Document.objects.get().current_version, "audit region")

    assert upkeep.tidy(Meanwhile())["segments_built"] == 0
    assert by_words("backup", Scope()).ranked == []
    assert len(by_words("audit", Scope()).ranked) == 1
    assert upkeep.tidy()["segments_built"] == 1
    assert len(by_words("audit", Scope()).ranked) == 1


def test_a_search_sees_that_segments_were_merged_under_it() -> None:
    document("a", "backup keys")
    before = Library()
    assert before.is_as_it_was()
    upkeep.tidy()
    assert not before.is_as_it_was()


def test_a_version_whose_segment_is_gone_is_found_again_after_the_next_upkeep() -> None:
    made = document("a", "backup keys")
    upkeep.tidy()
    DocumentVersion.objects.filter(document=made).update(lexical_segment=987654321)
    upkeep.tidy()
    assert len(by_words("backup", Scope()).ranked) == 1


def test_what_a_segment_holds_of_a_version_that_has_left_it_is_passed_over() -> None:
    for n in range(9):
        document(f"other {n}", "audit region")
    made = document("a", "backup keys")
    upkeep.tidy()
    write(made.versions.get(), "backup owner")
    upkeep.tidy()
    (found,) = by_words("backup", Scope()).ranked
    assert Chunk.objects.get(pk=found.chunk_id).text == "backup owner"
    assert Library().corpus.passages == 11  # the one that is gone stands there still


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(actions=st.lists(st.sampled_from(ACTIONS), min_size=3, max_size=10), seed=st.integers(0))
def test_when_all_is_tidied_and_rebuilt_words_are_counted_in_current_passages_only(
    actions: list[str], seed: int
) -> None:
    with transaction.atomic():
        world = World(seed)
        for action in actions:
            world.do(action)
        upkeep.rebuild()
        assert sorted(p.id for p in world.corpus()) == sorted(p.id for p in passages())
        transaction.set_rollback(True)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0), most=st.integers(1, 6))
def test_a_person_finds_the_best_of_what_they_may_read_and_nothing_else(
    django_user_model: Any, seed: int, most: int
) -> None:
    with transaction.atomic():
        world, people = World(seed), people_of(django_user_model)
        for action in ("add",) * 6 + ("tidy",) + ("add",) * 3:
            world.do(action)
        collections = scatter(world, people)
        for user in [*people, None]:
            for chosen in (None, [collections[0].pk], [c.pk for c in collections]):
                check(world, user, chosen, most)
        transaction.set_rollback(True)


def people_of(users: Any) -> list[Any]:
    return [users.objects.create_user(name) for name in ("ann", "ben")] + [
        users.objects.create_user("staff", is_staff=True)
    ]


def scatter(world: World, people: list[Any]) -> list[Collection]:
    """Put documents into collections, restricted or not, with members and owners by chance."""
    found = [Collection.objects.create(name=f"c{n}", is_restricted=bool(n % 2)) for n in range(4)]
    for each in found:
        each.members.set(world.random.sample(people, world.random.randint(0, 2)))
    for each in Document.objects.all():
        each.collections.set(world.random.sample(found, world.random.randint(0, 2)))
        owner = world.random.choice([None, *people])
        Document.objects.filter(pk=each.pk).update(owner=owner)
    return found


def check(world: World, user: Any, chosen: list[int] | None, most: int) -> None:
    documents = Document.objects.answering()
    if user is not None:
        documents = documents & Document.objects.for_user(user)
    if chosen is not None:
        documents = documents.filter(collections__in=chosen)
    readable = set(documents.values_list("current_version_id", flat=True))
    query = "backup encryption audit keys"
    ranked = by_words(query, Scope.of(user, collections=chosen, most=most)).ranked
    wanted = sorted(((-score, pk) for pk, score in expected(world, query, readable).items()))[:most]
    assert [r.score for r in ranked] == pytest.approx([-score for score, _ in wanted])
    assert {r.chunk_id for r in ranked} <= set(expected(world, query, readable))
