"""The claim about the whole column, on made-up outcomes."""

import pytest

from lottery.claims.frame.by_width import COLUMN_WIDTHS
from lottery.claims.frame.plan import PRESETS, plan_of
from lottery.claims.frame.reruns import width_piece
from lottery.claims.paper.column import Column
from lottery.statistics.verdicts import agrees_in_part
from lottery.training.settings import TrainSettings

PLAN = plan_of("paper")
COUNTS = {1: 2, 2: 26, 3: 40, 4: 55, 5: 58, 6: 62}


def _outcomes(solved, trials=64, *, at_end=False):
    return {
        "parameters": 25,
        "solved_at_end": [i < solved for i in range(trials)] if at_end else None,  # solved networks of the column leave
        "first_solved": [250 if i < solved else -1 for i in range(trials)],
        "seconds": 2.0,
    }


FRESH = {1: 60, 3: 610}  # of 1024


def _results(plan=PLAN, fresh=None, **columns):
    claim, results = Column(plan), {}
    for key, piece in claim.pieces().items():
        *sample, initialiser, m = key
        if sample == ["fresh"]:
            results[piece.name] = _outcomes((fresh or {}).get(initialiser, FRESH)[m], 1024, at_end=True)
        elif sample == ["headline"]:
            results[piece.name] = _outcomes({1: 8, 3: 195}[m], 256, at_end=True)
        else:
            results[piece.name] = _outcomes(columns.get(initialiser, COUNTS).get(m, 64))
    return results


def _points(plan=PLAN, **counts):
    return {point["id"]: point for point in Column(plan, _results(plan, **counts)).points()}


def test_the_rates_are_those_of_networks_ever_solved():
    points = _points()
    assert points["column/glorot/m=3"]["measured"] == 40 / 64
    assert points["column/glorot/m=3"]["verdict"] == "reproduced"
    assert points["column/glorot/m=24"]["verdict"] == "new"
    column_alone = [point for point in points.values() if point["outcome"] == "ever_solved"]
    assert len(column_alone) == 2 * (10 + 1)


@pytest.mark.parametrize("solved", [10, 64])
def test_another_rate_contradicts_nothing_because_the_paper_leaves_settings_open(solved):
    assert _points(glorot={**COUNTS, 3: solved})["column/glorot/m=3"]["verdict"] == "undecided"


def test_samples_of_fixed_size_are_judged_for_each_kind_of_initial_weights():
    points = _points(fresh={"glorot": {1: 60, 3: 780}, "normal": {1: 400, 3: 600}})
    verdicts = {
        (name, m): points[f"column/{name}/m={m}/at-end"]["verdict"]
        for name in ("glorot", "pytorch", "normal")
        for m in (1, 3)
    }
    assert (
        verdicts["glorot", 1]
        == verdicts["pytorch", 1]
        == verdicts["pytorch", 3]
        == verdicts["normal", 3]
        == "reproduced"
    )
    assert verdicts["glorot", 3] == verdicts["normal", 1] == "undecided"  # the rates differ, which contradicts nothing
    assert points["column/pytorch/m=3/at-end"]["outcome"] == "solved_at_end"
    whole = points["column/any-initial-weights/at-end"]
    assert (whole["verdict"], whole["measured"]) == ("reproduced", 1)
    assert whole["note"] == "These are: pytorch."


def test_no_kind_of_initial_weights_that_gives_both_rates_leaves_the_whole_open():
    other = {1: 60, 3: 900}
    whole = _points(fresh={"glorot": other, "pytorch": other, "normal": other})["column/any-initial-weights/at-end"]
    assert (whole["verdict"], whole["measured"]) == ("undecided", 0)


def test_a_sample_has_to_agree_with_both_readings_of_sixty_per_cent():
    between = {1: 60, 3: 696}  # 68 %: within 20 points of 39 of 64 to both sides, but not of 38
    points = _points(fresh={"glorot": between})
    assert agrees_in_part((39, 64), (696, 1024)) == "reproduced"
    assert agrees_in_part((38, 64), (696, 1024)) == "undecided"
    assert points["column/glorot/m=3/at-end"]["verdict"] == "undecided"


def test_two_samples_of_one_setting_are_held_against_each_other():
    found = _points()["column/m=1/two-samples"]
    assert found["measured"] == pytest.approx(8 / 256 - 60 / 1024)
    assert found["verdict"] == "new"
    assert "8/256 minus 60/1024" in found["note"]


def test_the_crossing_of_each_initialiser_is_held_against_the_papers():
    points = _points(pytorch={1: 0, 2: 0, 3: 0, 4: 0, 5: 2, 6: 10})
    found = points["column/glorot/crossing"]
    assert found["verdict"] == "reproduced"
    assert found["interval"][0] < found["measured"] < found["interval"][1]
    assert 2 < found["measured"] < 3
    assert "More than half succeed from m=3 on." in found["note"]
    assert points["column/pytorch/crossing"]["verdict"] == "contradicted"


def test_the_time_of_the_whole_column_stands_beside_its_crossing():
    assert _points()["column/glorot/crossing"]["seconds"] == 20.0


def test_a_crossing_that_was_not_seen_has_no_number():
    never = dict.fromkeys(COLUMN_WIDTHS["laptop"], 0)
    found = _points(glorot=never)["column/glorot/crossing"]
    assert found["measured"] is found["interval"] is None
    assert found["verdict"] == "contradicted"
    assert "The whole interval is above m=24." in found["note"]
    always = _points(glorot=dict.fromkeys(never, 64))["column/glorot/crossing"]
    assert "The whole interval is below m=1." in always["note"]
    # 28 of 64 at the largest width: the lower end was seen, the rest was not.
    half = _points(glorot={**never, 12: 5, 16: 14, 24: 28})["column/glorot/crossing"]
    assert half["measured"] is None
    assert half["interval"][0] < half["interval"][1] == 24
    assert "The interval goes on above m=24." in half["note"]


def test_a_short_budget_gives_no_verdict():
    assert {point["verdict"] for point in _points(plan_of("smoke")).values()} == {"undecided", "new"}


def test_networks_are_shared_neither_between_cells_nor_with_the_headline():
    for plan in PRESETS.values():
        pieces = [piece for (*sample, _, _), piece in Column(plan).pieces().items() if sample != ["headline"]]
        used = [
            {(piece.settings["seed"], number) for number in range(*piece.settings["replicates"])}
            for piece in [*pieces, width_piece(plan, 1)]
        ]
        assert len(set.union(*used)) == sum(len(one) for one in used)


def test_solved_networks_leave_the_column_and_no_other_sample():
    for (*sample, _, _), piece in Column(PLAN).pieces().items():
        assert TrainSettings(**piece.settings["training"]).stop_when_solved == (not sample)


def test_the_figure_shows_every_rate_and_the_papers_samples(tmp_path):
    assert Column(PLAN, _results()).drawn(tmp_path)[0].svg == tmp_path / "column.svg"
    rows = (tmp_path / "column.csv").read_text().splitlines()
    assert len(rows) == 1 + 2 * 10 + 2
