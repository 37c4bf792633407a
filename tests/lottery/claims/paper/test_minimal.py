"""The claim about the last ReLU, on made-up outcomes."""

import pytest

from lottery.claims.frame.plan import plan_of
from lottery.claims.frame.sizes import BySize, Size, numbers, size_of
from lottery.claims.paper import minimal
from lottery.claims.paper.minimal import Minimal

PLAN = plan_of("paper", replicates=100)


def _outcomes(solved, wide=0, narrow=0, trials=100):
    return {
        "solved_at_end": [i < solved for i in range(trials)],
        "first_solved": [250 if i < solved + 1 else -1 for i in range(trials)],
        "constant_wide": [0] * (trials - wide) + [1] * wide,  # the last networks are those that failed
        "constant_narrow": [0] * (trials - narrow) + [1] * narrow,
        "seconds": 1.0,
    }


def _results(plan=PLAN, **solved):
    return {
        piece.name: _outcomes(solved.get(arm, 5), wide=60, narrow=30) for arm, piece in Minimal(plan).pieces().items()
    }


def _points(plan=PLAN, **solved):
    return {point["id"]: point for point in Minimal(plan, _results(plan, **solved)).points()}


def test_each_rerun_is_compared_with_its_own_sample():
    points = _points(bibin=24, cellularautoma=80)
    assert points["minimal/bibin"]["verdict"] == "reproduced"
    assert points["minimal/cellularautoma"]["verdict"] == "undecided"  # its settings are not known in full
    assert points["minimal/no-readout"]["verdict"] == "new"


@pytest.mark.parametrize(("free", "verdict"), [(40, "reproduced"), (5, "undecided"), (0, "contradicted")])
def test_the_bottleneck_costs_success_if_fisher_says_so(free, verdict):
    assert _points(**{"no-readout": free, "paper": 10})["minimal/bottleneck"]["verdict"] == verdict


def test_dead_units_are_counted_among_the_failures():
    dead = _points(paper=50)["minimal/dead/paper"]
    assert (dead["successes"], dead["trials"]) == (50, 50)
    assert "in 50 one or both of the 3x3 units, in 30 the 1x1 unit" in dead["note"]
    assert "successes 10 have one" in dead["note"]


def test_a_short_budget_gives_no_verdict():
    points = _points(plan_of("smoke"), bibin=100)
    assert {point["verdict"] for point in points.values()} == {"undecided", "new"}


def test_the_figure_shows_every_arm_and_every_published_sample(tmp_path):
    assert Minimal(PLAN, _results()).drawn(tmp_path)[0].svg == tmp_path / "minimal.svg"
    assert len((tmp_path / "minimal.csv").read_text().splitlines()) == 1 + len(minimal.ARMS) + len(minimal.PUBLISHED)


def test_arms_share_no_replicate():
    used = [
        {(piece.settings["seed"], number) for number in range(*piece.settings["replicates"])}
        for piece in Minimal(PLAN).needed()
    ]
    assert len(set.union(*used)) == sum(len(one) for one in used)


def test_sizes_follow_the_plan_and_what_the_user_set():
    sizes = BySize(smoke=Size(4, 500), laptop=Size(8, 1000), paper=Size(16, 2000))
    assert size_of(plan_of("smoke"), sizes) == Size(4, 500)
    assert size_of(plan_of("laptop", updates=750), sizes) == Size(8, 750)
    assert numbers(2, 3) == range(200_000, 200_003)
