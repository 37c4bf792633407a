import csv

import pytest
from lab_outcomes import pruned

from lottery.claims.frame import lab
from lottery.claims.frame.found import Found
from lottery.claims.frame.plan import plan_of
from lottery.claims.tickets.always import Always, merged, smallest, verdict_of, within
from lottery.experiments.shrink import on_the_way

PLAN = plan_of("laptop")
WIDTH = lab.widths(PLAN)[0]


def _pruned(piece, sizes, dense=1.0):
    """Outcomes in which arm `ticket` has these sizes at every level above 0, by replicate; None is not certified."""
    outcomes = pruned(piece, lambda level, arm: dense if level == 0 else 0.0)
    for row in outcomes["levels"]:
        for name, arm in row["arms"].items():
            trials = len(arm["solved_at_end"])
            mine = sizes if name == "ticket" and row["level"] else []
            arm["effective_parameters"] = [*mine, *[None] * (trials - len(mine))][:trials]
    return outcomes


def _shrunk(sizes, rewound=()):
    return {
        "trials": 128,
        "certified": len(sizes),
        "replicates": list(range(len(sizes))),
        "sizes": list(sizes),
        "rewound": [size if place in rewound else None for place, size in enumerate(sizes)],
        "seconds": 1.0,
    }


def _results(shrunk, of_imp=(), dense=1.0):
    results = {}
    for piece in Always(PLAN).needed():
        if piece.kind == "shrink":
            results[piece.name] = shrunk
        else:
            mine = list(of_imp) if piece.name == lab.imp(PLAN, WIDTH).name else []
            results[piece.name] = _pruned(piece, mine, dense)
    return results


def _points(*args, **more):
    return {point["id"].removeprefix("always/"): point for point in Always(PLAN, _results(*args, **more)).points()}


def test_a_small_ticket_in_every_network_reproduces_the_claim():
    points = _points(_shrunk([24] * 60 + [28] * 4, rewound=range(50)))
    assert points["m=8/25"]["verdict"] == "undecided"
    assert (points["m=8/25"]["successes"], points["m=8/25"]["trials"]) == (60, 64)
    assert points["m=8/30"]["verdict"] == "reproduced"
    assert points["m=8/30/taught"]["successes"] == 50
    assert points["m=8/30/taught"]["verdict"] == "undecided"
    assert points["m=8/sizes"]["measured"] == 24
    assert "the smallest 24 (replicate 0, shrunk)" in points["m=8/sizes"]["note"]


def test_the_smallest_of_all_methods_counts():
    points = _points(_shrunk([60] * 64), of_imp=[20, None, 40])
    assert points["m=8/25"]["successes"] == 1
    assert points["m=8/25/taught"]["successes"] == 1
    assert points["m=8/40"]["successes"] == 2
    assert "by levels, weights, rewound 2" in points["m=8/40"]["note"]
    assert points["m=8/60"]["verdict"] == "reproduced"


def test_networks_that_did_not_solve_the_task_do_not_count():
    points = _points(_shrunk([24] * 64), dense=0.25)
    assert (points["m=8/25"]["successes"], points["m=8/25"]["trials"]) == (32, 32)
    points = _points(_shrunk([]), dense=0.0)
    assert points["m=8/solved"]["verdict"] == "undecided"


def test_other_widths_are_told_and_not_judged():
    points = _points(_shrunk([24] * 64))
    assert points["m=16/60"]["verdict"] == "new"
    assert points["m=16/60"]["successes"] == 0
    assert "m=16/60/taught" not in points


def test_outcomes_of_an_older_run_have_no_sizes():
    source = next(Always(PLAN).sources(WIDTH))
    assert smallest(source, Found(pruned(source.piece, lambda level, arm: 1.0))) == {}


def test_shrunk_tickets_count_as_taught_where_they_were_trained_from_their_initial_weights():
    shrunk, rewound = list(Always(PLAN).sources(WIDTH))[-2:]
    found = Found(_shrunk([24, 25, 26], rewound=[1]))
    assert smallest(shrunk, found) == {0: 24, 1: 25, 2: 26}
    assert smallest(rewound, found) == {1: 25}


def test_small_functions():
    assert merged([{0: 30, 1: 20}, {0: 25}, {}]) == {0: 25, 1: 20}
    assert within({0: 25, 1: 26}, 25) == 1
    assert on_the_way([100, 50, 38, 35, 20, 17], [25, 40, 60]) == [1, 2, 4, 5]
    assert on_the_way([70], [25, 60]) == [0]
    assert verdict_of(40, 40) == "reproduced"
    assert verdict_of(20, 20) == verdict_of(39, 40) == "undecided"


def test_the_pieces_are_those_of_the_laboratory_and_one_more():
    pieces = Always(PLAN).needed()
    assert [piece.kind for piece in pieces].count("shrink") == 1
    assert lab.imp(PLAN, 24).name in [piece.name for piece in pieces]


def test_the_figure_has_the_numbers(tmp_path):
    (figure,) = Always(PLAN, _results(_shrunk([24] * 32 + [40] * 16), of_imp=[20])).drawn(tmp_path)
    assert "64 dense networks" in figure.caption
    rows = list(csv.DictReader((tmp_path / "always.csv").read_text().splitlines()))
    share = {(row["series"], float(row["at"])): float(row["share"]) for row in rows}
    assert share["any method", 20.0] == pytest.approx(1 / 64)
    assert share["any method", 24.0] == pytest.approx(32 / 64)
    assert share["any method", 40.0] == pytest.approx(48 / 64)
    assert Always(PLAN, _results(_shrunk([]), dense=0.0)).drawn(tmp_path) == []
