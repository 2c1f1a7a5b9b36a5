"""Languages of passages, and the words of misspelt ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from solution_library.wording import vocabulary
from solution_library.wording.languages import configuration_for, configurations_for

SENTENCES = {
    "english": "All backups are kept in another region and they are tested each month.",
    "german": "Alle Sicherungen werden in einer anderen Region aufbewahrt und geprüft.",
    "french": "Toutes les sauvegardes sont conservées dans une autre région et testées.",
    "spanish": "Todas las copias se guardan en otra región y se prueban cada mes.",
    "italian": "Tutte le copie sono conservate in un'altra regione e vengono provate.",
    "portuguese": "Todas as cópias são guardadas em outra região e testadas por mês.",
    "dutch": "Alle kopieën worden in een andere regio bewaard en elke maand getest.",
    "swedish": "Alla kopior förvaras i en annan region och testas varje månad av oss.",
    "finnish": "Kaikki varmuuskopiot ovat toisella alueella ja ne testataan joka kuukausi.",
    "hungarian": "Minden mentés egy másik régióban van, és azt havonta ellenőrizzük.",
    "romanian": "Toate copiile sunt păstrate în altă regiune și sunt testate în fiecare lună.",
    "turkish": "Tüm yedekler başka bir bölgede saklanır ve her ay test edilir.",
    "russian": "Все резервные копии хранятся в другом регионе и проверяются каждый месяц.",
    "greek": "Όλα τα αντίγραφα φυλάσσονται σε άλλη περιοχή και ελέγχονται κάθε μήνα.",
    "arabic": "يتم الاحتفاظ بجميع النسخ في منطقة أخرى ويتم اختبارها كل شهر.",
    "hindi": "सभी बैकअप दूसरे क्षेत्र में रखे जाते हैं और हर महीने जांचे जाते हैं।",
    "simple": "すべてのバックアップは別の地域に保管されます。",
}


@pytest.mark.parametrize(("language", "sentence"), SENTENCES.items())
def test_a_sentence_tells_its_language(language: str, sentence: str) -> None:
    assert configuration_for(sentence) == language


@pytest.mark.parametrize("text", ["", "AES-256 TLS", "12345", "Kubernetes", "e", "🙂"])
def test_what_tells_no_language_is_taken_for_technical_english(text: str) -> None:
    assert configuration_for(text) == "english"


def test_a_passage_has_its_document_s_language_unless_it_is_clearly_in_another() -> None:
    german, english = SENTENCES["german"], SENTENCES["english"]
    found = configurations_for([*[german] * 4, "AES-256", "the end", f"{english} {english}"])
    assert found == ["german"] * 6 + ["english"]


@given(st.text(max_size=200))
def test_every_text_has_a_configuration_that_there_is(text: str) -> None:
    assert configuration_for(text).isalpha()


LETTERS = "abcdefgz"
LONG = st.text(LETTERS, min_size=4, max_size=12)


@st.composite
def slips(draw: st.DrawFn) -> tuple[str, str]:
    """A word, and the same with one slip."""
    word = draw(LONG)
    at, letter = draw(st.integers(0, len(word) - 1)), draw(st.sampled_from(LETTERS))
    changed = draw(st.sampled_from([
        word[:at] + word[at + 1 :],
        word[:at] + letter + word[at:],
        word[:at] + letter + word[at + 1 :],
        word[:at] + word[at : at + 2][::-1] + word[at + 2 :],
    ]))  # fmt: skip
    return word, changed


@given(slips())
def test_a_word_with_one_slip_shares_a_piece_with_the_right_one(pair: tuple[str, str]) -> None:
    word, changed = pair
    if len(changed) >= vocabulary.SHORTEST:
        sought = set(vocabulary._sought(changed, vocabulary.slips_forgiven(changed)))
        assert sought & set(vocabulary.pieces(word))


@given(slips(), st.integers(0, 3))
def test_letters_that_are_wrong_twice_in_a_long_word_leave_a_piece(
    pair: tuple[str, str], at: int
) -> None:
    word, changed = pair
    twice = changed[:at] + "x" + changed[at + 1 :]
    if len(twice) >= 8 and len(word) >= 8 and OSA.distance(word, twice) == 2:
        swapped = sorted(word) == sorted(changed)
        found = set(vocabulary._sought(twice, 2)) & set(vocabulary.pieces(word))
        assert found or swapped  # a swap over the border of two thirds can take both with it


@pytest.mark.django_db
def test_the_nearest_words_are_meant_and_others_are_not() -> None:
    vocabulary.add({"kubernetes", "backup", "backups", "zurich", "retention", "detention"})
    assert vocabulary.meant("kuberntes") == ["kubernetes"]
    assert vocabulary.meant("bakcups") == ["backups"]
    assert vocabulary.meant("Bakcup") == ["backup"]
    assert vocabulary.meant("retenton") == ["retention"]
    assert vocabulary.meant("okta") == []
    assert vocabulary.meant("xackup") == []  # nobody misses the first letter of a short word
    assert vocabulary.meant("12345") == vocabulary.meant("") == vocabulary.meant("数据") == []


@pytest.mark.django_db
def test_words_are_learnt_once() -> None:
    assert vocabulary.add({"alpha", "beta"}) == 2
    assert vocabulary.add({"alpha", "gamma"}) == 1


def test_only_words_with_letters_of_a_sensible_number_are_learnt() -> None:
    text = "The AES-256 Kubernetes, " + "x" * 50 + " abc 1234 Straße 数据保护 naïve_name"
    assert vocabulary.words_in(text) == {"kubernetes", "straße"}
