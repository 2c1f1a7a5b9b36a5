"""Search by words: exact, whatever state the index is in."""

from typing import Any

import pytest
from django.db import OperationalError, connection

from jobs import database
from solution_library.keyword import by_words
from solution_library.models import Chunk, Document, LexicalPosting, LexicalSegment
from solution_library.scoping import Scope
from solution_library.wording import segments, upkeep
from tests.solution_library.wording_world import document, read, write

pytestmark = pytest.mark.django_db


def found(query: str, **limits: Any) -> list[str]:
    """The texts of the passages, best first."""
    ranked = by_words(query, Scope(**limits)).ranked
    texts = dict(Chunk.objects.filter(pk__in=[row.chunk_id for row in ranked])
                 .values_list("pk", "text"))  # fmt: skip
    return [texts[row.chunk_id] for row in ranked]


@pytest.fixture(params=["one by one", "in segments"])
def settled(request: pytest.FixtureRequest) -> Any:
    """Puts passages into segments, or leaves them to be looked at one by one."""
    return upkeep.tidy if request.param == "in segments" else lambda: None


@pytest.mark.django_db(transaction=True)
def test_a_database_that_goes_away_during_a_search_is_not_taken_for_a_fault_of_the_question() -> (
    None
):
    document("a", "Backups are kept for 35 days.")
    upkeep.tidy()
    with (
        pytest.raises(database.AWAY) as raised,
        segments.raw_cursor() as cursor,
    ):
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    assert database.is_gone(raised.value)
    assert isinstance(raised.value, OperationalError)
    connection.close()
    assert found("How long are backups kept?") == ["Backups are kept for 35 days."]


def test_a_passage_is_found_before_and_after_it_is_in_a_segment(settled: Any) -> None:
    document("a", "Backups are kept for 35 days.", "Keys are rotated each year.")
    settled()
    assert found("How long are backups kept?") == ["Backups are kept for 35 days."]


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("We use AES-256 at rest.", "AES256"),
        ("We use AES256 at rest.", "aes 256"),
        ("Certified to ISO/IEC 27001:2022.", "ISO 27001"),
        ("Uptime is 99.95 % a year.", "99,95%"),
        ("CVE‑2024‑3094 was patched.", "CVE-2024-3094"),
        ("Networks in 10.0.0.0/8 only.", "10.0.0.0/8"),
        ("See § 5.2.1 of the policy.", "§5.2.1"),
        ("Written in C++ since 2011.", "C++"),
        ("As RFC 2119 says.", "RFC-2119"),
        ("A SOC 2 Type II report.", "SOC2 type 2"),
    ],
)
def test_a_code_is_found_however_it_is_spelt(settled: Any, written: str, asked: str) -> None:
    document("a", written)
    document("b", *(f"Other text number {n} of many." for n in range(5)))
    settled()
    assert found(asked)[0] == written


@pytest.mark.parametrize(
    ("asked", "right", "wrong"),
    [
        ("TLS 1.2", "Only TLS 1.2 is on.", "Only TLS 1.3 is on."),
        ("ISO 27001:2022", "ISO 27001:2022 is held.", "ISO 27001:2013 is held by 2022 sites."),
        ("AES-256", "AES-256 it is.", "AES-128 it is, with 256 rounds of another kind."),
        ("99.95 %", "It is 99.95 % now.", "It is 99.5 %, once 95 of 99 now."),
    ],
)
def test_the_very_code_comes_before_its_parts(
    settled: Any, asked: str, right: str, wrong: str
) -> None:
    document("a", wrong, right)
    settled()
    assert found(asked)[0] == right


def test_letters_without_their_marks_find_those_with_them(settled: Any) -> None:
    document("a", "The data centre is in Zürich.", "Le résumé est prêt pour les clients.")
    settled()
    assert found("Zurich") == ["The data centre is in Zürich."]
    assert found("resume pret pour nous") == ["Le résumé est prêt pour les clients."]


def test_a_passage_is_found_by_another_form_of_its_word_in_its_own_language(settled: Any) -> None:
    german = "Alle Verschlüsselungen werden von uns jährlich geprüft und sind nicht abschaltbar."
    document("de", german)
    document("en", "All certificates are renewed every year by the team that owns them.")
    settled()
    assert found("Verschlüsselung") == [german]
    assert found("certificate") != []


def test_scripts_without_spaces_are_found_by_their_pairs(settled: Any) -> None:
    document("zh", "所有数据都经过加密。")
    document("th", "ข้อมูลทั้งหมดถูกเข้ารหัส")
    settled()
    assert found("数据加密") == ["所有数据都经过加密。"]
    assert found("เข้ารหัส") == ["ข้อมูลทั้งหมดถูกเข้ารหัส"]


