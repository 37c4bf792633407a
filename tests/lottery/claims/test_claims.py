import ast
from pathlib import Path

import numpy as np
import pytest

from gol.errors import InputError
from lottery.claims import CLAIMS, chosen
from lottery.claims.frame.headline import fair, iterative, one_shot, small_from_scratch
from lottery.claims.frame.plan import PRESETS, plan_of
from lottery.claims.frame.reruns import width_piece
from lottery.claims.paper.width import Width
from lottery.claims.tickets.tenth import Tenth
from lottery.claims.tickets.ticket import Ticket
from lottery.experiments import KINDS
from lottery.replication import needed_pieces

CLAIMS_FOLDER = Path(__file__).parents[3] / "lottery" / "claims"
PLAN = plan_of("paper", widths=(1, 3, 8), ticket_replicates=20)


def _first(successes, trials=20):
    return [i < successes for i in range(trials)]


def _trained(successes, trials, parameters=25):
    solved = _first(successes, trials)
    return {
        "parameters": parameters,
        "solved_at_end": solved,
        "first_solved": [250 if s else -1 for s in solved],
        "seconds": 1.0,
    }


def _level(number, arms, cut=0):
    return {
        "level": number,
        "kept": round(280 * 0.1 ** (number / 10)),
        "prunable": 280,
        "parameters_kept": 25 + round(280 * 0.1 ** (number / 10)),
        "parameters": 305,
        "effective": [5] * 20,
        "cut_solved": _first(cut),
        "arms": {
            name: {
                "solved_at_end": _first(successes),
                "first_solved": [-1] * 20,
                "can_be_exact": _first(10 if name == "shuffled_feasible" else 20),
            }
            for name, successes in arms.items()
        },
    }


def _pruned(dense, **arms):
    levels = [_level(0, {"ticket": dense}, cut=dense)]
    return {"levels": levels + [_level(n, arms) for n in range(1, 11)], "seconds": 1.0}


def test_all_claims_are_registered_by_their_name_and_their_pieces_can_be_computed():
    for name, claim in CLAIMS.items():
        assert claim.name == name
        assert claim.statement.endswith(".")
        for preset in PRESETS.values():
            assert {piece.kind for piece in claim(preset).needed()} <= set(KINDS)


def test_no_claim_imports_a_claim():
    rooms = ("lottery.claims.paper", "lottery.claims.tickets")
    files = [file for room in ("paper", "tickets") for file in (CLAIMS_FOLDER / room).glob("[!_]*.py")]
    assert {file.stem for file in files} == set(CLAIMS)
    for file in (*files, *(CLAIMS_FOLDER / "frame").glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom):
                assert not (node.module or "").startswith(rooms), f"{file.name} imports from {node.module}"
                assert node.level == 0, f"{file.name} imports from a relative place"
                assert node.module != "lottery.claims", f"{file.name} imports from {node.module}"
            elif isinstance(node, ast.Import):
                assert not any(name.name.startswith(rooms) for name in node.names), f"{file.name} imports a claim"


def test_pieces_that_claims_share_are_computed_once():
    plan = PRESETS["paper"]
    names = [piece.name for piece in needed_pieces(list(CLAIMS.values()), plan)]
    assert len(names) == len(set(names))
    alone, together = (
        [piece.name for piece in found]
        for found in (
            Tenth(plan).needed() + Ticket(plan).needed(),
            needed_pieces([CLAIMS["tenth"], CLAIMS["ticket"]], plan),
        )
    )
    assert sorted(alone) == sorted([*together, iterative(plan, biases=False).name])
    assert {piece.name for piece in CLAIMS["time"](plan).needed()} <= set(names)


def test_claims_are_chosen_by_name():
    assert [claim.name for claim in chosen(["ticket", "width"])] == ["width", "ticket"]
    assert [claim.name for claim in chosen(["headline"])] == ["handmade", "width", "tenth", "ticket"]
    assert chosen(["all"]) == list(CLAIMS.values())
    with pytest.raises(InputError, match="everything"):
        chosen(["everything"])


def test_width_compares_two_samples_where_there_is_a_published_one():
    results = {width_piece(PLAN, m).name: _trained(k, 64) for m, k in zip(PLAN.widths, (3, 64, 64), strict=True)}
    points = {point["id"]: point for point in Width(PLAN, results).points()}
    assert points["width/m=1"]["verdict"] == "reproduced"
    assert points["width/m=3"]["verdict"] == "undecided"  # the paper leaves open what may decide it
    assert "once said contradicted" in points["width/m=3"]["note"]
    assert points["width/m=8"]["verdict"] == "new"
    assert points["width/m=1"]["measured"] == 3 / 64
    assert points["width/m=1"]["interval"] == pytest.approx([0.016, 0.129], abs=0.001)  # Wilson, as published


