"""Many open tabs share what a web process is ready to answer; a few notice nothing."""

import heapq

from hypothesis import given
from hypothesis import strategies as st

from jobs.crowd import MOST_SECONDS, SCATTER, Crowd, Pace

MOST_SCATTERED = 1 + SCATTER
WISHES = st.sampled_from([1, 2, 3, 5, 10])


def open_tabs(crowd: Crowd, number: int, now: float = 0.0, wish: float = 1.0) -> list[Pace]:
    return [crowd.pace(wish, now) for _ in range(number)]


def polls_of(tabs: int, seconds: float, wish: float) -> list[float]:
    """When tabs that were opened within two seconds ask, each as it was last told."""
    crowd, asked = Crowd(polls_a_second=15), []
    due = [number * 2 / tabs for number in range(tabs)]
    while due[0] < seconds:
        now = heapq.heappop(due)
        asked.append(now)
        heapq.heappush(due, now + crowd.pace(wish, now).seconds)
    return asked


def is_about(pace: Pace, seconds: float) -> bool:
    return abs(pace.seconds - seconds) <= SCATTER * seconds + 1e-9


def test_a_few_tabs_come_back_when_it_suits_their_jobs() -> None:
    paces = open_tabs(Crowd(), 10)
    assert all(is_about(pace, 1) and pace.lag == 0 for pace in paces)


def test_a_hundred_tabs_ask_no_more_often_than_their_process_is_ready_for() -> None:
    for wish in (1, 2):
        settled = [at for at in polls_of(100, 60, wish) if at >= 20]
        assert len(settled) / 40 <= 15 * MOST_SCATTERED


def test_tabs_that_are_all_opened_at_once_are_spread_from_the_first_answer_on() -> None:
    first = open_tabs(Crowd(polls_a_second=15), 100)
    assert first[0].seconds < 2 and is_about(first[99], 100 / 15)
    in_the_first_seconds = [pace for pace in first if pace.seconds < 3]
    assert len(in_the_first_seconds) < 60


def test_tabs_that_came_together_do_not_stay_together() -> None:
    assert len({pace.seconds for pace in open_tabs(Crowd(), 10)}) > 5


def test_closed_tabs_are_forgotten_by_themselves() -> None:
    crowd = Crowd()
    open_tabs(crowd, 500)
    assert is_about(crowd.pace(1, now=12), 1)


def test_what_moves_is_asked_for_more_often_than_what_rests_also_in_a_crowd() -> None:
    crowd = Crowd(polls_a_second=15)
    open_tabs(crowd, 40, wish=1)
    open_tabs(crowd, 40, wish=3)
    assert crowd.pace(1, 0.5).seconds < 5 < crowd.pace(3, 0.5).seconds


def test_those_who_watch_what_rests_slow_nobody_down() -> None:
    crowd = Crowd(polls_a_second=15)
    open_tabs(crowd, 100, wish=10)
    assert is_about(crowd.pace(1, 1), 1)


def test_in_a_crowd_news_may_be_late_but_less_than_the_shortest_pause() -> None:
    crowd = Crowd()
    open_tabs(crowd, 100)
    assert 0 < crowd.pace(1, 0).lag < 1 - SCATTER


@given(st.lists(st.tuples(WISHES, st.floats(0, 30)), max_size=60))
def test_nobody_is_told_to_come_sooner_than_wished_or_never(
    tabs: list[tuple[int, float]],
) -> None:
    crowd, now = Crowd(polls_a_second=3), 0.0
    for wish, later in tabs:
        now += later
        seconds = crowd.pace(wish, now).seconds
        assert wish * (1 - SCATTER) <= seconds <= MOST_SECONDS * MOST_SCATTERED
    assert is_about(crowd.pace(1, now + 60), 1)


def test_a_pace_reads_as_seconds_with_a_decimal() -> None:
    assert str(Pace(6.6667)) == "6.7"
