"""The claim about the second route, on made-up outcomes, and that both routes start alike."""

from dataclasses import replace

import pytest

from lottery.claims.frame.plan import plan_of
from lottery.claims.paper import boards
from lottery.claims.paper.boards import Boards
from lottery.training.settings import TrainSettings

PLAN = plan_of("laptop")


def _outcomes(solved, arrangement="fused"):
    return {"solved_at_end": solved, "arrangement": arrangement, "seconds": 1.0}


def _first(count, trials=64):
    return [i < count for i in range(trials)]


def _results(plan=PLAN, on_boards=(3, 40), on_patterns=(3, 40), trials=64):
    pieces, results = Boards(plan).pieces(), {}
    for m, ours, theirs in zip(boards.WIDTHS, on_boards, on_patterns, strict=True):
        results[pieces["boards", m].name] = _outcomes(_first(ours, trials))
        results[pieces["patterns", m].name] = _outcomes(_first(theirs), "patterns")
    return results


def _points(plan=PLAN, **counts):
    return {point["id"]: point for point in Boards(plan, _results(plan, **counts)).points()}


def test_both_routes_train_the_same_networks_on_the_same_batches():
    for preset in ("smoke", "laptop", "paper"):
        pieces = Boards(plan_of(preset)).pieces()
        for m in boards.WIDTHS:
            ours, theirs = pieces["boards", m].settings, pieces["patterns", m].settings
            assert ours["network"] == theirs["network"]
            assert ours["seed"] == theirs["seed"]
            assert set(range(*ours["replicates"])) <= set(range(*theirs["replicates"]))
            ours, theirs = TrainSettings(**ours["training"]), TrainSettings(**theirs["training"])
            assert ours.arrangement == boards.ARRANGEMENTS[preset] != theirs.arrangement
            assert replace(ours, arrangement=theirs.arrangement) == theirs
    assert len(range(*Boards(PLAN).pieces()["boards", 3].settings["replicates"])) >= 32


def test_the_routes_are_compared_in_pairs():
    same = _points()["boards/m=3/boards-patterns"]
    assert (same["measured"], same["verdict"]) == (0, "reproduced")
    assert "64 pairs end alike" in same["note"]
    assert "fused" in same["note"]
    assert _points(on_boards=(3, 10))["boards/m=3/boards-patterns"]["verdict"] == "contradicted"
    # The pairing counts: 16 of 64 on one side, the same networks on the other but for two.
    assert _points(on_boards=(3, 38))["boards/m=3/boards-patterns"]["measured"] == pytest.approx(-2 / 64)


def test_fewer_networks_on_boards_are_paired_with_the_first_of_the_others():
    plan = replace(PLAN, replicates=10)
    found = _points(plan, on_boards=(3, 10), on_patterns=(3, 10), trials=10)["boards/m=3/boards-patterns"]
    assert found["measured"] == 0
    assert found["verdict"] == "undecided"  # ten pairs leave room for more than 20 points


def test_the_rate_on_boards_is_compared_with_the_papers_sample():
    assert _points()["boards/m=1"]["verdict"] == "reproduced"
    assert _points(on_boards=(40, 40))["boards/m=1"]["verdict"] == "contradicted"
    short = plan_of("laptop", width_updates=20_000)
    assert _points(short, on_boards=(40, 40))["boards/m=1"]["verdict"] == "undecided"


def test_the_figure_shows_both_routes_and_the_papers_samples(tmp_path):
    assert Boards(PLAN, _results()).drawn(tmp_path)[0].svg == tmp_path / "boards.svg"
    assert len((tmp_path / "boards.csv").read_text().splitlines()) == 1 + 3 * 2
