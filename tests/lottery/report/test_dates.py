"""Whether a rule is older than its numbers."""

from datetime import UTC, datetime

from lottery.report.dates import Dates
from lottery.runs.manifests import Dated


def _at(minute, *, entered=False):
    return Dated(datetime(2026, 11, 25, 12, minute, tzinfo=UTC), entered)


def test_a_rule_before_all_outcomes_is_older():
    dates = Dates("2026-11-25 12:02:00", {"one": _at(3), "two": _at(9)})
    assert (dates.older, dates.known_before) == ("yes", [])
    assert "All 2 outcomes are younger (2026-11-25 12:03 to 2026-11-25 12:09)." in dates.words
    assert "repository" not in dates.words


def test_outcomes_of_the_same_moment_or_without_a_date_count_as_known_before():
    dates = Dates("2026-11-25 12:02:00", {"one": _at(2), "two": None, "three": _at(9)})
    assert (dates.older, dates.known_before) == ("in part", ["one", "two"])
    assert "older than 1 of 3 outcomes" in dates.words
    assert "cannot be shown to be older than `one`, `two`, so verdicts" in dates.words


def test_a_rule_after_all_outcomes_is_not_older():
    dates = Dates("2026-11-26 00:00:00", {"one": _at(2, entered=True)})
    assert dates.older == "no"
    assert "It cannot be shown to be older than its numbers" in dates.words
    assert "the date on which they entered the repository" in dates.words


def test_a_bare_date_is_the_end_of_its_day():
    assert Dates("2026-11-25", {"one": _at(2)}).older == "no"
    assert Dates("2026-11-24", {"one": _at(2)}).older == "yes"


def test_of_many_outcomes_some_are_named():
    dates = Dates("2026-11-25 12:02:00", {**{f"piece-{i}": _at(1) for i in range(11)}, "last": _at(3)})
    assert "`piece-7` and 3 more, so" in dates.words


def test_without_any_date_the_span_is_empty():
    assert Dates("2026-11-25 12:02:00", {"one": None}).span == ("–", "–")
