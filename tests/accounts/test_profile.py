"""One's own account: what is chosen there holds everywhere, at once, for oneself only."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.template import engines
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts import formats, housekeeping, sessions
from accounts.formats import CHOSEN, Chosen, personal
from accounts.models import ApiToken, SignIn
from audit.models import RateCount
from tests.accounts.door import is_in, sign_in
from tests.accounts.test_tokens import a_token

pytestmark = pytest.mark.django_db
LETTERS = ["j M Y", "j F Y", "j M", "j M Y, H:i", "j M, H:i:s", "Y, H:i", "H:i:s", "c", "M Y"]


def written(letters: str, value: Any) -> str:
    page = engines["django"].from_string('{{ at|date:"' + letters + '" }}')
    return page.render({"at": value})


def saved(user: Any, **chosen: str) -> Client:
    browser = Client()
    sign_in(browser, user.username)
    form = {"first_name": "A", "last_name": "B", **chosen}
    assert browser.post(reverse("accounts:profile"), form).status_code == 303
    return browser


def test_the_time_zone_and_format_hold_for_every_page_of_this_person(alice: Any, bob: Any) -> None:
    browser = saved(alice, time_zone="Asia/Kathmandu", date_format="iso")
    at = datetime(2026, 3, 7, 20, 0, tzinfo=UTC)
    SignIn.objects.update(created_at=at)
    assert b"2026-03-08, 01:45" in browser.get(reverse("accounts:security")).content
    other = saved(bob)
    SignIn.objects.update(created_at=at)
    assert b"7 Mar 2026, 20:00" in other.get(reverse("accounts:security")).content


@pytest.mark.parametrize("name", ["Not/AZone", "../../etc/passwd", "", "UTC\x00"])
def test_a_zone_that_this_machine_does_not_know_is_the_servers(alice: Any, name: str) -> None:
    browser = Client()
    sign_in(browser, "alice")
    type(alice.profile).objects.update(time_zone=name.replace("\x00", "0"))
    assert browser.get("/").status_code == 200
    answer = browser.post(reverse("accounts:profile"), {"time_zone": name or "No/Where"})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("", ["7 Mar 2026", "7 March 2026", "7 Mar", "7 Mar 2026, 14:05"]),
        ("us", ["Mar 7, 2026", "March 7, 2026", "Mar 7", "Mar 7, 2026, 2:05 p.m."]),
        ("dot", ["07.03.2026", "07.03.2026", "07.03.", "07.03.2026, 14:05"]),
        ("slash", ["07/03/2026", "07/03/2026", "07/03", "07/03/2026, 14:05"]),
    ],
)
def test_templates_write_dates_as_the_person_reads_them(style: str, expected: list[str]) -> None:
    token = CHOSEN.set(Chosen(formats.DATE_STYLES[style]))
    try:
        at = datetime(2026, 3, 7, 14, 5)
        assert [written(letters, at) for letters in LETTERS[:4]] == expected
    finally:
        CHOSEN.reset(token)


@given(
    st.sampled_from(list(formats.DATE_STYLES)), st.sampled_from(LETTERS),
    st.dates(date(1900, 1, 1), date(2100, 1, 1)),
)  # fmt: skip
def test_every_style_writes_every_date_of_the_templates(
    style: str, letters: str, day: date
) -> None:
    token = CHOSEN.set(Chosen(formats.DATE_STYLES[style]))
    try:
        moment = datetime.combine(day, datetime.min.time())
        assert written(letters, moment) and personal(letters)
        if "Y" in letters:
            assert str(day.year) in written(letters, moment)
    finally:
        CHOSEN.reset(token)


def test_numbers_have_the_point_of_the_person() -> None:
    token = CHOSEN.set(Chosen(numbers=formats.NUMBER_STYLES["comma"]))
    try:
        assert formats.number_text(1234567.5, 1) == "1.234.567,5"
        page = engines["django"].from_string("{{ n|floatformat:2 }}")
        assert page.render({"n": 0.5}) == "0,50"
    finally:
        CHOSEN.reset(token)
    assert formats.number_text(1234.5, 1) == "1,234.5"


def test_one_browser_is_signed_out_from_another(alice: Any) -> None:
    here, there = Client(), Client()
    sign_in(here, "alice")
    sign_in(there, "alice", address="198.51.100.1")
    row = SignIn.objects.get(address="198.51.100.1")
    assert here.post(reverse("accounts:session_end", args=[row.pk])).status_code == 303
    assert "/login/" in there.get("/")["Location"] and here.get("/").status_code == 200


def test_signed_out_everywhere_else_means_here_stays_with_a_new_key(alice: Any) -> None:
    here, there = Client(), Client()
    sign_in(here, "alice")
    sign_in(there, "alice")
    before = here.session.session_key
    here.post(reverse("accounts:sessions_end"))
    assert here.get("/").status_code == 200 and here.session.session_key != before
    assert "/login/" in there.get("/")["Location"]
    assert [row.session_key for row in sessions.sign_ins_of(alice)] == [here.session.session_key]


def test_a_new_password_ends_the_other_sessions(alice: Any) -> None:
    here, there = Client(), Client()
    sign_in(here, "alice")
    sign_in(there, "alice")
    new = "a long new password"
    form = {"oldpassword": "pw", "password1": new, "password2": new}
    here.post(reverse("account_change_password"), form)
    assert here.get("/").status_code == 200 and "/login/" in there.get("/")["Location"]
    last = Client()
    sign_in(last, "alice", new)
    assert is_in(last)


def test_a_going_session_costs_no_query_for_its_record(
    alice: Any, django_assert_max_num_queries: Any
) -> None:
    browser = Client()
    sign_in(browser, "alice")
    browser.get(reverse("accounts:profile"))
    # Session, person with profile, the bell's count.
    with django_assert_max_num_queries(4):
        browser.get(reverse("accounts:profile"))


def test_the_token_is_shown_on_the_page_that_answers_its_making_and_never_again(alice: Any) -> None:
    browser = Client()
    sign_in(browser, "alice")
    day = (timezone.localdate() + timedelta(days=30)).isoformat()
    form = {"name": "Nightly", "scopes": ["search"], "last_day": day}
    answer = browser.post(reverse("accounts:tokens"), form)
    assert answer.status_code == 201
    raw = answer.content.decode().split('id="new-token">')[1].split("<")[0]
    from accounts.tokens import token_user

    assert token_user(raw)
    assert raw not in browser.get(reverse("accounts:tokens")).content.decode()
    assert "no-store" in answer["Cache-Control"]
    browser.post(reverse("accounts:token_revoke", args=[ApiToken.objects.get().pk]))
    assert token_user(raw) is None


def test_what_is_long_over_is_tidied_away(alice: Any) -> None:
    a_token(alice)
    long_ago = timezone.now() - timedelta(days=800)
    ApiToken.objects.update(created_at=long_ago, expires_at=long_ago + timedelta(days=1))
    RateCount.objects.create(bucket="sign_in:x", began=long_ago, hits=3)
    SignIn.objects.create(user=alice, session_key="gone")
    done = housekeeping.tidy()
    assert (done["tokens"], done["attempts"], done["sign_ins"]) == (1, 1, 1)
