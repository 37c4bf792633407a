"""Every claim says what was found in a sentence or two, and what it says holds for each verdict."""

import re

import pytest
from made_up_report import point

from lottery.claims import CLAIMS
from lottery.claims.frame.answers import BEATS, NotMeasuredError, Points, aside, listed, of_all, versus
from lottery.claims.frame.claim import Claim
from lottery.claims.frame.plan import plan_of
from lottery.report.points import VERDICTS

LAPTOP = plan_of("laptop")
LONGEST = 120  # words


class MadeUp(Points):
    """Two points for every name that is asked for, all with one verdict."""

    def __init__(self, **changes):
        super().__init__([])
        self.changes = {"p": 0.01, **changes}

    def all(self, pattern):
        return [point(**self.changes), point(**self.changes)]

    def judged(self, pattern="*"):
        return self.all(pattern)


@pytest.mark.parametrize("name", CLAIMS)
def test_a_claim_asks_a_question_and_answers_it_with_numbers_whatever_the_verdict(name):
    claim = CLAIMS[name](LAPTOP)
    assert type(claim).answer is not Claim.answer
    assert claim.question.endswith("?")
    kinds = ({}, {"measured": 0.25, "trials": None}, {"measured": None, "interval": None, "trials": None})
    for verdict in VERDICTS:
        for kind in kinds:
            said = claim.answer(MadeUp(verdict=verdict, **kind))
            assert said.endswith(".")
            assert len(said.split()) <= LONGEST
            assert re.search(r"\d|[Bb]oth|no number", said)
            assert not re.search(r"None|nan|\{|\}|\s\s|\.\.", said), said
            assert "/" not in said.replace("1/2", "")  # no names of points


@pytest.mark.parametrize("name", [name for name, claim in CLAIMS.items() if claim.fixed is not None])
def test_a_claim_that_is_judged_says_another_thing_for_each_verdict(name):
    claim = CLAIMS[name](LAPTOP)
    verdicts = [verdict for verdict in VERDICTS if verdict != "new"]
    # These tell of counts of the widths or the initial weights that reproduce it, which are points of their own.
    same = {"signs", "density"}
    never_contradicted = {"budget", "fate"}  # an answer against their sources is new
    said = {claim.answer(MadeUp(verdict=verdict)) for verdict in verdicts}
    assert len(said) == (1 if name in same else 2 if name in never_contradicted else 3)


def test_what_a_run_does_not_have_is_answered_by_counts_of_the_verdicts():
    claim = CLAIMS["width"](LAPTOP)
    points = [point(id="width/m=1"), point(id="width/m=2", verdict="new")]
    with pytest.raises(NotMeasuredError):
        claim.answer(Points(points))
    assert claim.answered(points) == "1 of 1 comparisons stayed open."
    assert claim.answered(points[1:]) == "1 numbers were measured, and nothing is published to hold them against."


def test_points_are_found_by_name_and_by_pattern():
    points = Points([point(), point(id="width/m=3", verdict="new")])
    assert points["m=*"]["id"] == "width/m=1"
    assert [one["id"] for one in points.judged()] == ["width/m=1"]
    assert "m=3" in points
    assert "m=8" not in points
    with pytest.raises(NotMeasuredError):
        points.judged("m=3")


def test_verbs_follow_the_verdict_and_equal_ones_are_said_once():
    gains = {
        name: point(verdict=verdict, measured=0.4, interval=[0.1, 0.5], trials=None, unit="difference")
        for name, verdict in (("one", "reproduced"), ("two", "reproduced"), ("three", "contradicted"))
    }
    number = "(+40 points, +10 to +50)"
    assert versus(BEATS, gains) == [f"beats one {number} and two {number}", f"loses to three {number}"]


def test_a_number_is_laid_beside_the_published_one():
    assert aside(point(verdict="reproduced")) == ", which agrees with the published number (4.7 %)"
    second = point(expected="above m=24", second_hand=True, verdict="contradicted")
    assert aside(second) == ", which contradicts the published number (above m=24, known to us second-hand)"
    assert aside(point(verdict="new")) == ""


def test_verdicts_are_counted_in_a_sentence():
    both = [point(verdict="reproduced"), point(verdict="contradicted")]
    assert of_all(both, "ways", "held", "broke") == "Of 2 ways, 1 held and 1 broke."
    assert of_all([both[0]] * 2, "ways", "held", "broke") == "Both ways held."
    assert of_all([both[1]] * 3, "ways", "held", "broke") == "All 3 ways broke."
    assert listed(["a", "b", "c"]) == "a, b, and c"
