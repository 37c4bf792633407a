import pytest
from lab_outcomes import pruned

from gol.errors import InputError
from lottery.claims.frame import lab
from lottery.claims.frame.plan import plan_of
from lottery.claims.tickets.before import Before
from lottery.report.figures.figure import Rates
from lottery.report.figures.methods_by_density import methods_by_density

PLAN = plan_of("laptop")


def _results(rate_of, plan=PLAN):
    """Outcomes in which rate_of(method, level) of the tickets succeed; `levels` and `one-shot` are after training."""
    return {
        piece.name: pruned(piece, lambda level, arm, name=name: 1.0 if level == 0 else rate_of(name, level))
        for name, piece in Before(plan).pieces().items()
    }


def _points(rate_of):
    return {point["id"].removeprefix("before/"): point for point in Before(PLAN, _results(rate_of)).points()}


def test_the_gap_of_every_method_is_judged_at_every_density():
    points = _points(lambda name, level: {"levels": 0.5, "one-shot": 0.0, "snip": 0.25}.get(name, 0.5))
    assert len(points) == 5 * 3 * 5
    assert next(iter(points)) == "20%/levels-over-snip"  # the density of the verdict comes first
    worse = points["20%/levels-over-snip"]
    assert (worse["verdict"], worse["measured"]) == ("reproduced", 0.25)
    assert "64/128, SNIP before training 32/128" in worse["note"]
    assert "density of the verdict" in worse["note"]
    assert "density of the verdict" not in points["31%/levels-over-snip"]["note"]
    # All 32 pairs that disagree go one way: 2 / 2^32. SNIP at three densities, times fifteen tests.
    assert f"{15 * 2 / 2**32:.2g}" in worse["note"]
    assert points["10%/levels-over-random"]["verdict"] == "undecided"
    assert points["10%/one-shot-over-random"]["verdict"] == "new"  # reported: most of these masks had no chance
    assert points["10%/erk-levels-over-erk-random"]["verdict"] == "undecided"


def test_a_single_cut_with_erk_is_held_against_the_methods_as_they_are_and_with_erk():
    points = _points(
        lambda name, level: {"erk-one-shot": 0.5, "one-shot": 0.0, "snip": 0.25, "erk-snip": 0.75}.get(name, 0)
    )
    assert points["20%/one-shot-over-snip"]["verdict"] == "new"
    assert points["20%/erk-one-shot-over-snip"]["verdict"] == "reproduced"
    assert points["20%/erk-one-shot-over-erk-snip"]["verdict"] == "contradicted"
    assert "with ERK 64/128, SNIP before training, with ERK, 96/128" in points["20%/erk-one-shot-over-erk-snip"]["note"]
    assert (
        "0 of 128 masks cannot be exact, whatever their weights are; of the other 128, 64 are certified."
        in points["20%/erk-one-shot-over-snip"]["note"]
    )
    assert Before(PLAN).pieces()["erk-snip"].settings["pruning"]["scope"] == "erk"


def test_densities_agree_between_methods():
    results = _results(lambda name, level: 0.5)
    for level in lab.size(PLAN).at:
        kept = {
            next(row["kept"] for row in outcomes["levels"] if row["level"] == level) for outcomes in results.values()
        }
        assert len(kept) == 1


def test_only_what_is_compared_with_pruning_before_training_is_cut_to_every_density():
    at = {
        (width, criterion, biases): lab.one_shot(PLAN, width, criterion, biases=biases).settings["pruning"]["at"]
        for width, criterion, biases in ((8, "magnitude", False), (8, "magnitude", True), (8, "obd", False))
    }
    assert at[8, "magnitude", False] == [5, 7, 10]
    assert at[8, "magnitude", True] == at[8, "obd", False] == [10]
    assert lab.one_shot(PLAN, 16).settings["pruning"]["at"] == [10]


def test_the_figure_shows_every_method(tmp_path):
    (figure,) = Before(PLAN, _results(lambda name, level: 0.5)).drawn(tmp_path)
    assert figure.svg == tmp_path / "before.svg"
    rows = (tmp_path / "before.csv").read_text().splitlines()[1:]
    assert len(rows) == 2 * 11 + 7 * 3
    assert sum(row.startswith("before: GraSP,") for row in rows) == 3
    assert rows[-1].startswith("before: random,0.1,")


def test_methods_share_a_panel_without_hiding_each_other():
    arms = [Rates("one", [0.5], [1], [4]), Rates("other", [0.5], [1], [4])]
    figure, table = methods_by_density([Rates("known", [1.0, 0.5], [4, 2], [4, 4])], arms, verdict_density=0.5)
    drawn = [line.get_xdata()[0] for line in figure.axes[0].lines if line.get_label() in ("one", "other")]
    assert drawn[0] > drawn[1]
    assert [row["density"] for row in table] == [1.0, 0.5, 0.5, 0.5]
    with pytest.raises(InputError, match="densities"):
        methods_by_density([Rates("known", [2.0], [4], [4])], [], verdict_density=0.5)
