"""The claim about the mechanism of losing, on made-up outcomes."""

from dataclasses import replace
from functools import lru_cache

import pytest

from gol.errors import InputError
from lottery.claims.frame.answers import Points
from lottery.claims.frame.plan import plan_of
from lottery.claims.paper import why
from lottery.claims.paper.kept import Kept
from lottery.claims.paper.why import ARMS, Why, all_marks, lags
from lottery.report.figures.a_loss_step_by_step import a_loss_step_by_step
from lottery.report.points import check_points

PLAN = plan_of("laptop")  # in the tests with every arm
ALL = 32
BORNE = {"fall": 30.0, "surprise": 40.0, "step": 2.0, "denominator": 1e-6}
HARMLESS = {"fall": 20.0, "surprise": 4.0, "step": 0.4, "denominator": 2e-6}
COURSE = {
    "network": 3,
    "updates": [-1, 0],
    "log10_gradient": [-5.0, -3.0],
    "log10_gradient_norm": [-4.0, -2.0],
    "log10_denominator": [-6.0, -6.0],
    "log10_longest_step": [-4.0, -3.0],
    "wrong": [0, 7],
}


@pytest.fixture(autouse=True)
def every_arm(request, monkeypatch):
    """Every arm on a laptop, but for the test of what a laptop has."""
    if "a_laptop" not in request.node.name:
        monkeypatch.setattr(why, "RUN", replace(why.RUN, laptop=tuple(ARMS)))


def _watched(ever, end):
    once, last = ([i < number for i in range(ALL)] for number in (ever, end))
    return {
        "looks": 500,
        "check_every": 250,
        "first_right": [25_000 if it else -1 for it in once],
        "right_looks": [int(it) for it in once],
        "losses_of_it": [2 * (end <= i < ever) for i in range(ALL)],
        "longest_wrong_after": [5_000 * (end <= i < ever) for i in range(ALL)],
        "right_at_end": last,
        "solved_at_end": last,
        "seconds": 1.0,
    }


def _results(marked=16, lost=16, control=HARMLESS, better=(), plan=PLAN):
    """The first networks bear the marks; the arms of `better` keep what they learn."""
    results = {}
    for key, piece in Why(plan).pieces().items():
        results[piece.name] = _watched(30, 30 if key in better else 12)
    read = [{"network": i, **(BORNE if i < marked else HARMLESS), "before": control} for i in range(lost)]
    courses = [COURSE] if lost else []
    moments = {"networks": 16, "ever_right": 16, "lost": read, "courses": courses, "seconds": 1.0}
    return {**results, Why(plan).pieces()["moments"].name: moments}


@lru_cache
def _points(plan=PLAN, **made):
    points = list(Why(plan, _results(plan=plan, **made)).points())
    check_points(points)
    return {point["id"].removeprefix("why/"): point for point in points}


def test_the_base_is_the_constant_rate_of_another_claim_and_computed_once():
    for preset in ("smoke", "laptop", "paper"):
        plan = plan_of(preset)
        steps, width = Why(plan).cell
        assert Why(plan).pieces()["base"].name == Kept(plan).pieces()[steps, width, "constant"].name


def test_every_arm_changes_its_one_thing_and_shares_networks_with_the_base():
    pieces = Why(PLAN).pieces()
    base = pieces["base"].settings
    assert set(pieces) == {*ARMS, "moments"}
    for arm, (_, changes) in ARMS.items():
        assert pieces[arm].settings["training"] == changes
        assert {name: pieces[arm].settings[name] for name in ("network", "replicates", "seed")} == {
            name: base[name] for name in ("network", "replicates", "seed")
        }
    assert len({piece.name for piece in pieces.values()}) == len(pieces)
    first, last = pieces["moments"].settings["replicates"]
    assert (first, last - first) == (base["replicates"][0], 16)


def test_all_three_marks_have_to_be_there():
    assert all_marks({"fall": 3.0, "surprise": 10.0, "step": 1.0})
    for mark, below in (("fall", 2.9), ("surprise", 9.9), ("step", 0.99)):
        assert not all_marks({**BORNE, mark: below})


