"""The frame of a claim, on one of two pieces that nobody has to compute."""

import numpy as np
import pytest

from lottery.claims.frame.claim import Claim, Figure
from lottery.claims.frame.plan import plan_of
from lottery.claims.frame.series import named
from lottery.claims.frame.sizes import BySize, Size
from lottery.report.figures.rates_by_name import rates_by_name
from lottery.runs.pieces import Piece
from lottery.statistics.comparisons import corrected, independent, paired

PLAN = plan_of("laptop", updates=750)


class Coins(Claim):
    """Two coins."""

    name, statement, source, protocol, rule = "coins", "Coins are fair.", "A casino", "Toss.", "Count."
    sizes = BySize(smoke=Size(2, 10), laptop=Size(4, 1000), paper=Size(8, 1000))

    def pieces(self):
        """One of them has two names."""
        one = Piece("one", "toss", {"replicates": self.size.replicates}, updates=0, seconds=1.0)
        return {"one": one, "again": one, "other": Piece("other", "toss", {}, updates=0, seconds=1.0)}

    def points(self):
        """A point with the claim's rule and one with a rule of its own."""
        yield self.point("one", **self["one"].rate, verdict=self.at_full_budget("reproduced"))
        yield self.point("other", **self["other"].rate, rule="None.", outcome="heads")

    def figures(self):
        """Both, twice."""
        for part in ("", "again"):
            drawn = rates_by_name([named("coins", {key: self[key].count for key in ("one", "other")})])
            yield Figure(title="Coins", caption="Two.", drawn=drawn, part=part)


@pytest.fixture
def coins():
    one, _, other = Coins(PLAN).pieces().values()
    results = {
        one.name: {"solved_at_end": [True, False, False, False], "first_solved": [10, -1, 10, -1], "seconds": 2.0},
        other.name: {"solved_at_end": [True, True], "first_solved": [10, 20], "seconds": 1.0},
    }
    return Coins(PLAN, results)


def test_a_piece_is_read_by_its_key_and_computed_once(coins):
    assert coins["one"].count == coins["again"].count == (1, 4)
    assert coins["one"].ever == 2
    assert coins["one"].ever_solved.tolist() == [True, False, True, False]
    assert coins["other"].solved.all()
    assert [piece.label for piece in coins.needed()] == ["one", "other"]
    with pytest.raises(KeyError):
        coins["neither"]


def test_a_point_carries_the_words_of_its_claim_but_for_those_of_its_own(coins):
    one, other = coins.points()
    assert (one["id"], one["statement"], one["rule"], one["outcome"]) == (
        "coins/one", "Coins are fair.", "Count.", "solved_at_end",
    )  # fmt: skip
    assert (other["rule"], other["outcome"], other["protocol"]) == ("None.", "heads", "Toss.")
    assert (one["successes"], one["trials"]) == (1, 4)


def test_a_point_that_is_not_judged_may_go_without_a_rule(coins):
    point = coins.point("one", rule=None)
    assert "rule" not in point
    assert (point["expected"], point["verdict"]) == (None, "new")
    assert point["source"] == "A casino"


def test_what_the_user_sets_replaces_the_size_and_a_short_budget_is_no_verdict(coins):
    assert coins.size == Size(4, 750)
    assert Coins(plan_of("smoke", replicates=5)).size == Size(5, 10)
    assert [point["verdict"] for point in coins.points()] == ["undecided", "new"]


def test_what_is_not_judged_stays_so_and_a_full_budget_has_a_verdict(coins):
    assert coins.at_full_budget("new") == "new"
    assert Coins(plan_of("laptop", updates=1000)).at_full_budget("contradicted") == "contradicted"


def test_a_claim_may_word_its_rule_with_numbers_of_the_plan():
    class Many(Coins):
        """Coins that say how many they are."""

        @property
        def point_rule(self):
            """The rule, with a number."""
            return f"Count {self.size.replicates}."

    assert Many(PLAN).point("one")["rule"] == "Count 4."
    assert Many(PLAN).point("one", rule="None.")["rule"] == "None."


def test_figures_are_saved_under_the_claims_name_and_their_part(coins, tmp_path):
    drawn = coins.drawn(tmp_path)
    assert [figure.svg.name for figure in drawn] == ["coins.svg", "coins-again.svg"]
    assert {figure.claim for figure in drawn} == {"coins"}
    assert (tmp_path / "coins-again.csv").read_text().count("\n") == 3


def test_a_pair_carries_its_p_value_after_correction():
    all_won, none_won = np.ones(6, bool), np.zeros(6, bool)
    found = corrected({"clear": paired(all_won, none_won), "equal": paired(all_won, all_won)})
    assert found["clear"].p_value == paired(all_won, none_won).p == 2 / 2**6
    assert found["clear"].p == 2 * found["clear"].p_value
    ends = found["clear"].difference.interval
    difference = {"measured": 1.0, "interval": (ends.low, ends.high), "unit": "difference"}
    assert paired(all_won, none_won).fields == difference
    assert found["clear"].fields == {**difference, "p": 4 / 2**6, "tests": 2}


def test_a_point_says_what_is_second_hand_and_what_was_corrected(coins):
    assert not {"second_hand", "p", "tests"} & set(coins.point("one"))
    point = coins.point("two", second_hand=True, p=0.2, tests=3)
    assert (point["second_hand"], point["p"], point["tests"]) == (True, 0.2, 3)


def test_keys_of_comparisons_may_be_anything_that_can_be_a_key():
    found = corrected({(3, 4): independent((20, 64), (2, 64)), None: independent((2, 64), (2, 64))})
    assert found[3, 4].p == 2 * found[3, 4].p_value
    assert found[None].p == 1
