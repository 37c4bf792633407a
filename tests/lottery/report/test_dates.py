"""Whether a rule is older than its numbers."""

from datetime import UTC, datetime

from lottery.report.dates import Dated, Dates


def _at(minute, *, entered=False):
    return Dated(datetime(2026, 11, 25, 12, minute, tzinfo=UTC), entered)


def test_a_rule_before_all_outcomes_is_older():
    dates = Dates("2026-11-25 12:02", {"one": _at(3), "two": _at(9)})
    assert (dates.older, dates.known_before) == ("yes", [])
    assert "All 2 outcomes are younger (2026-11-25 12:03 to 2026-11-25 12:09)." in dates.words
    assert "repository" not in dates.words


def test_outcomes_of_the_same_minute_or_without_a_date_count_as_known_before():
    dates = Dates("2026-11-25 12:02", {"one": _at(2), "two": None, "three": _at(9)})
    assert (dates.older, dates.known_before) == ("in part", ["one", "two"])
    assert "older than 1 of 3 outcomes" in dates.words
    assert "`one`, `two`: verdicts that rest on these were not fixed before their numbers" in dates.words


def test_a_rule_after_all_outcomes_is_not_older():
    dates = Dates("2026-11-26 00:00", {"one": _at(2, entered=True)})
    assert dates.older == "no"
    assert "It is not older than its numbers" in dates.words
    assert "the date on which they entered the repository" in dates.words


def test_of_many_outcomes_some_are_named():
    dates = Dates("2026-11-25 12:02", {**{f"piece-{i}": _at(1) for i in range(11)}, "last": _at(3)})
    assert "`piece-7` and 3 more:" in dates.words


def test_without_any_date_the_span_is_empty():
    assert Dates("2026-11-25 12:02", {"one": None}).span == ("–", "–")
