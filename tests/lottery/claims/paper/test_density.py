import numpy as np
import pytest

from lottery.claims.frame.plan import plan_of
from lottery.claims.paper.density import Density, located
from lottery.statistics.peaks import Peak
from lottery.statistics.rates import Interval

PLAN = plan_of("laptop")


def _results(rate_at, plan=PLAN):
    """Outcomes in which the share rate_at(initialiser, density) of the networks succeeds."""
    results = {}
    for arm, piece in Density(plan).pieces().items():
        trials = len(range(*piece.settings["replicates"]))
        solved = (np.arange(trials) < round(rate_at(*arm) * trials)).tolist()
        results[piece.name] = {"solved_at_end": solved, "seconds": 1.0}
    return results


def _bump(at):
    return lambda initialiser, d: 0.05 if d is None else 0.6 * np.exp(-(((d - at) / 0.08) ** 2) / 2)


def _points(rate_at, plan=PLAN):
    return {point["id"]: point for point in Density(plan, _results(rate_at, plan)).points()}


def test_a_peak_where_the_paper_has_it_reproduces_the_claim():
    points = _points(_bump(0.38))
    assert points["density/glorot/location"]["verdict"] == "reproduced"
    assert points["density/glorot/location"]["measured"] == pytest.approx(0.38, abs=0.02)
    assert points["density/glorot/rise"]["verdict"] == "reproduced"
    assert points["density/glorot/rise"]["measured"] == pytest.approx(0.6 - 0.05, abs=0.01)
    assert points["density/glorot/uniform"]["measured"] == 3 / 64
    assert 0.4 < points["density/glorot/height"]["measured"] < 0.7


def test_a_peak_elsewhere_contradicts_it():
    points = _points(_bump(0.25))
    assert points["density/pytorch/location"]["verdict"] == "contradicted"
    assert points["density/pytorch/location"]["measured"] == pytest.approx(0.25, abs=0.03)


def test_a_density_that_helps_nothing_leaves_it_open_or_contradicts_it():
    flat = _points(lambda initialiser, d: 0.3)
    assert flat["density/glorot/location"]["verdict"] == "undecided"
    assert flat["density/glorot/rise"]["verdict"] == "undecided"
    worse = _points(lambda initialiser, d: 0.5 if d is None else 0.1)
    assert worse["density/glorot/rise"]["verdict"] == "contradicted"


def test_without_any_success_there_is_no_peak(tmp_path):
    points = _points(lambda initialiser, d: 0.0)
    assert points["density/he/location"]["measured"] is None
    assert points["density/he/location"]["verdict"] == "undecided"
    assert "density/he/height" not in points
    assert Density(PLAN, _results(lambda initialiser, d: 0.0)).drawn(tmp_path)


def test_p_values_of_the_initialisers_are_corrected_together():
    # 9 against 2 of 64 is p = 0.054 alone; 10 against 2 is 0.031 alone and 0.12 among four.
    counts = {"glorot": 10 / 64, "pytorch": 10 / 64, "normal": 10 / 64, "he": 10 / 64}
    points = _points(lambda initialiser, d: 2 / 64 if d is None else counts[initialiser])
    assert points["density/glorot/rise"]["verdict"] == "undecided"
    assert "p = 0.12 after Holm" in points["density/glorot/rise"]["note"]


def test_a_smaller_budget_gives_no_verdict():
    points = _points(_bump(0.38), plan_of("laptop", updates=20_000))
    assert {point["verdict"] for point in points.values()} == {"undecided", "new"}


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.33, 0.42, "reproduced"),
        (0.25, 0.42, "undecided"),  # too wide to say
        (0.39, 0.45, "undecided"),  # "about" 0.38
        (0.41, 0.45, "contradicted"),
        (0.20, 0.35, "contradicted"),
    ],
)
def test_the_location_is_judged_by_its_interval(low, high, verdict):
    assert located(Peak(0.4, Interval(low, high), 0.5, Interval(0.4, 0.6))) == verdict


def test_arms_share_no_replicate_and_train_on_what_they_say():
    pieces = Density(plan_of("paper")).needed()
    numbers = [set(range(*piece.settings["replicates"])) for piece in pieces]
    assert sum(len(one) for one in numbers) == len(set().union(*numbers))
    assert len(pieces) == 4 * 27
    assert "density" not in pieces[0].settings["training"]  # U(0,1) is the default
    assert [piece.settings["training"]["density"] for piece in pieces[1:4]] == [0.1, 0.12, 0.14]
    assert pieces[27].settings["network"] == {"initialiser": "pytorch"}


def test_the_figure_has_a_panel_per_initialiser(tmp_path):
    (figure,) = Density(PLAN, _results(_bump(0.4))).drawn(tmp_path)
    assert figure.svg == tmp_path / "density.svg"
    rows = (tmp_path / "density.csv").read_text().splitlines()[1:]
    assert len(rows) == 2 * 11 + 2 * 6
    assert any(row.startswith('"he, U(0,1)",,3,64') for row in rows)
