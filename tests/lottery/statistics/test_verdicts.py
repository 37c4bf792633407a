import pytest

from gol.errors import InputError
from lottery.statistics.rates import Interval
from lottery.statistics.verdicts import (
    agrees_in_part,
    beats,
    beats_rule,
    matches,
    matches_rule,
    same_rate,
    same_rate_rule,
)


@pytest.mark.parametrize(
    ("published", "measured", "verdict"),
    [
        ((3, 64), (12, 256), "reproduced"),  # 4.7 % against 4.7 %, and the difference is known to better than 20
        ((3, 64), (64, 64), "contradicted"),
        ((38, 64), (5, 64), "contradicted"),  # also when ours is the lower one
        ((38, 64), (10, 16), "undecided"),  # too few of ours to exclude a difference of 20 points
    ],
)
def test_same_rate(published: tuple[int, int], measured: tuple[int, int], verdict: str) -> None:
    assert same_rate(published, measured) == verdict


def test_a_rate_is_never_contradicted_where_the_source_leaves_settings_open() -> None:
    assert agrees_in_part((3, 64), (12, 256)) == "reproduced"
    assert agrees_in_part((3, 64), (64, 64)) == "undecided"


def test_a_smaller_margin_asks_for_more_runs() -> None:
    assert same_rate((3, 64), (12, 256), margin=0.01) == "undecided"


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (-0.09, 0.3, "reproduced"),
        (-0.05, -0.01, "reproduced"),  # significantly worse, yet within the margin stated beforehand
        (-0.2, 0.2, "undecided"),  # "no significant difference" is not matching
        (-0.1, 0.2, "undecided"),
        (-0.4, -0.11, "contradicted"),
        (-0.4, -0.1, "undecided"),
    ],
)
def test_matches(low: float, high: float, verdict: str) -> None:
    assert matches(Interval(low, high)) == verdict


@pytest.mark.parametrize(
    ("difference", "p_value", "verdict"),
    [
        (0.3, 0.01, "reproduced"),
        (-0.3, 0.01, "contradicted"),
        (0.3, 0.05, "undecided"),
        (-0.3, 0.2, "undecided"),
        (0.0, 0.01, "undecided"),
    ],
)
def test_beats(difference: float, p_value: float, verdict: str) -> None:
    assert beats(difference, p_value) == verdict


def test_the_sentences_name_the_limits_that_were_used() -> None:
    assert "±15 percentage points" in same_rate_rule(0.15)
    assert "a loss of 5 percentage points" in matches_rule(0.05)
    assert beats_rule(0.01).count("p < 0.01") == 2


@pytest.mark.parametrize(
    "mistake",
    [
        lambda: same_rate((1, 0), (1, 2)),
        lambda: same_rate((1, 2), (1, 2), margin=20.0),
        lambda: matches(Interval(0.0, 0.1), margin=-0.1),
        lambda: beats(0.1, 1.5),
        lambda: beats(20.0, 0.5),
        lambda: beats(0.1, 0.5, alpha=0.0),
    ],
)
def test_impossible_input_is_refused(mistake) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError):
        mistake()
