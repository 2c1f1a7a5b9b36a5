"""Codes have one spelling, and those that differ stay apart."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solution_library.lexical import lexical_text, literal, marks_of
from solution_library.wording.codes import MAX_CODES, codes
from solution_library.wording.plain import plain

NAMES = st.sampled_from(["AES", "TLS", "ISO", "RFC", "SHA", "SOC", "CVE", "FIPS"])


def seen(text: str) -> set[str]:
    return set(codes(plain(text)))


@given(NAMES, st.integers(1, 99999))
def test_a_name_and_its_number_are_one_code_with_or_without_a_sign_between(
    name: str, number: int
) -> None:
    spellings = [f"{name}{sign}{number}" for sign in ("", "-", " ", "_", "‑", "–", "/")]
    assert len({frozenset(seen(each)) for each in spellings}) == 1
    assert all(seen(each) == seen(each.lower()) == seen(each.upper()) for each in spellings)


@given(NAMES, st.integers(0, 99), st.integers(0, 99), st.integers(0, 99))
def test_versions_that_differ_share_no_code(name: str, major: int, one: int, other: int) -> None:
    first, second = seen(f"{name} {major}.{one}"), seen(f"{name} {major}.{other}")
    assert bool(first & second) == (one == other)


@given(st.integers(1, 99999), st.integers(1990, 2040), st.integers(1990, 2040))
def test_a_standard_is_found_with_and_without_its_year_and_years_stay_apart(
    number: int, year: int, other: int
) -> None:
    plain_code, with_year = seen(f"ISO {number}"), seen(f"ISO/IEC {number}:{year}")
    assert plain_code <= with_year
    assert (f"#iso{number}:{other}" in with_year) == (year == other)


@given(st.integers(0, 100), st.integers(1, 999))
def test_a_share_is_the_same_with_a_comma_a_space_or_a_word(whole: int, part: int) -> None:
    digits = f"{part:03}".rstrip("0")
    spellings = [f"{whole}.{digits}%", f"{whole}.{digits} %", f"{whole}.{digits} percent",
                 f"{whole}.{digits} Prozent"]  # fmt: skip
    if len(digits) < 3:  # 1,234 % is a thousand
        spellings.append(f"{whole},{digits} %")
    assert len({frozenset(seen(each)) for each in spellings}) == 1


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("CVE-2024-3094", {"#cve2024", "#cve2024-3094"}),
        ("NIST SP 800-53", {"#sp800", "#sp800-53", "#800-53"}),
        ("AES-256-GCM", {"#aes256", "#aes256gcm"}),
        ("10.0.0.0/8", {"#10.0.0.0", "#10.0.0.0/8"}),
        ("§ 5.2.1", {"#§5.2.1", "#5.2.1"}),
        ("C++, C# and .NET", {"#c++", "#c#", "#.net"}),
        ("SOC 2 Type II", {"#soc2", "#type2"}),
        ("24x7", {"#24/7"}),
        ("a 256-bit key", {"#256bit"}),
        ("LDAPv3", {"#ldap3"}),
        ("TLSv1.2", {"#tls1.2"}),
        ("max_retries", {"#max.retries"}),
        ("in 2022", set()),
        ("over 300 people and 12 others", set()),
        ("AES ٢٥٦", {"#aes256"}),
    ],
)
def test_shapes_of_codes(text: str, wanted: set[str]) -> None:
    assert seen(text) == wanted


@given(st.text())
def test_any_text_gives_lexemes_that_postgresql_can_read(text: str) -> None:
    cleaned = plain(text)
    for mark in marks_of(cleaned):
        assert mark and not re.search(r"[\s\x00]", mark)
    assert "\x00" not in lexical_text(cleaned) + literal(marks_of(cleaned))


@pytest.mark.parametrize("piece", ["a/", "a1-", "1.", "1", "a_", "::", "ab:", "§", "1 x ", "-",
                                   "1-", "a.b_", "level iii ", "1,000", "99 %", "v1.2-rc"])  # fmt: skip
def test_no_text_makes_codes_without_end(piece: str) -> None:
    text = piece * 20_000
    found = codes(plain(text))
    assert len(found) <= MAX_CODES
    assert sum(map(len, found)) < 100_000
