from dataclasses import replace

import numpy as np
import pytest
from lab_outcomes import first, pruned

from gol.errors import InputError
from lottery.claims.frame import lab
from lottery.claims.frame.plan import plan_of
from lottery.claims.tickets.sanity import METHODS, Sanity, Setting, wins
from lottery.report.figures.rate_panels import lines_in_panels, rates_in_panels
from lottery.statistics.comparisons import paired
from lottery.statistics.keeping import survives

PLAN = plan_of("laptop")


def _results(check=lambda method, arm: 0.5, ticket=lambda setting, level, arm: 1.0, plan=PLAN, possible=1.0):
    results = {}
    for key, piece in Sanity(plan).pieces().items():
        if not isinstance(key, Setting):
            method = key if key in METHODS else key[1]
            share = possible if key not in METHODS else 1.0
            results[piece.name] = pruned(piece, lambda level, arm, method=method: check(method, arm), possible=share)
        else:
            results[piece.name] = pruned(piece, lambda level, arm, setting=key: ticket(setting, level, arm))
    return results


def _points(**rates):
    return {point["id"].removeprefix("sanity/"): point for point in Sanity(PLAN, _results(**rates)).points()}


def test_before_training_no_harm_is_expected_and_after_it_harm():
    points = _points(check=lambda method, arm: 0.75 if arm == "ticket" else 0.75 if method == "snip" else 0.25)
    assert points["snip/shuffled_feasible"]["verdict"] == "reproduced"
    assert points["grasp/reinit"]["verdict"] == "contradicted"
    assert points["levels/shuffled_feasible"]["verdict"] == "reproduced"
    assert points["levels/shuffled"]["verdict"] == "new"  # reported, not judged
    assert points["one-shot/reinit"]["measured"] == pytest.approx(0.5)
    assert points["one-shot/inverted"]["verdict"] == "new"
    assert "levels/inverted" not in points
    # 32 of 64 pairs disagree, all one way; the two checks of `levels`, at 64 of 128, are the smaller ones of twelve.
    assert f"{10 * 2 / 2**32:.2g}" in points["grasp/reinit"]["note"]


def test_the_fair_shuffle_is_judged_where_one_was_found_and_undecided_where_none_was():
    shares = {"ticket": 0.75, "shuffled_feasible": 0.25}
    points = _points(check=lambda method, arm: shares.get(arm, 0.5), possible=0.5)
    found = points["snip/shuffled_feasible"]
    assert "SNIP 32/32, shuffled within layers to a mask that can be exact 16/32" in found["note"]
    assert (
        "32 of 64 masks cannot be exact, whatever their weights are; of the other 32, 16 are certified."
        in found["note"]
    )
    none = _points(possible=0.0)["one-shot/shuffled_feasible"]
    assert (none["verdict"], none["measured"]) == ("undecided", None)
    assert "of 10,000 shuffles of every mask none can be exact" in none["note"]


@pytest.mark.parametrize(
    ("own", "check", "p_value", "verdict"),
    [
        (32, 32, 1.0, "reproduced"),
        (32, 64, 1e-9, "reproduced"),
        (32, 22, 0.02, "contradicted"),
        (32, 22, 0.06, "undecided"),
        (6, 6, 1.0, "undecided"),
    ],
)
def test_a_check_survives_only_where_there_is_something_to_lose(own, check, p_value, verdict):
    pair = paired(np.array(first(own, 64)), np.array(first(check, 64)))
    assert survives(replace(pair, p=p_value)) == verdict


def test_the_checks_are_trained_at_the_density_of_the_verdict_on_the_laboratorys_networks():
    pieces = Sanity(PLAN).pieces()
    piece = pieces["snip"]
    assert piece.settings["pruning"]["at"] == [lab.size(PLAN).verdict]
    assert piece.settings["pruning"]["controls"] == ["shuffled", "reinit", "inverted"]
    assert piece.settings["replicates"] == [0, 64]
    assert pieces["levels"] == lab.imp(PLAN, 8)
    assert Sanity(PLAN).density == pytest.approx(0.2, abs=0.001)


def test_rates_and_lengths_cross_at_the_usual_ones():
    settings = Sanity(PLAN).settings
    assert len(settings) == 6
    assert Setting(1e-3, 20_000) in settings
    assert Setting(1e-3, 50_000) in settings
    assert Sanity(PLAN).pieces()[Setting(1e-2, 20_000)].settings["training"]["learning_rate"] == 1e-2
    assert {setting.updates for setting in Sanity(plan_of("laptop", updates=1_000)).settings} == {1_000}


def test_a_ticket_wins_if_it_matches_and_beats():
    def ticket(setting, level, arm):
        if level == 0 or (arm == "ticket" and setting.rate < 1e-2):
            return 1.0
        return 0.25 if arm == "reinit" and setting.rate < 3e-3 else 0.5 if arm == "ticket" else 1.0

    points = _points(ticket=ticket)
    assert points["rate=0.001,updates=20000/20%"]["verdict"] == "reproduced"
    assert points["rate=0.003,updates=20000/20%"]["verdict"] == "undecided"  # it matches, and so does reinit
    assert points["rate=0.01,updates=20000/45%"]["verdict"] == "contradicted"
    assert points["rate=0.001,updates=5000/45%"]["measured"] == pytest.approx(0.75)
    assert len(points) == 4 * 4 + 4 + 3 + 6 * 2


@pytest.mark.parametrize(
    ("match", "win", "verdict"),
    [
        ("reproduced", "reproduced", "reproduced"),
        ("reproduced", "undecided", "undecided"),
        ("contradicted", "reproduced", "contradicted"),
        ("undecided", "contradicted", "contradicted"),
    ],
)
def test_both_conditions_in_one_verdict(match, win, verdict):
    assert wins(match, win) == verdict


def test_figures_show_the_checks_and_the_tickets(tmp_path):
    checks, tickets = Sanity(PLAN, _results()).drawn(tmp_path)
    assert checks.svg == tmp_path / "sanity.svg"
    assert tickets.svg == tmp_path / "sanity-tickets.svg"
    rows = (tmp_path / "sanity.csv").read_text().splitlines()[1:]
    assert len(rows) == 5 * 5 + 4
    rows = (tmp_path / "sanity-tickets.csv").read_text().splitlines()[1:]
    assert len(rows) == 2 * 3 * (4 + 3)
    assert any(row.startswith('"learning rate, 45 % kept",random reinit,0.01,64,64') for row in rows)


def test_panels_need_something_to_show():
    with pytest.raises(InputError):
        lines_in_panels({})
    with pytest.raises(InputError):
        rates_in_panels({})