def test_a_function_word_of_one_language_is_no_word_of_another(settled: Any) -> None:
    document("en", "Batteries die after years of use, so they are replaced by the vendor.")
    document("de", "Die Sicherung ist verschlüsselt und wird von der Firma geprüft.")
    settled()
    assert found("Was ist die Sicherung?")[0].startswith("Die Sicherung")
    assert len(found("Was ist die Sicherung?")) == 1


def test_what_was_replaced_is_found_no_more(settled: Any) -> None:
    made = document("a", "Backups are kept for 35 days.")
    settled()
    read(made, "Backups are kept for 90 days.")
    assert found("backups") == ["Backups are kept for 90 days."]
    settled()
    assert found("backups") == ["Backups are kept for 90 days."]


def test_a_version_that_is_read_again_is_found_with_its_new_passages_at_once() -> None:
    made = document("a", "Backups are kept for 35 days.")
    upkeep.tidy()
    made.refresh_from_db()
    write(made.current_version, "Backups are kept for 90 days.")
    assert found("backups") == ["Backups are kept for 90 days."]


def test_what_is_deleted_archived_or_left_out_is_not_found(settled: Any) -> None:
    gone, archived, left_out = (
        document(title, f"Backups in {title}.") for title in ("one", "two", "three")
    )
    settled()
    gone.delete()
    Document.objects.filter(pk=archived.pk).update(review_status="archived")
    assert found("backups", excluded=[left_out.pk]) == []
    Document.objects.filter(pk=archived.pk).update(review_status="approved")
    assert found("backups", excluded=[left_out.pk]) == ["Backups in two."]


def test_a_document_is_found_however_many_better_ones_lie_outside_the_scope() -> None:
    for n in range(20):
        document(f"noise {n}", "Backups, backups, backups.")
    text = "Among many other words there are also backups of some things."
    wanted = document("wanted", text)
    upkeep.tidy()
    others = list(Document.objects.exclude(pk=wanted.pk).values_list("pk", flat=True))
    assert found("backups", excluded=others, most=2) == [text]


def test_a_segment_holds_only_what_it_says() -> None:
    document("a", "one two", "two three")
    document("b", "two four")
    upkeep.tidy()
    segment = LexicalSegment.objects.get()
    assert (segment.passages, segment.length) == (3, 6)
    assert LexicalPosting.objects.get(lexeme="two").passages == 3
    assert upkeep.tidy() == {"segments_built": 0, "segments_dropped": 0}


def test_segments_that_hold_nothing_current_go() -> None:
    made = document("a", "Backups are kept.")
    upkeep.tidy()
    made.delete()
    upkeep.tidy()
    assert not LexicalSegment.objects.exists()
    assert not LexicalPosting.objects.exists()


def test_a_misspelt_name_finds_the_library_s_word_and_says_so(
    settled: Any, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        document("a", "Workloads run on Kubernetes clusters.", "Salaries are paid monthly.")
    settled()
    searched = by_words("Which Kuberntes clusters?", Scope())
    assert searched.corrections == {"Kuberntes": ["Kubernetes"]}
    assert found("Kuberntes") == ["Workloads run on Kubernetes clusters."]


def test_no_word_is_offered_that_stands_only_where_the_searcher_may_not_look(
    alice: Any, bob: Any, settled: Any, django_capture_on_commit_callbacks: Any
) -> None:
    from solution_library.models import Collection

    with django_capture_on_commit_callbacks(execute=True):
        secret = document("a", "Project Bluebird clusters start in May.", owner=alice)
        document("b", "Other clusters.")
    secret.collections.add(Collection.objects.create(name="Board", is_restricted=True))
    settled()
    assert by_words("Bluebrid clusters", Scope.of(alice)).corrections == {"Bluebrid": ["Bluebird"]}
    assert by_words("Bluebrid clusters", Scope.of(bob)).corrections == {}


@pytest.mark.parametrize("query", ["", " ", "'", "\\", "''''", ":*&|!<->", "a" * 5000, "\x00", "🙂",
                                   "% %s {x}", "of the and", "١٢٣", "​", "#", "--"])  # fmt: skip
def test_odd_questions_find_what_they_find_without_an_error(settled: Any, query: str) -> None:
    document("a", "it's 100 % {x} \\ 'quoted' 🙂 text")
    settled()
    by_words(query, Scope())