@pytest.mark.parametrize("changed", [{"width_updates": 20_000}, {"rule": "B36/S23"}, {"density": 0.38}, {"board": 8}])
def test_another_protocol_than_the_papers_gives_no_verdict_on_its_rates(changed):
    plan = plan_of("paper", widths=(1,), **changed)
    results = {width_piece(plan, 1).name: _trained(64, 64)}
    assert [point["verdict"] for point in Width(plan, results).points()] == ["undecided"]


def test_the_tenth_is_judged_by_the_paired_difference_to_the_dense_network():
    results = {}
    for biases, arms in ((False, {"ticket": 20, "finetuned": 0}), (True, {"ticket": 18, "finetuned": 10})):
        for make in (one_shot, iterative):
            results[make(PLAN, biases=biases).name] = _pruned(20, **arms)
    verdicts = {point["id"]: point["verdict"] for point in Tenth(PLAN, results).points()}
    assert verdicts["tenth/weights/one-shot/cut"] == "contradicted"
    assert verdicts["tenth/weights/iterative/fine-tuned"] == "contradicted"
    assert verdicts["tenth/parameters/iterative/rewound"] == "undecided"
    assert verdicts["tenth/parameters/iterative/fine-tuned"] == "contradicted"
    # Even 20 of 20 and 20 of 20 leave room for a loss of more than 10 points: too few replicates to match.
    assert verdicts["tenth/weights/iterative/rewound"] == "undecided"


def _ticket_results(scratch):
    results = {iterative(PLAN, biases=False).name: _pruned(20, ticket=18, reinit=5, shuffled=18, finetuned=18)}
    results[fair(PLAN).name] = _pruned(20, ticket=18, shuffled_feasible=2)
    for piece in small_from_scratch(PLAN).values():
        results[piece.name] = _trained(scratch, 20, parameters=85)
    return results


def test_the_ticket_beats_a_control_by_mcnemar_and_the_small_network_by_fisher():
    points = {point["id"]: point for point in Ticket(PLAN, _ticket_results(scratch=4)).points()}
    assert points["ticket/vs-reinit"]["verdict"] == "reproduced"
    assert points["ticket/vs-reinit"]["measured"] == pytest.approx(13 / 20)
    assert points["ticket/vs-shuffled"]["verdict"] == "new"  # reported, not judged
    assert points["ticket/vs-shuffled_feasible"]["verdict"] == "reproduced"
    assert "Ticket 10/10, control 2/10" in points["ticket/vs-shuffled_feasible"]["note"]
    assert points["ticket/vs-reinit/other-levels"]["measured"] == 9.0
    assert points["ticket/vs-shuffled/other-levels"]["measured"] == 0.0
    assert points["ticket/vs-scratch-m2"]["verdict"] == "reproduced"
    assert points["ticket/vs-scratch-m3"]["verdict"] == "reproduced"
    # 13 discordant pairs, all one way: 2 / 2^13; Fisher of 18/20 and 4/20.
    assert "exact McNemar p = 0.00024" in points["ticket/vs-reinit"]["note"]
    assert "Fisher p = 1.7e-05" in points["ticket/vs-scratch-m2"]["note"]


def test_where_no_shuffle_can_be_exact_the_ticket_has_no_verdict_against_one():
    results = _ticket_results(scratch=4)
    for row in results[fair(PLAN).name]["levels"][1:]:
        row["arms"]["shuffled_feasible"]["can_be_exact"] = [False] * 20
    points = {point["id"]: point for point in Ticket(PLAN, results).points()}
    none = points["ticket/vs-shuffled_feasible"]
    assert (none["verdict"], none["measured"]) == ("undecided", None)
    assert "none was found in 10,000 tries" in none["note"]


def test_a_ticket_that_loses_contradicts_the_claim():
    points = {point["id"]: point for point in Ticket(PLAN, _ticket_results(scratch=20)).points()}
    lost = points["ticket/vs-scratch-m3"]
    assert lost["measured"] == pytest.approx(-0.1)
    assert lost["verdict"] == "undecided"  # 18 against 20 of 20 could be chance


def test_every_figure_is_drawn_with_its_numbers(tmp_path):
    figures = Ticket(PLAN, _ticket_results(scratch=4)).drawn(tmp_path)
    assert [figure.svg for figure in figures] == [tmp_path / "ticket.svg"]
    rows = (tmp_path / "ticket.csv").read_text().splitlines()
    assert len([row for row in rows if row.startswith("winning ticket")]) == 11
    assert len([row for row in rows if row.startswith("shuffled mask")]) == 10
    assert len([row for row in rows if row.startswith('"shuffled, can be exact"')]) == 1


def test_small_networks_share_no_replicate_with_tickets():
    tickets = set(range(*iterative(PLAN, biases=False).settings["replicates"]))
    for piece in small_from_scratch(PLAN).values():
        assert tickets.isdisjoint(np.arange(*piece.settings["replicates"]).tolist())
