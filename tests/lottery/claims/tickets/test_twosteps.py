"""The claim about tickets two steps ahead, on made-up outcomes."""

import pytest
from lab_outcomes import arm, levels_of, solved

from lottery.claims.frame.plan import plan_of
from lottery.claims.tickets.twosteps import FINAL_DENSITY, SMALL, TwoSteps
from lottery.networks.lifenet import LifeNet, parameter_count

PLAN = plan_of("laptop")


def _results(plan=PLAN, *, dense=1.0, ticket=1.0, reinit=0.2, shuffled=0.0, small=0.2):
    found = {}
    pieces = TwoSteps(plan).pieces()
    for width, size in TwoSteps(plan).widths.items():
        n = size.replicates

        def arms_at(number, n=n, last=size.levels):
            arms = {"ticket": arm(int((ticket if number else dense) * n), n, 2500 if number else 5000)}
            if number == last:
                arms |= {"reinit": arm(int(reinit * n), n), "shuffled": arm(int(shuffled * n), n)}
            return arms

        biases = 6 * width + 1
        parameters = parameter_count(LifeNet(steps=2, width=width))
        found[pieces["pruned", width].name] = levels_of(
            plan, width, arms_at, levels=size.levels, prunable=parameters - biases, biases=biases
        )
        found[pieces["small", width].name] = {
            "solved_at_end": solved(int(small * n), n),
            "parameters": parameter_count(LifeNet(steps=2, features=SMALL[width])),
            "seconds": 1.0,
        }
    return found


def _points(plan=PLAN, **shares):
    return {point["id"].removeprefix("twosteps/"): point for point in TwoSteps(plan, _results(plan, **shares)).points()}


def test_a_ticket_that_always_succeeds_matches_and_beats_everything():
    points = _points()
    for width in (4, 8):
        verdicts = {name.split("/")[1]: p["verdict"] for name, p in points.items() if name.startswith(f"m={width}/")}
        assert verdicts == {
            "dense": "new", "vs-dense": "reproduced", "vs-reinit": "reproduced", "vs-shuffled": "reproduced",
            "vs-small": "reproduced", "faster-than-dense": "new",
        }  # fmt: skip
        assert points[f"m={width}/faster-than-dense"]["measured"] == 1


def test_a_ticket_that_never_succeeds_does_not():
    points = _points(ticket=0.0, reinit=1.0, small=1.0)
    for name in ("vs-dense", "vs-reinit", "vs-small"):
        assert points[f"m=4/{name}"]["verdict"] == "contradicted"


def test_a_dense_network_that_hardly_succeeds_proves_no_match():
    assert _points(dense=0.1, ticket=0.1)["m=4/vs-dense"]["verdict"] == "undecided"


def test_a_short_budget_gives_no_verdict():
    plan = plan_of("laptop", updates=2500)
    assert {p["verdict"] for p in _points(plan).values()} == {"undecided", "new"}


@pytest.mark.parametrize("width", [4, 8])
def test_the_small_network_is_not_larger_than_the_ticket(width):
    parameters, biases = parameter_count(LifeNet(steps=2, width=width)), 6 * width + 1
    ticket = round(FINAL_DENSITY * (parameters - biases)) + biases
    assert 0.85 * ticket < parameter_count(LifeNet(steps=2, features=SMALL[width])) <= ticket


def test_looks_are_as_rare_as_banks_where_the_budget_allows_it():
    training = TwoSteps(PLAN).pieces()["pruned", 4].settings["training"]
    assert (training["updates"], training["check_every"]) == (60_000, 2_500)
    assert "check_every" not in TwoSteps(plan_of("smoke")).pieces()["pruned", 1].settings["training"]  # 250


def test_the_figure_has_a_panel_per_width(tmp_path):
    (figure,) = TwoSteps(PLAN, _results()).drawn(tmp_path)
    assert figure.svg == tmp_path / "twosteps.svg"
    assert len((tmp_path / "twosteps.csv").read_text().splitlines()) == 1 + 2 * 5
