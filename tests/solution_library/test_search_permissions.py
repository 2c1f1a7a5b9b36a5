"""No search, by words or by meaning, returns what the person may not open."""

import random
from pathlib import Path
from typing import Any

import pytest

from solution_library.models import Collection, Document
from solution_library.search import search
from solution_library.wording import upkeep
from tests.solution_library.index_world import add, llm, small  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("seed", range(3))
def test_both_ways_of_searching_keep_to_what_a_person_may_read(
    small: Any, tmp_path: Path, django_user_model: Any, alice: Any, bob: Any, seed: int
) -> None:
    chance = random.Random(seed)
    staff = django_user_model.objects.create_user("staff", is_staff=True)
    made = [Collection.objects.create(name=f"c{n}", is_restricted=n > 0) for n in range(3)]
    for collection in made:
        collection.members.set(chance.sample([alice, bob], chance.randint(0, 2)))
    for n in range(5):
        document = add(tmp_path, f"{n}.md", f"# Part {n}\n\nBackups of part {n} are kept.\n")
        document.collections.set(chance.sample(made, chance.randint(0, 2)))
        Document.objects.filter(pk=document.pk).update(owner=chance.choice([None, alice, bob]))
        if n == 2:
            upkeep.tidy()
    for user in (alice, bob, staff):
        readable = set(Document.objects.for_user(user).values_list("pk", flat=True))
        hits = search("Where are backups kept?", user=user)
        assert {hit.document_id for hit in hits} == readable
        assert all(hit.keyword_rank and hit.dense_rank for hit in hits)
