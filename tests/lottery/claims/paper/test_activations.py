"""The claim about activations, on made-up outcomes."""

from lottery.claims.frame.plan import plan_of
from lottery.claims.frame.reruns import width_piece
from lottery.claims.paper import activations
from lottery.claims.paper.activations import Activations
from lottery.networks.activations import ACTIVATIONS

PLAN = plan_of("paper", replicates=64)


def _outcomes(solved, trials=64):
    return {
        "parameters": 25,
        "solved_at_end": [i < solved for i in range(trials)],
        "first_solved": [250 if i < solved + 1 else -1 for i in range(trials)],
        "seconds": 1.0,
    }


def _results(plan=PLAN, **solved):
    return {
        piece.name: _outcomes(solved.get(arm.replace("-", "_"), 3)) for arm, piece in Activations(plan).pieces().items()
    }


def _points(plan=PLAN, **solved):
    return {point["id"]: point for point in Activations(plan, _results(plan, **solved)).points()}


def test_each_activation_is_compared_with_its_own_published_sample():
    points = _points(relu=2, celu=18, silu=60, square=5, prelu=64, bibin_tanh=58)
    assert points["activations/relu"]["verdict"] == "reproduced"
    assert points["activations/celu"]["verdict"] == "undecided"  # 18 of 64 against 1 of 16, which allows much
    assert points["activations/silu"]["verdict"] == "reproduced"
    assert points["activations/square"]["verdict"] == "contradicted"
    assert points["activations/bibin-tanh"]["verdict"] == "reproduced"
    assert points["activations/sine"]["verdict"] == "new"
    assert points["activations/silu"]["expected"] == 15 / 16
    assert "published 15/16. 61 of 64" in points["activations/silu"]["note"]
    assert "Minus ReLU: +91 points" in points["activations/silu"]["note"]
    assert "Minus ReLU" not in points["activations/relu"]["note"]


def test_every_activation_of_the_package_is_an_arm_with_replicates_of_its_own():
    assert set(ACTIVATIONS) <= set(activations.ARMS) == set(activations.WORDS)
    pieces = Activations(PLAN).needed()
    used = [set(range(*piece.settings["replicates"])) for piece in pieces]
    assert len(set.union(*used)) == sum(len(one) for one in used)
    assert pieces[0].name == width_piece(plan_of("paper"), 1).name
    assert [piece.settings["network"].get("activation") for piece in pieces[1:3]] == ["leaky_relu", "prelu"]


def test_tanh_of_bibin_and_dereventsov_has_their_set_up():
    settings = Activations(PLAN).pieces()["bibin-tanh"].settings
    assert settings["network"] == {
        "activation": "tanh",
        "readout": False,
        "padding": "zero",
        "output_bias": -0.5,
    }
    assert settings["training"]["loss"] == "relu_mse"


def test_a_short_budget_gives_no_verdict():
    points = _points(plan_of("paper", updates=1000, replicates=64), prelu=64)
    assert {point["verdict"] for point in points.values()} == {"undecided", "new"}


def test_the_figure_has_a_row_per_arm_and_the_published_samples(tmp_path):
    figures = Activations(PLAN, _results()).drawn(tmp_path)
    assert [figure.svg for figure in figures] == [tmp_path / "activations.svg"]
    rows = (tmp_path / "activations.csv").read_text().splitlines()
    assert len(rows) == 1 + len(activations.ARMS) + len(activations.PUBLISHED)
