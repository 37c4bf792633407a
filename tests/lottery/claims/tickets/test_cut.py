import numpy as np
import pytest
from lab_outcomes import first, pruned

from lottery.claims.frame import lab
from lottery.claims.frame.plan import plan_of
from lottery.claims.tickets.cut import Cut
from lottery.statistics.comparisons import corrected, paired
from lottery.statistics.keeping import keeps, smallest_margin

PLAN = plan_of("laptop")


def _results(rates, plan=PLAN, dense=1.0):
    """Outcomes in which rates[way][what follows] is the share that succeeds, 0 where nothing is said."""
    results = {}
    for (_, way), piece in Cut(plan).pieces().items():
        chosen = rates.get(way, {})
        arms = {"ticket": chosen.get("rewound", 0), "finetuned": chosen.get("fine-tuned", 0)}
        results[piece.name] = pruned(
            piece,
            lambda level, arm, arms=arms: dense if level == 0 else arms.get(arm, 0),
            lambda level, chosen=chosen: chosen.get("cut", 0),
        )
    return results


def _points(rates, plan=PLAN, **more):
    return {point["id"].removeprefix("cut/"): point for point in Cut(plan, _results(rates, plan, **more)).points()}


def test_every_way_is_judged_against_the_dense_network_at_every_width():
    points = _points({"weights/levels": {"fine-tuned": 1.0, "rewound": 0.5}})
    assert points["m=8/weights/levels/fine-tuned"]["verdict"] == "reproduced"
    assert points["m=8/weights/levels/fine-tuned"]["successes"] == 128
    assert points["m=8/weights/levels/rewound"]["verdict"] == "contradicted"
    assert "-50 points (-59 to -41)" in points["m=8/weights/levels/rewound"]["note"]
    assert points["m=8/weights/levels/cut"]["measured"] == 0
    assert points["m=8/ways"]["measured"] == 1
    assert "weights/levels fine-tuned" in points["m=8/ways"]["note"]
    # Four ways by magnitude at each of four widths, three more scopes and two more criteria at the headline
    # width; each way with what follows and a share of masks that can be exact.
    assert len(points) == 4 * (1 + 4 * 4) + 6 * 4 + 2 * 4 + 2 * 3


def test_every_scope_is_judged_by_the_same_rule_and_says_which_masks_can_be_exact():
    results = _results({"weights-erk/one-shot": {"fine-tuned": 1.0}, "weights-floor/levels": {"rewound": 0.5}})
    for piece in Cut(PLAN).pieces().values():
        if piece.label == "lab-oneshot-erk-m8":
            for row in results[piece.name]["levels"]:
                for arm in row["arms"].values():
                    arm["can_be_exact"] = [index < 32 for index in range(128)]
        if piece.label == "lab-oneshot-magnitude-weights-m8":  # as outcomes were stored before masks were judged
            for row in results[piece.name]["levels"]:
                row["layers"]["block0_3x3"]["kept"] = [8] * 127 + [9]
                row["layers"]["readout"]["kept"] = [6] * 128
                row["arms"] = {name: {**arm, "can_be_exact": None} for name, arm in row["arms"].items()}
    points = {point["id"].removeprefix("cut/"): point for point in Cut(PLAN, results).points()}
    assert points["m=8/weights-erk/one-shot/fine-tuned"]["verdict"] == "reproduced"
    assert (
        "96 of 128 masks cannot be exact, whatever their weights are; of the other 32, 32 are certified."
        in points["m=8/weights-erk/one-shot/fine-tuned"]["note"]
    )
    assert points["m=8/weights-floor/levels/rewound"]["verdict"] == "contradicted"
    assert points["m=8/weights-erk/one-shot/can-be-exact"]["successes"] == 32
    collapsed = points["m=8/weights/one-shot/can-be-exact"]
    assert (collapsed["successes"], collapsed["verdict"]) == (1, "new")
    assert "counts of the layers" in collapsed["note"]
    assert "keeps 8 of 144, 13 of 128, 6 of 8" in collapsed["note"]
    assert "m=4/weights-erk/one-shot/cut" not in points  # a tenth is 11 weights, and an exact network has thirteen
    floors = {way.scope: way.piece.settings["pruning"].get("floor") for way in lab.scoped_ways(PLAN, 8)}
    assert floors == {"floor": [9, 2, 1], "layerwise": None, "erk": None}