def test_the_verdict_takes_an_interval_on_one_side_of_a_half_and_a_control_without_the_marks():
    assert lags([True] * 16, [(True, False)] * 16) == "reproduced"
    assert lags([True] * 16, [(True, True)] * 16) == "undecided"  # the marks are everywhere
    assert lags([True] * 16, []) == "undecided"
    assert lags([True] * 11 + [False] * 5, [(True, False)] * 16) == "undecided"  # from 44 %
    assert lags([True] * 12 + [False] * 4, [(True, False)] * 12) == "reproduced"  # from 50.5 %
    assert lags([False] * 16, [(False, False)] * 16) == "contradicted"
    assert lags([], []) == "undecided"


def test_only_the_marks_have_a_verdict():
    points = _points()
    assert {name for name, point in points.items() if point["verdict"] != "new"} == {"moments/marks"}
    marks = points["moments/marks"]
    assert (marks["verdict"], marks["expected"], marks["successes"]) == ("reproduced", "more than half", 16)
    assert _points(marked=0)["moments/marks"]["verdict"] == "contradicted"
    assert "fallen 30-fold to 1e-06, the largest gradient is 40 times the denominator" in marks["note"]
    assert points["moments/control"]["successes"] == 0
    assert points["moments/surprise"]["successes"] == 16


def test_a_short_budget_or_no_loss_gives_no_verdict():
    assert _points(plan=plan_of("laptop", updates=1000))["moments/marks"]["verdict"] == "undecided"
    nobody = _points(lost=0)
    assert nobody["moments/marks"]["verdict"] == "undecided"
    assert nobody["moments/marks"]["measured"] is None
    assert nobody["moments/control"]["measured"] is None
    assert nobody["moments/fall"]["note"].endswith("nothing was read.")


def test_arms_are_held_against_the_base_and_corrected_over_all():
    points = _points(better=("epsilon=1e-3",))
    gain = points["epsilon=1e-3-base/end"]
    assert gain["measured"] == pytest.approx(18 / 32)
    assert gain["tests"] == 2 * (len(ARMS) - 1)
    assert gain["p"] == pytest.approx(20 * 2 / 2**18)
    assert points["epsilon=1e-3-base/ever"]["measured"] == 0
    assert points["base/losses"]["measured"] == pytest.approx(2 * 18 / 30)
    assert "a maximum of 5,000 updates" in points["base/losses"]["note"]
    said = Why(PLAN).answer(Points(list(points.values())))
    assert said.startswith("16 of 16 networks")
    assert "of 10 other settings, 1 do better there beyond chance and 0 worse" in said


def test_an_arm_that_never_learns_has_nothing_to_lose():
    results = _results()
    results[Why(PLAN).pieces()["momentum"].name] = _watched(0, 0)
    points = {point["id"] for point in Why(PLAN, results).points()}
    assert "why/momentum/ever" in points
    assert "why/momentum/losses" not in points


@pytest.mark.thorough
def test_the_figures_show_all_arms_and_the_updates_of_a_loss(tmp_path):
    figures = Why(PLAN, _results()).drawn(tmp_path)
    assert [figure.svg.name for figure in figures] == ["why.svg", "why-moments.svg"]
    assert len((tmp_path / "why.csv").read_text().splitlines()) == 1 + 2 * len(ARMS)
    rows = (tmp_path / "why-moments.csv").read_text().splitlines()
    assert rows[0] == "network,updates,gradient,denominator,gradient_norm,longest_step,wrong"
    assert rows[2] == "3,0,0.001,1e-06,0.01,0.001,7"
    assert len(Why(PLAN, _results(lost=0)).drawn(tmp_path)) == 1


def test_a_loss_without_networks_is_refused():
    with pytest.raises(InputError, match="one network at least"):
        a_loss_step_by_step([], rate=1e-3)


def test_a_laptop_has_the_base_alone():
    claim = Why(PLAN, _results())
    assert set(claim.pieces()) == {"base", "moments"}
    points = list(claim.points())
    assert claim.answered(points).endswith("are right at the end.")
    assert not any("-base/" in point["id"] for point in points)


def test_the_axis_of_wrong_cells_has_room_for_every_network():
    figure, _ = a_loss_step_by_step([COURSE, {**COURSE, "wrong": [0, 30_000]}], rate=1e-3)
    wrong = [axis for axis in figure.axes if axis.get_yscale() == "symlog"]
    assert len(wrong) == 2
    assert all(axis.get_ylim()[1] > 30_000 for axis in wrong)
