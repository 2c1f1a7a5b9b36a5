"""The figures of docs/reliability.md are those that a run wrote."""

from tests.chaos import report


def test_the_tables_of_the_page_are_made_from_the_kept_results() -> None:
    page = report.PAGE.read_text()
    assert page == report.put_into(page, report.tables(report.read(report.KEPT)))
