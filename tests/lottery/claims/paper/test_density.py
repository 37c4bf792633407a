import numpy as np
import pytest

from lottery.claims.frame.plan import plan_of
from lottery.claims.frame.reruns import fresh_piece
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


def test_a_high_peak_where_the_paper_has_it_reproduces_the_claim():
    points = _points(_bump(0.38))
    assert points["density/glorot/location"]["verdict"] == "reproduced"
    assert points["density/glorot/location"]["measured"] == pytest.approx(0.38, abs=0.02)
    assert points["density/glorot/rise"]["verdict"] == "reproduced"
    assert points["density/glorot/rise"]["measured"] == pytest.approx(0.6 - 0.05, abs=0.01)
    assert points["density/glorot/times-elsewhere"]["verdict"] == "reproduced"
    assert points["density/glorot/uniform"]["successes"] == round(0.05 * 1024)
    assert 0.4 < points["density/glorot/height"]["measured"] < 0.7
    assert points["density/any-initial-weights"]["verdict"] == "reproduced"
    assert points["density/any-initial-weights"]["measured"] == 2


def test_a_peak_elsewhere_decides_nothing_because_the_paper_leaves_settings_open():
    points = _points(_bump(0.25))
    assert points["density/pytorch/location"]["verdict"] == "undecided"
    assert points["density/pytorch/location"]["measured"] == pytest.approx(0.25, abs=0.03)
    assert points["density/any-initial-weights"]["verdict"] == "undecided"


@pytest.mark.parametrize(
    ("at_peak", "verdict"),
    [
        (0.12, "undecided"),  # hardly more often than elsewhere
        (0.21, "undecided"),  # about twice as often: the interval of the ratio holds two
        (0.30, "reproduced"),
    ],
)
def test_dramatic_is_more_than_twice_as_often_as_elsewhere(at_peak, verdict):
    points = _points(lambda initialiser, d: 0.1 if d is None or abs(d - 0.38) > 0.05 else at_peak)
    point = points["density/glorot/times-elsewhere"]
    assert point["verdict"] == verdict
    assert point["measured"] == pytest.approx(at_peak / 0.1, rel=0.02)
    assert point["interval"][0] < point["measured"] < point["interval"][1]
    assert "at 0.1, 0.2, 0.5, 0.6, 0.7, 0.8 together" in point["note"]


def test_one_initialiser_with_a_high_peak_in_its_place_reproduces_the_whole():
    peak = _bump(0.38)
    points = _points(lambda initialiser, d: peak(initialiser, d) if initialiser == "pytorch" else 0.05)
    assert points["density/glorot/times-elsewhere"]["verdict"] == "undecided"
    assert (points["density/any-initial-weights"]["verdict"], points["density/any-initial-weights"]["measured"]) == (
        "reproduced",
        1,
    )


def test_a_density_that_helps_nothing_or_harms_leaves_it_open():
    flat = _points(lambda initialiser, d: 0.3)
    assert flat["density/glorot/location"]["verdict"] == "undecided"
    assert flat["density/glorot/rise"]["verdict"] == "undecided"
    worse = _points(lambda initialiser, d: 0.5 if d is None else 0.1)
    assert worse["density/glorot/rise"]["verdict"] == "undecided"
    assert worse["density/glorot/rise"]["measured"] == pytest.approx(-0.4, abs=0.01)


def test_without_any_success_there_is_neither_a_peak_nor_a_ratio(tmp_path):
    points = _points(lambda initialiser, d: 0.0)
    assert points["density/pytorch/location"]["measured"] is None
    assert points["density/pytorch/location"]["verdict"] == "undecided"
    assert points["density/pytorch/times-elsewhere"]["measured"] is None
    assert points["density/pytorch/times-elsewhere"]["verdict"] == "undecided"
    assert "density/pytorch/height" not in points
    assert Density(PLAN, _results(lambda initialiser, d: 0.0)).drawn(tmp_path)


def test_p_values_of_the_initialisers_are_corrected_together():
    # 55 against 36 of 1024 is p = 0.053 alone; 56 against 36 is 0.042 alone and 0.084 among two.
    points = _points(lambda initialiser, d: (36 if d is None else 56) / 1024)
    assert points["density/glorot/rise"]["verdict"] == "undecided"
    assert "p = 0.084 after Holm" in points["density/glorot/rise"]["note"]


def test_a_smaller_budget_gives_no_verdict():
    points = _points(_bump(0.38), plan_of("laptop", updates=20_000))
    assert {point["verdict"] for point in points.values()} == {"undecided", "new"}


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.33, 0.42, "reproduced"),
        (0.25, 0.42, "undecided"),  # too wide to say
        (0.39, 0.45, "undecided"),
        (0.20, 0.35, "undecided"),
    ],
)
def test_the_location_is_judged_by_its_interval(low, high, verdict):
    assert located(Peak(0.4, Interval(low, high), 0.5, Interval(0.4, 0.6))) == verdict


def test_arms_share_no_replicate_and_train_on_what_they_say():
    pieces = Density(plan_of("paper")).needed()
    numbers = [set(range(*piece.settings["replicates"])) for piece in pieces]
    assert sum(len(one) for one in numbers) == len(set().union(*numbers))
    assert len({piece.settings["seed"] for piece in pieces}) == 1
    assert len(pieces) == 2 * 11
    assert pieces[0].name == fresh_piece(plan_of("paper"), "glorot", 1).name  # which the claim `column` has too
    assert "density" not in pieces[0].settings["training"]  # U(0,1) is the default
    assert [piece.settings["training"]["density"] for piece in pieces[1:4]] == [0.1, 0.2, 0.3]
    assert pieces[11].settings["network"] == {"initialiser": "pytorch"}


def test_the_figure_has_a_panel_per_initialiser(tmp_path):
    (figure,) = Density(PLAN, _results(_bump(0.4))).drawn(tmp_path)
    assert figure.svg == tmp_path / "density.svg"
    rows = (tmp_path / "density.csv").read_text().splitlines()[1:]
    assert len(rows) == 2 * 11
    assert any(row.startswith('"pytorch, U(0,1)",,51,1024') for row in rows)
