"""What initial weights say about success, on made-up outcomes."""

import numpy as np
import pytest

from lottery.claims.frame.plan import plan_of
from lottery.claims.tickets.fate import FIFTHS, SAMPLES, Fate, Sample, fifths, foretold
from lottery.experiments import nearness
from lottery.statistics.rates import Interval
from lottery.statistics.separation import Separation

PLAN = plan_of("laptop")


def _results(area=0.5, agree=1.0, solved=0.4, plan=PLAN):
    """Outcomes in which nearness tells success by about an area, and trainings repeat a first one by a chance."""
    rng = np.random.default_rng(0)
    claim, results = Fate(plan), {}
    shift = 3 * (area - 0.5)
    first = None
    for key, piece in claim.pieces().items():
        trials = len(range(*piece.settings["replicates"]))
        if isinstance(key, tuple) and key[-1] == "before":
            won = np.array(results[claim.pieces()[key[0]].name]["solved_at_end"])
            numbers = rng.standard_normal(trials) + shift * won
            results[piece.name] = {"code": numbers.tolist(), "wide": numbers.tolist(), "norms": (-numbers).tolist()}
        else:
            won = rng.random(trials) < solved
            if isinstance(key, str):
                first = won if first is None else first
                won = np.where(rng.random(trials) < agree, first, won)
            results[piece.name] = {"solved_at_end": won.tolist()}
        results[piece.name]["seconds"] = 1.0
    return results


def _points(**changes):
    claim = Fate(PLAN, _results(**changes))
    return {one["id"].removeprefix("fate/"): one for one in claim.points()}, claim


def test_nearness_that_tells_is_reproduced_and_one_that_does_not_is_new():
    points, claim = _points(area=0.8)
    assert {points[f"{s.initialiser}/m={s.width}/code"]["verdict"] for s in SAMPLES} == {"reproduced"}
    assert points["glorot/m=1/norms"]["measured"] == pytest.approx(1 - points["glorot/m=1/code"]["measured"])
    assert "In 4 of 4 samples" in claim.answered(list(points.values()))
    assert {points[name]["verdict"] for name in points if not name.endswith("code")} == {"new"}
    points, claim = _points(area=0.5)
    assert {points[f"{s.initialiser}/m={s.width}/code"]["verdict"] for s in SAMPLES} == {"new"}
    assert "In 0 of 4 samples" in claim.answered(list(points.values()))


def test_the_rule_asks_for_a_difference_that_is_there_and_of_use():
    def judged(area, low, high, p):
        return foretold(Separation(area, Interval(low, high), 0.0), p)

    assert judged(0.65, 0.61, 0.69, 0.001) == "reproduced"
    assert judged(0.55, 0.52, 0.58, 0.001) == "new"
    assert judged(0.58, 0.50, 0.66, 0.2) == "undecided"
    assert judged(0.35, 0.31, 0.39, 0.001) == "new"


def test_trainings_of_the_same_weights_agree_as_far_as_they_were_made_to():
    points, _ = _points(agree=1.0)
    assert [points[f"again/{name}"]["measured"] for name in ("right", "wrong", "share")] == pytest.approx([1, 0, 1])
    points, _ = _points(agree=0.0)
    assert points["again/share"]["interval"][0] < 0.05
    assert points["again/right"]["measured"] == pytest.approx(points["again/wrong"]["measured"], abs=0.08)


def test_a_run_without_a_success_has_no_areas():
    points, claim = _points(solved=0.0)
    assert set(points) == {"again/wrong"}
    assert claim.answered(list(points.values()))


def test_fifths_hold_every_network_once_in_the_order_of_nearness():
    found = fifths(np.arange(12.0)[::-1].copy(), np.arange(12) < 6)
    assert list(found) == list(FIFTHS)
    assert sum(trials for _, trials in found.values()) == 12
    assert found["farthest fifth"] == (0, 3)
    assert found["nearest fifth"] == (2, 2)


def test_networks_before_their_first_update_are_those_that_were_trained():
    claim = Fate(PLAN)
    sample = Sample("pytorch", 3)
    trained, before = claim.pieces()[sample], claim.pieces()[sample, "before"]
    for name in ("network", "seed", "replicates"):
        assert before.settings[name] == trained.settings[name]


def test_a_piece_says_how_near_networks_are(tmp_path):
    piece = Fate(plan_of("smoke")).pieces()[Sample("glorot", 3), "before"]
    seen = []
    found = nearness.run(piece.settings, tmp_path, lambda share, words: seen.append(share))
    assert {name: len(found[name]) for name in ("wide", "code", "norms")} == dict.fromkeys(
        ("wide", "code", "norms"), 16
    )
    assert seen[-1] == 1
    # The code is a function of the 3x3 layer, but not a linear one: it can be nearer.
    assert all(0 <= one <= 1 for one in found["wide"] + found["code"])
    assert len(set(found["code"])) > 8


def test_the_figure_has_a_panel_per_sample(tmp_path):
    (figure,) = Fate(PLAN, _results()).drawn(tmp_path)
    assert len((tmp_path / "fate.csv").read_text().splitlines()) == 1 + 4 * 2 * 5
    assert figure.svg == tmp_path / "fate.svg"
