import pytest
from lab_outcomes import first, pruned

from lottery.claims.frame import lab
from lottery.claims.frame.plan import plan_of
from lottery.claims.frame.small_networks import best_shapes, rivals
from lottery.claims.tickets.learning_rate import LearningRate, shrinks
from lottery.networks.lifenet import LifeNet, parameter_count

PLAN = plan_of("laptop")
RATES = (3e-4, 1e-3, 3e-3, 1e-2)


def _results(ticket=lambda rate, level, arm: 1.0, small=lambda rate, level: 0.5, plan=PLAN):
    claim, results = LearningRate(plan), {}
    pieces = claim.pieces()
    for rate in claim.rates:
        piece = pieces[rate]
        results[piece.name] = pruned(piece, lambda level, arm, rate=rate: ticket(rate, level, arm))
        dense = results[piece.name]["levels"][0]["arms"]["ticket"]
        dense["first_solved"] = [1000 if solved else -1 for solved in dense["solved_at_end"]]
        for level in lab.size(plan).at:
            piece = pieces[rate, level]
            trials = len(range(*piece.settings["replicates"]))
            results[piece.name] = {"solved_at_end": first(round(small(rate, level) * trials), trials), "seconds": 5.0}
    return results


def _points(**arms):
    return {one["id"].removeprefix("learning_rate/"): one for one in LearningRate(PLAN, _results(**arms)).points()}


def test_at_the_usual_rate_the_networks_are_the_laboratorys():
    assert LearningRate(PLAN).pieces()[1e-3] == lab.imp(PLAN, 8)
    level = lab.size(PLAN).verdict
    assert LearningRate(PLAN).pieces()[1e-3, level] == lab.small(PLAN, (3, 8))


def test_only_the_rate_differs_from_the_laboratorys_tickets():
    usual, other = lab.imp(PLAN, 8).settings, LearningRate(PLAN).pieces()[1e-2].settings
    assert other["training"] == {**usual["training"], "learning_rate": 1e-2}
    assert other["network"] == usual["network"]
    assert {**other["pruning"], "controls": None} == {**usual["pruning"], "controls": None}
    assert (usual["replicates"], other["replicates"]) == ([0, 128], [0, 64])


def test_small_networks_have_no_more_parameters_than_the_ticket_and_numbers_of_their_own():
    pieces = [piece for piece in LearningRate(PLAN).needed() if "small" in piece.name]
    numbers = [
        (tuple(piece.settings["network"]["features"]), number)
        for piece in pieces
        for number in range(*piece.settings["replicates"])
    ]
    assert len(numbers) == len(set(numbers)) == 3 * 3 * 64 + 3 * 128
    level = lab.size(PLAN).verdict
    (shape,) = best_shapes(81, 1)
    assert rivals(PLAN, level)[0] == shape
    assert parameter_count(LifeNet(features=shape)) <= 81  # 56 weights and 25 biases, a fifth of m=8


def test_the_gain_over_new_weights_should_shrink():
    def fading(rate, level, arm):
        return 0.25 if arm == "reinit" and rate < 1e-2 else 0.75

    def growing(rate, level, arm):
        return 0.25 if arm == "reinit" and rate >= 1e-2 else 0.75

    point = _points(ticket=fading)["rate=0.01/less-rate=0.0003"]
    assert (point["measured"], point["verdict"]) == (-0.5, "reproduced")
    assert "at 0.01 ticket 48/64, new weights 48/64, a gain of +0 points" in point["note"]
    assert "at 0.0003 ticket 48/64, new weights 16/64, a gain of +50 points" in point["note"]
    assert _points(ticket=growing)["rate=0.01/less-rate=0.001"]["verdict"] == "contradicted"
    assert _points(ticket=lambda rate, level, arm: 0.5)["rate=0.01/less-rate=0.001"]["verdict"] == "undecided"


def test_a_gain_without_room_decides_nothing():
    def failing(rate, level, arm):
        return {"ticket": 0.75, "reinit": 0.0}[arm] if rate >= 1e-2 and level else 0.1

    point = _points(ticket=failing)["rate=0.01/less-rate=0.001"]
    assert point["interval"][0] > 0
    assert point["verdict"] == "undecided"


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(-0.3, -0.1, "reproduced"), (-0.3, 0.0, "undecided"), (0.0, 0.3, "undecided"), (0.1, 0.3, "contradicted")],
)
def test_a_difference_below_zero(low, high, verdict):
    assert shrinks(low, high) == verdict


def test_tickets_are_held_against_everything_at_their_own_rate():
    def ticket(rate, level, arm):
        if level == 0:
            return 1.0
        return {"ticket": 1.0 if rate == 1e-2 else 0.5}.get(arm, 0.25)

    points = _points(ticket=ticket, small=lambda rate, level: 1.0 if rate == 3e-3 else 0.25)
    assert len(points) == 2 + 4 + 3 * 9 + 3
    assert points["rate=0.01/dense"]["note"].endswith("Half of them are certified by update 1,000.")
    assert points["rate=0.003/20%/vs-reinit"]["verdict"] == "reproduced"
    assert points["rate=0.01/20%/vs-reinit"]["verdict"] == "contradicted"  # a gain where none is expected
    assert points["rate=0.01/20%/vs-reinit"]["measured"] == pytest.approx(0.75)
    assert points["rate=0.01/20%/vs-dense"]["verdict"] == "reproduced"
    assert points["rate=0.003/10%/vs-dense"]["verdict"] == "contradicted"
    assert points["rate=0.01/10%/vs-small"]["verdict"] == "reproduced"
    assert points["rate=0.003/20%/vs-small"]["verdict"] == "contradicted"
    told = points["rate=0.01/20%/vs-rate=0.001"]
    assert (told["measured"], told["verdict"]) == (0.0, "new")  # the first 64 of the laboratory's 128 succeed
    assert all(point["rule"].endswith("always undecided.") for point in points.values() if point["verdict"] != "new")


def test_a_rate_that_the_user_sets_is_one_of_them():
    plan = plan_of("laptop", learning_rate=2e-3)
    assert LearningRate(plan).rates == sorted((*RATES, 2e-3))
    points = LearningRate(plan, _results(plan=plan)).points()
    assert "learning_rate/rate=0.01/20%/vs-rate=0.002" in [one["id"] for one in points]


def test_a_short_budget_gives_no_verdict():
    def winning(rate, level, arm):
        return 0.25 if arm == "reinit" else 1.0

    plan = plan_of("laptop", updates=5_000)
    assert {one["verdict"] for one in _points(ticket=winning).values()} > {"undecided", "new"}
    points = LearningRate(plan, _results(ticket=winning, plan=plan)).points()
    assert {one["verdict"] for one in points} == {"undecided", "new"}


def test_the_figure_has_a_panel_per_density(tmp_path):
    (figure,) = LearningRate(PLAN, _results()).drawn(tmp_path)
    assert figure.svg == tmp_path / "learning_rate.svg"
    rows = (tmp_path / "learning_rate.csv").read_text().splitlines()[1:]
    assert len(rows) == 3 * 4 * 4
    assert sum("small from scratch,0.01,32,64" in row for row in rows) == 3
