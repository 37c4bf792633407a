"""The claim about signs and magnitudes, on made-up outcomes."""

import pytest
from lab_outcomes import arm, levels_of

from lottery.claims.frame import lab
from lottery.claims.frame.plan import plan_of
from lottery.claims.tickets.magnitudes import Magnitudes
from lottery.tickets.settings import PruningSettings

PLAN = plan_of("laptop")


def _results(plan=PLAN, *, ticket=0.6, signed=0.5, unsigned=0.2, resigned=0.2):
    size, width = lab.size(plan), lab.widths(plan)[0]
    n = size.replicates[width]

    def arms_at(number):
        found = {"ticket": arm(int(ticket * n), n)}
        for name in (*lab.CONTROLS, *lab.SIGNS):
            if number in size.at:
                found[name] = arm(int((signed if name.endswith("_sign") else unsigned) * n), n)
        return found

    def of_resigned(number):
        return {"ticket": arm(int(ticket * n), n), "resigned": arm(int(resigned * n), n)}

    arms = {"levels": arms_at, "resigned": of_resigned}
    return {piece.name: levels_of(plan, width, arms[key]) for key, piece in Magnitudes(plan).pieces().items()}


def _points(plan=PLAN, **shares):
    found = Magnitudes(plan, _results(plan, **shares)).points()
    return {point["id"].removeprefix("magnitudes/"): point for point in found}


def test_where_signs_are_all_that_counts_every_statement_holds():
    points = _points(ticket=0.5, signed=0.5)
    assert len(points) == 3 + 1 + 9 + 9
    assert {point["verdict"] for point in points.values()} == {"reproduced"}
    assert points["signs-over-magnitudes/constant"]["measured"] == pytest.approx(0.3, abs=0.01)


def test_where_magnitudes_count_more_the_claim_is_contradicted():
    points = _points(ticket=0.9, signed=0.3, unsigned=0.2, resigned=0.8)
    assert points["signs-over-magnitudes/redrawn"]["verdict"] == "contradicted"
    assert points["magnitudes/redrawn/20%"]["verdict"] == "contradicted"
    assert points["signs/redrawn/20%"]["verdict"] == "reproduced"


def test_where_nothing_differs_nothing_is_decided():
    points = _points(ticket=0.5, signed=0.5, unsigned=0.5, resigned=0.5)
    assert {p["verdict"] for name, p in points.items() if name.startswith("signs")} == {"undecided"}


def test_a_short_budget_gives_no_verdict():
    assert {point["verdict"] for point in _points(plan_of("smoke")).values()} == {"undecided"}


def test_the_own_piece_prunes_as_the_shared_one_does_up_to_the_verdict():
    shared, own = lab.imp(PLAN, 8).settings, Magnitudes(PLAN).pieces()["resigned"].settings
    for name in ("network", "training", "seed", "replicates"):
        assert own[name] == shared[name]
    assert own["pruning"]["prune_fraction"] == shared["pruning"]["prune_fraction"]
    settings = PruningSettings(**{**own["pruning"], "controls": tuple(own["pruning"]["controls"]), "at": (7,)})
    assert own["pruning"]["at"] == [lab.size(PLAN).verdict]
    assert [settings.arms(number) for number in (6, 7)] == [("ticket",), ("ticket", "resigned")]


def test_the_figure_has_a_panel_per_density_and_the_new_arm_in_one_of_them(tmp_path):
    (figure,) = Magnitudes(PLAN, _results()).drawn(tmp_path)
    assert figure.svg == tmp_path / "magnitudes.svg"
    rows = (tmp_path / "magnitudes.csv").read_text().splitlines()[1:]
    assert len(rows) == 3 * 7 + 1
    assert sum("as they were" in row and "signs lost" in row for row in rows) == 1
