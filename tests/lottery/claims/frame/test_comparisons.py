"""Many arms in one claim, and the set-ups that claims share."""

import numpy as np
import pytest

from lottery.claims.frame.plan import plan_of
from lottery.claims.frame.reruns import papers_piece, width_piece
from lottery.claims.frame.sizes import Size
from lottery.claims.paper.minimal import Minimal
from lottery.statistics.comparisons import corrected, count, independent, paired
from lottery.statistics.ranks import rank
from lottery.statistics.rates import fisher, mcnemar_exact, paired_difference
from lottery.statistics.verdicts import same_rates, same_rates_p


def _first(successes, trials):
    return np.arange(trials) < successes


def test_of_one_published_rate_the_interval_decides():
    assert same_rates({"one": (0, 16)}, {"one": (15, 64)}) == {"one": "contradicted"}
    assert same_rates({"one": (24, 100)}, {"one": (25, 100)}) == {"one": "reproduced"}
    assert same_rates({"one": (15, 16)}, {"one": (60, 64)}) == {"one": "undecided"}
    assert same_rates({"one": (15, 16)}, {"one": (60, 64)}, margin=0.3) == {"one": "reproduced"}


def test_of_many_published_rates_one_is_not_contradicted_by_chance():
    assert 0.025 < fisher(15, 64, 0, 16) < 0.05  # enough alone, not among two
    names = ("one", "two")
    found = same_rates(dict.fromkeys(names, (0, 16)), dict.fromkeys(names, (15, 64)))
    assert found == dict.fromkeys(names, "undecided")
    clear = same_rates(dict.fromkeys(names, (0, 16)), {"one": (15, 64), "two": (64, 64)})
    assert clear == {"one": "contradicted", "two": "contradicted"}  # Holm: the second one has passed, so one is left


def test_the_p_values_behind_the_verdicts_on_published_rates_can_be_shown():
    names = ("one", "two")
    found = same_rates_p(dict.fromkeys(names, (0, 16)), {"one": (15, 64), "two": (64, 64)})
    assert found["one"] == fisher(15, 64, 0, 16)
    assert found["two"] == 2 * fisher(64, 64, 0, 16)


def test_independent_arms_are_compared_by_fisher_with_holms_correction():
    found = corrected({"same": independent((2, 64), (2, 64)), "more": independent((20, 64), (2, 64))})
    assert found["same"].difference.value == 0
    assert found["same"].p == 1
    assert str(found["same"]).startswith("0 points (−")
    assert (found["more"].first, found["more"].second, found["more"].test) == ((20, 64), (2, 64), "Fisher")
    assert found["more"].p == pytest.approx(2 * fisher(20, 64, 2, 64))
    assert found["more"].difference.value == pytest.approx(18 / 64)
    assert str(found["more"]).startswith("+28 points (+")
    assert str(found["more"]).endswith("after Holm's correction")
    assert independent((2, 64), (20, 64)).difference.value == pytest.approx(-18 / 64)
    assert str(independent((2, 64), (20, 64))).startswith("−28 points (−")
    assert independent((2, 64), (20, 64)).in_points.startswith("-28 points (-")
    assert (found["more"].beats, found["same"].beats) == ("reproduced", "undecided")
    assert independent((2, 64), (20, 64)).beats == "contradicted"


def test_arms_that_share_replicates_are_compared_in_pairs_of_the_same_number():
    common = _first(10, 60)
    shorter = ~common[:40]
    found = corrected({"other": paired(shorter, common), "same": paired(common, common)})
    assert found["other"].difference == paired_difference(shorter, common[:40])
    assert found["other"].p == pytest.approx(2 * mcnemar_exact(shorter, common[:40]))
    assert found["other"].test == "exact McNemar"
    assert found["same"].p == 1


def test_a_rank_counts_equals_half_and_is_uncertain():
    life = _first(5, 50)
    others = [_first(0, 16), _first(0, 16), _first(16, 16), _first(5, 50)]
    share, interval = rank(life, others, seed=0)
    assert share == (2 + 0.5) / 4
    assert interval.low < share < interval.high
    assert (share, interval) == rank(life, others, seed=0)
    many = rank(_first(500, 1000), [_first(0, 1000)] * 10 + [_first(1000, 1000)] * 30, seed=0)
    assert many[0] == 0.25
    # Rates are sure here, so the interval is that of 10 of 40 rules alone.
    assert many[1].low == pytest.approx(0.125, abs=0.03)
    assert many[1].high == pytest.approx(0.4, abs=0.03)


def test_few_networks_per_rule_widen_the_rank():
    few = rank(_first(2, 64), [_first(0, 16)] * 20, seed=0)[1]
    many = rank(_first(200, 6400), [_first(0, 1600)] * 20, seed=0)[1]
    assert many.low == 1.0
    assert few.low < 0.9


def test_counts_are_plain_numbers():
    assert count([True, False, True]) == (2, 3)
    assert count(np.array([False])) == (0, 1)


def test_the_papers_piece_is_that_of_the_claim_about_width_where_the_budgets_agree():
    for preset in ("smoke", "laptop", "paper"):
        plan = plan_of(preset)
        assert papers_piece(plan, Size(7, plan.width_updates), 3).name == width_piece(plan, 3).name
    other = papers_piece(plan_of("paper", replicates=100), Size(100, 5000))
    assert other.settings["replicates"] == [0, 100]
    assert other.settings["training"]["updates"] == 5000


def test_the_set_ups_of_the_reruns_are_those_that_were_run():
    """Outcomes of these pieces are kept: their settings name them."""
    pieces = Minimal(plan_of("laptop")).pieces()
    bibin, cellularautoma = pieces["bibin"].settings, pieces["cellularautoma"].settings
    assert bibin["network"] == {"readout": False, "padding": "zero", "output_bias": -0.5}
    assert bibin["training"] == {
        "loss": "relu_mse",
        "density": 0.38,
        "board": 64,
        "batch": 1,
        "bank_boards": 1,
        "bank_updates": 125_000,
    }
    assert cellularautoma["network"] == {"readout": False}
    assert cellularautoma["training"] == {
        "density": 0.3,
        "bank_boards": 8,
        "bank_updates": 125_000,
        "stream": "shared",
    }
