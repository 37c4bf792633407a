"""The claim about the ticket alone, on made-up outcomes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from lab_outcomes import arm, levels_of

from lottery.claims.frame import lab
from lottery.claims.frame.plan import plan_of
from lottery.claims.frame.races import race
from lottery.claims.frame.small_networks import (
    CERTIFIED,
    best_shapes,
    chance_of_one,
    multiply_adds,
    papers_shape,
    rivals,
    ticket_size,
    updates_of_equal_compute,
)
from lottery.claims.tickets.alone import Alone, beats_all, matching_levels
from lottery.networks.lifenet import LifeNet, parameter_count
from lottery.report.figures.survival_curves import Times
from lottery.runs.files import read_json
from lottery.statistics.comparisons import corrected, independent

PLAN = plan_of("laptop")
REFERENCE = Path(__file__).parents[4] / "docs" / "reference" / "pieces"


def _small_pieces(plan):
    return [piece for piece in Alone(plan).needed() if piece.label.startswith("lab-small")]


def _results(
    plan=PLAN, *, ticket=1.0, reinit=0.3, shuffled=0.1, small=0.5, long=0.6, first=1000, sparse=None, again=None,
    fair=0.2, feasible=0.5,
):  # fmt: skip
    """Shares of every arm; `sparse` is the ticket's below the density of the verdict, `again` the second seed's.

    `fair` is the share of the feasible shuffles that succeed, of which `feasible` is the share that was found.
    """
    found = {}
    verdict = lab.size(plan).verdict
    for width in lab.widths(plan):
        n = lab.size(plan).replicates[width]

        def arms_at(number, n=n):
            share = ticket if sparse is None or number < verdict else sparse
            if number == 0:
                return {"ticket": arm(n, n, first=5000)}
            rates = {"ticket": share, "reinit": reinit, "shuffled": shuffled}
            return {name: arm(int(rate * n), n, first if name == "ticket" else 9000) for name, rate in rates.items()}

        def fair_at(number, n=n, share=ticket):
            if number == 0:
                return {"ticket": arm(n, n, first=5000)}
            chosen = {"ticket": share, "reinit": reinit, "shuffled_feasible": fair * feasible}
            arms = {name: arm(int(rate * n), n) for name, rate in chosen.items()}
            arms["shuffled_feasible"]["can_be_exact"] = [i < int(feasible * n) for i in range(n)]
            return arms

        found[lab.imp(plan, width).name] = levels_of(plan, width, arms_at)
        found[lab.fair(plan, width).name] = levels_of(plan, width, fair_at)
        if width == lab.widths(plan)[0]:
            second = ticket if again is None else again
            found[lab.fair(lab.second(plan), width).name] = levels_of(
                plan, width, lambda number, fair_at=fair_at, second=second: fair_at(number, share=second)
            )
    n = lab.size(plan).replicates[lab.widths(plan)[0]]
    for piece in _small_pieces(plan):
        share = long if "-long" in piece.label else small
        found[piece.name] = {"solved_at_end": arm(int(share * n), n)["solved_at_end"], "seconds": 1.0}
    return found


def _points(plan=PLAN, **shares):
    return {point["id"].removeprefix("alone/"): point for point in Alone(plan, _results(plan, **shares)).points()}


def test_a_ticket_that_always_succeeds_matches_and_beats_everything_at_every_width():
    points = _points()
    assert {point["verdict"] for point in points.values()} == {"reproduced", "new"}
    for width in (8, 4, 16, 24):
        assert points[f"m={width}/matches-down-to"]["measured"] == pytest.approx(0.1, abs=0.002)
        assert points[f"m={width}/faster-than-dense"]["measured"] == 1


def test_a_ticket_that_never_succeeds_loses_to_everything():
    points = _points(ticket=0.0)
    assert points["m=8/vs-dense"]["verdict"] == "contradicted"
    assert points["m=8/vs-reinit"]["verdict"] == "contradicted"
    assert points["m=8/20%/vs-small"]["verdict"] == "contradicted"
    assert points["m=8/20%/vs-small-longer"]["verdict"] == "contradicted"
    assert points["m=8/faster-than-dense"]["verdict"] == "contradicted"
    assert points["m=8/matches-down-to"]["measured"] is None


def test_the_shuffle_that_is_judged_can_be_exact_and_the_plain_one_is_told():
    points = _points(ticket=0.5, fair=0.9, shuffled=0.0)
    assert points["m=8/vs-shuffled"]["verdict"] == "new"
    fair = points["m=8/vs-shuffled_feasible"]
    assert "at 20 % 64/64 and 57/64" in fair["note"]  # the 64 replicates of 128 that have such a shuffle
    assert (
        "64 of 128 masks cannot be exact, whatever their weights are; of the other 64, 57 are certified."
        in fair["note"]
    )
    assert points["m=8/vs-shuffled_feasible"]["verdict"] == "undecided"
    none = _points(feasible=0.0)["m=8/vs-shuffled_feasible"]
    assert (none["verdict"], none["measured"]) == ("undecided", None)
    assert "none was found" in none["note"]


def test_the_second_seed_is_judged_by_the_same_rules_beside_the_first():
    assert lab.second(PLAN).seed == 1
    assert Alone(PLAN).pieces()["second"].settings["seed"] == 1
    points = _points(again=0.5)
    assert points["m=8/vs-dense"]["verdict"] == "reproduced"
    assert points["m=8/seed=1/vs-dense"]["verdict"] == "contradicted"
    assert "Seed 1: ticket 64/128, dense 128/128. Seed 0: 128/128 and 128/128" in points["m=8/seed=1/vs-dense"]["note"]
    assert points["m=8/seed=1/vs-reinit"]["verdict"] == "reproduced"
    assert "Seed 0: +70 points" in points["m=8/seed=1/vs-reinit"]["note"]
    assert "Seed 0: +81 points" in points["m=8/seed=1/vs-shuffled_feasible"]["note"]
    both = points["m=8/seed=1/20%"]
    assert (both["verdict"], both["measured"]) == ("new", 0.5)


def test_it_matches_down_to_the_last_density_before_the_first_that_does_not():
    points = _points(sparse=0.5)
    assert points["m=8/matches-down-to"]["measured"] == pytest.approx(0.25, abs=0.003)
    assert points["m=8/vs-dense"]["verdict"] == "contradicted"
    assert matching_levels(["reproduced", "undecided", "reproduced"]) == 1
    assert matching_levels(["reproduced"] * 3) == 3


def test_a_short_budget_gives_no_verdict():
    points = Alone(plan_of("smoke"), _results(plan_of("smoke"))).points()
    assert {point["verdict"] for point in points} == {"undecided", "new"}


def test_all_shapes_have_to_be_beaten_and_one_that_wins_contradicts():
    weak, same, strong = (independent((60, 100), (successes, 100)) for successes in (20, 55, 90))
    assert beats_all([weak, replace(weak, p=0.06)]) == "reproduced"  # beaten by the p-value that is not corrected
    assert beats_all([weak, same]) == "undecided"
    assert beats_all([weak, strong]) == "contradicted"
    assert beats_all([replace(strong, p=0.06)]) == "undecided"


def test_the_table_of_shapes_is_that_of_the_committed_results():
    found = {}
    for path in sorted(REFERENCE.glob("shapes-a*")):
        for row in read_json(path / "outcomes.json")["shapes"]:
            assert row["trials"] == 48
            found[tuple(row["features"])] = row["solved_at_end"]
    assert found == {(a, b): solved for a, row in CERTIFIED.items() for b, solved in enumerate(row, start=1)}


def test_shapes_are_the_best_of_those_that_are_not_larger():
    assert best_shapes(81, 2) == [(3, 8), (3, 7)]  # both 38 of 48, the larger first
    assert best_shapes(53, 3) == [(3, 4), (2, 8), (3, 3)]
    assert [papers_shape(most) for most in (24, 25, 84, 85)] == [(2, 1), (2, 1), (4, 2), (6, 3)]
    for level in lab.size(PLAN).at:
        shapes = rivals(PLAN, level)
        assert len(shapes) == 3
        assert all(parameter_count(LifeNet(features=shape)) <= ticket_size(PLAN, level) for shape in shapes)
    assert [ticket_size(PLAN, level) for level in (0, 5, 7, 10)] == [305, 113, 81, 53]


def test_equal_compute_is_at_least_the_dense_networks():
    updates = updates_of_equal_compute((3, 8), (16, 8), 20_000, 250)
    assert multiply_adds((16, 8)) == 280
    assert updates % 250 == 0
    assert 0 <= updates * multiply_adds((3, 8)) - 20_000 * 280 < 250 * multiply_adds((3, 8))


def test_many_small_networks_are_as_many_as_the_search_could_pay_for():
    point = _points(small=0.5)["m=8/20%/many-small"]
    kept = [row["kept"] for row in _results()[lab.imp(PLAN, 8).name]["levels"]][:8]
    tries = sum(kept) // multiply_adds((3, 8))
    assert f"one of {tries} networks" in point["note"]
    assert point["measured"] == pytest.approx(1 - 0.5**tries)
    assert chance_of_one(0.2, 2) == pytest.approx(0.36)


def test_small_networks_share_no_replicate_and_are_independent_of_the_tickets():
    used = [set(range(*piece.settings["replicates"])) for piece in _small_pieces(PLAN)]
    assert len(set.union(*used)) == sum(len(one) for one in used)
    assert min(min(one) for one in used) > max(lab.size(PLAN).replicates.values())


def test_a_race_counts_never_as_last_and_tells_the_median_ratio():
    def times(values):
        return Times("", np.where(np.array(values) < 0, 100, values), np.array(values) >= 0)

    found = race(times([10, 20, 30, -1, -1]), times([20, 20, -1, 50, -1]))
    assert (found.wins, found.losses, found.both, found.speedup) == (2, 1, 2, 1.5)
    assert found.medians == (30.0, 50.0)
    assert found.fields["measured"] == pytest.approx(2 / 3)
    assert "p" not in found.fields
    both = corrected({"one": found, "other": found})
    assert (both["one"].fields["p"], both["one"].fields["tests"]) == (both["one"].p, 2)
    nobody = race(times([-1]), times([-1]))
    assert (nobody.fields, nobody.beats, nobody.speedup, nobody.p_value) == ({}, "undecided", None, 1)
    assert "not reached" in nobody.in_words("ticket", "dense")


def test_the_pace_is_that_of_the_level():
    found = Alone(PLAN, _results()).times(8, 7)
    assert found["dense"].times[0] == 5000
    assert found["ticket"].times[0] == 1000
    assert found["reinit"].times[-1] == 20_000


def test_the_figures_show_every_arm_and_every_width(tmp_path):
    found = Alone(PLAN, _results()).drawn(tmp_path)
    assert [figure.svg.name for figure in found] == ["alone.svg", "alone-widths.svg", "alone-pace.svg"]
    rows = (tmp_path / "alone.csv").read_text().splitlines()[1:]
    assert len(rows) == 11 + 5 * 3
    assert (
        len((tmp_path / "alone-widths.csv").read_text().splitlines()) == 1 + 3 * (11 + 2 * 3) + 3
    )  # fair shuffles at m=4
