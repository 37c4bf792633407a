"""The claim that there is always a small network inside, on made-up outcomes."""

import pytest

from lottery.claims import always, lab
from lottery.presets import plan_of

PLAN = plan_of("laptop", replicates=40)


def _pruned(piece, sizes, dense):
    """Every arm of every level finds tickets of these sizes, where the dense network is certified at all."""
    from lottery.storage import settings_from
    from lottery.tickets import PruningSettings

    pruning = settings_from(PruningSettings, piece.settings["pruning"])
    rows = []
    for number in pruning.numbers:
        found = [None] * len(dense) if number == 0 else sizes
        arm = {"solved_at_end": dense if number == 0 else [s is not None for s in sizes], "effective_parameters": found}
        rows.append({"level": number, "arms": dict.fromkeys(pruning.arms(number), arm)})
    return {"levels": rows, "seconds": 1.0}


def _results(pruned, shrunk, again=None, unsolved=0):
    dense = [index >= unsolved for index in range(40)]
    results = {}
    for width in lab.widths(PLAN):
        for source in always.sources(PLAN, width):
            if source.arms:
                results[source.piece.name] = _pruned(source.piece, pruned, dense)
            else:
                results[source.piece.name] = {
                    "replicates": list(range(40)), "sizes": shrunk, "rewound": again or [False] * 40, "seconds": 1.0,
                }  # fmt: skip
    return results


def _points(*args, **more):
    return {point["id"].removeprefix("always/"): point for point in always.points(PLAN, _results(*args, **more))}


def test_all_have_to_have_one_for_always():
    points = _points([50] * 40, [22] * 40)
    assert [points[f"m=8/{limit}"]["verdict"] for limit in always.LIMITS] == ["reproduced"] * 4
    one_without = _points([None] * 40, [22] * 39 + [26])
    assert one_without["m=8/25"]["successes"] == 39
    assert one_without["m=8/25"]["verdict"] == "undecided"
    assert one_without["m=8/30"]["verdict"] == "reproduced"


def test_shrunk_tickets_count_as_taught_only_when_trained_again():
    points = _points([45] * 40, [22] * 40, [True] * 10 + [False] * 30)
    assert points["m=8/25/taught"]["successes"] == 10
    assert points["m=8/40/taught"]["successes"] == 10
    assert points["m=8/60/taught"]["successes"] == 40
    assert points["m=8/60/taught"]["verdict"] == "reproduced"


def test_dense_networks_that_failed_do_not_count():
    points = _points([20] * 40, [20] * 40, unsolved=4)
    assert points["m=8/25"]["trials"] == 36
    assert "m=8/25" in points
    none = _points([None] * 40, [20] * 40, unsolved=40)
    assert none["m=8/solved"]["verdict"] == "undecided"


def test_other_widths_are_told_and_the_smallest_has_a_name():
    points = _points([33] * 40, [40] * 39 + [17])
    assert points["m=4/40"]["verdict"] == "new"
    assert points["m=8/sizes"]["measured"] == 33
    assert "the smallest 17 (replicate 39, shrunk)" in points["m=8/sizes"]["note"]


def test_outcomes_of_older_runs_tell_no_sizes():
    results = _results([30] * 40, [50] * 40)
    source = always.sources(PLAN, 8)[0]
    older = {"levels": [{"level": 1, "arms": {"ticket": {"solved_at_end": [True] * 40}}}], "seconds": 1.0}
    assert always.smallest(source, older) == {}
    assert always.smallest(source, results[source.piece.name]) == dict.fromkeys(range(40), 30)


def test_the_figure_counts_what_the_points_count(tmp_path):
    (figure,) = always.figures(PLAN, _results([45] * 40, [22] * 40), tmp_path)
    assert figure.claim == "always"
    assert "any method" in (tmp_path / "always.csv").read_text()


@pytest.mark.parametrize(("successes", "verdict"), [(40, "reproduced"), (39, "undecided")])
def test_the_rule(successes, verdict):
    assert always.verdict_of(successes, 40) == verdict
    assert always.verdict_of(5, 5) == "undecided"