def test_few_replicates_are_judged_by_a_wider_margin_which_the_point_says():
    points = _points({"weights/levels": {"rewound": 1.0}})
    assert points["m=24/weights/levels/rewound"]["verdict"] == "reproduced"
    assert "20 percentage points" in points["m=24/weights/levels/rewound"]["rule"]
    assert "10 percentage points" in points["m=8/weights/levels/rewound"]["rule"]


def test_where_the_dense_network_fails_nothing_can_be_kept():
    points = _points({}, dense=0.0)
    assert {point["verdict"] for point in points.values()} == {"undecided", "new"}


def test_criteria_stand_beside_magnitude_in_pairs():
    points = _points({"parameters/one-shot-saliency": {"fine-tuned": 0.5}, "parameters/one-shot": {"fine-tuned": 0.25}})
    found = points["m=8/parameters/saliency-against-magnitude/fine-tuned"]
    assert found["measured"] == pytest.approx(0.25)
    assert "exact saliency 64/128, magnitude 32/128" in found["note"]
    # 32 pairs disagree, all one way: 2 / 2^32, times the six rows.
    assert f"{6 * 2 / 2**32:.2g}" in found["note"]
    assert points["m=8/parameters/obd-against-magnitude/fine-tuned"]["measured"] == pytest.approx(-0.25)


def test_both_kinds_of_tenths_are_cut_and_counted():
    for way in lab.ways(PLAN, 8):
        row = pruned(way.piece, lambda level, arm: 0)["levels"][-1]
        assert row["parameters_kept"] == (30 if way.biases else 53)
        assert way.piece.settings["pruning"].get("prune_biases", False) == way.biases
    by_paper = {way.name for way in lab.ways(plan_of("paper"), 8)}
    assert {"weights/one-shot-saliency", "weights/one-shot-obd"} <= by_paper


def test_the_figure_has_columns_for_every_width(tmp_path):
    (figure,) = Cut(PLAN, _results({"weights/levels": {"rewound": 0.5}})).drawn(tmp_path)
    assert figure.svg == tmp_path / "cut.svg"
    rows = (tmp_path / "cut.csv").read_text().splitlines()[1:]
    assert len(rows) == 4 * 4 * 3 + 6 * 3 + 2 * 3
    assert '"by levels, weights",m=16,rewound,0.5' in rows


def test_pairs_are_compared_over_the_replicates_that_they_share():
    pair = paired(np.array(first(3, 4)), np.array(first(2, 8)))
    assert (pair.first, pair.second) == ((3, 4), (2, 4))
    assert pair.difference.value == pytest.approx(0.25)
    assert pair.p_value == 1.0


def test_p_values_are_corrected_over_all_pairs():
    one = paired(np.array(first(6, 8)), np.array(first(0, 8)))
    other = paired(np.array(first(1, 8)), np.array(first(0, 8)))
    found = corrected({"one": one, "other": other})
    assert (found["one"].p, found["other"].p) == (pytest.approx(2 * 2 / 2**6), 1.0)


def test_nothing_is_kept_of_an_arm_that_hardly_succeeds():
    never, once, always = (np.array(first(count, 100)) for count in (0, 10, 100))
    assert keeps(paired(always, always), 0.10) == "reproduced"
    assert keeps(paired(never, always), 0.10) == "contradicted"
    assert keeps(paired(once, once), 0.10) == "undecided"
    assert keeps(paired(always, once), 0.10) == "undecided"


@pytest.mark.parametrize(("replicates", "margin"), [(4, 0.2), (16, 0.2), (34, 0.2), (35, 0.1), (128, 0.1)])
def test_the_margin_is_one_that_the_replicates_can_meet(replicates, margin):
    assert smallest_margin(replicates) == margin
