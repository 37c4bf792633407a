"""The claim about other rules: the draws, the trainer that knows any rule, and the points on made-up outcomes."""

from dataclasses import replace

import pytest
from helpers import TINY, assert_close

from gol.errors import InputError
from gol.rules import NAMED_RULES, parse_rule, truth_table
from lottery.claims.frame.plan import plan_of
from lottery.claims.frame.reruns import width_piece
from lottery.claims.paper import rules
from lottery.claims.paper.rules import Rules, all_dead_accuracy, depends_on_neighbours, drawn_rules, turns
from lottery.experiments.rule import run
from lottery.networks.lifenet import LifeNet
from lottery.training.loop import train
from lottery.training.rule_as_argument import train_any_rule

PLAN = plan_of("laptop")


def _outcomes(solved, trials=16):
    return {"solved_at_end": [i < solved for i in range(trials)], "seconds": 1.0}


def _results(solved, plan=PLAN):
    """Successes by (rule, width); where none are given 8 of 16, and of Life 32 of 64."""
    results = {}
    for arm, piece in Rules(plan).pieces().items():
        trials = 64 if arm[0] == rules.LIFE else 16
        results[piece.name] = _outcomes(solved.get(arm, trials // 2), trials)
    return results


def _points(solved, plan=PLAN):
    return {point["id"]: point for point in Rules(plan, _results(solved, plan)).points()}


@pytest.mark.parametrize("kind", ["any", "band"])
def test_draws_follow_from_the_seed_and_are_different_rules_that_nobody_named(kind):
    drawn = drawn_rules(kind, 40, seed=3)
    assert drawn[:10] == drawn_rules(kind, 10, seed=3)
    assert drawn != drawn_rules(kind, 40, seed=4)
    assert len(set(drawn)) == 40
    assert not set(drawn) & set(NAMED_RULES.values())
    assert all(str(parse_rule(rule)) == rule and depends_on_neighbours(rule) for rule in drawn)


def test_a_band_has_lifes_form():
    for rule in drawn_rules("band", 60, seed=0):
        parsed = parse_rule(rule)
        for counts in (parsed.birth, parsed.survival):
            assert counts == set(range(min(counts), max(counts) + 1))
            assert 1 <= min(counts) <= max(counts) <= 7
        assert turns(rule) == turns("B3/S23") == 4


def test_rules_that_do_not_look_at_their_neighbours_are_trivial():
    everything = "012345678"
    for rule in ("B/S", f"B/S{everything}", f"B{everything}/S", f"B{everything}/S{everything}"):
        assert not depends_on_neighbours(rule)
        assert turns(rule) == 0
    assert depends_on_neighbours("B/S3")
    assert depends_on_neighbours(f"B{everything}/S3")
    assert turns("B2/S") == 2
    assert turns("B0/S") == 1


def test_the_share_of_cells_that_dead_is_right_on():
    # Of ten equally likely counts of live cells in a 3x3 square, Life has 84 of the 84 squares of three (8 over 3 dead
    # ones and 8 over 2 live ones) and 56 of the 126 of four alive in the next generation.
    assert all_dead_accuracy("B3/S23") == pytest.approx(1 - (84 / 84 + 56 / 126) / 10)
    assert all_dead_accuracy("B3678/S34678") == pytest.approx(0.5)  # its own complement
    assert all_dead_accuracy("B/S012345678") == pytest.approx(0.5)  # the centre cell as it is


def test_life_is_held_against_the_paper_and_ranked_among_the_draws():
    kinds = rules.rules_of(PLAN)
    bands = [rule for rule, kind in kinds.items() if kind == "band"]
    solved = {("B3/S23", 1): 3, ("B3/S23", 3): 38}
    solved |= {(rule, 1): 0 for rule in bands} | {(rule, 3): 16 for rule in bands}
    points = _points(solved)
    assert points["rules/Life/m=1"]["verdict"] == points["rules/Life/m=3"]["verdict"] == "reproduced"
    assert points["rules/rank/band/m=1"]["measured"] == 1
    assert points["rules/rank/band/m=3"]["measured"] == 0
    assert "12 succeed more often and 0 less often" in points["rules/rank/band/m=3"]["note"]
    assert points["rules/rank/any/m=1"]["measured"] == 0
    low, high = points["rules/rank/band/m=1"]["interval"]
    assert 0 < low < high == 1


def test_there_is_a_point_per_rule_with_both_widths():
    points = _points({("B36/S23", 1): 1, ("B36/S23", 3): 15})
    assert points["rules/HighLife/B36/S23"]["measured"] == 15 / 16
    assert "m=1: 1/16; m=3: 15/16, minus Life +44 points" in points["rules/HighLife/B36/S23"]["note"]
    assert "turns: 6. All dead is right on 82 % of cells" in points["rules/HighLife/B36/S23"]["note"]
    assert "rules/Day&Night/B3678/S34678" in points
    assert len(points) == 2 + 4 + 4 + 2 * rules.DRAWN["laptop"]


def test_a_short_budget_gives_no_verdict():
    points = _points({("B3/S23", 3): 64}, plan_of("laptop", updates=1000))
    assert {point["verdict"] for point in points.values()} == {"undecided", "new"}


def test_pieces_have_replicates_of_their_own_and_lifes_are_those_of_the_claim_about_width():
    pieces = Rules(PLAN).needed()
    names = [piece.name for piece in pieces]
    for m in rules.WIDTHS:
        assert width_piece(PLAN, m).name in names
    own = [piece for piece in pieces if piece.kind == "rule"]
    used = [set(range(*piece.settings["replicates"])) for piece in own]
    assert len(set.union(*used)) == sum(len(one) for one in used)
    assert all(min(one) >= 100_000 for one in used)


def test_the_figure_has_every_rule_at_both_widths(tmp_path):
    plan = plan_of("smoke")
    assert Rules(plan, _results({}, plan)).drawn(tmp_path)[0].svg == tmp_path / "rules.svg"
    assert len((tmp_path / "rules.csv").read_text().splitlines()) == 1 + 2 * len(rules.rules_of(plan))


@pytest.mark.thorough
def test_the_trainer_of_any_rule_trains_as_the_other_one_does_and_a_piece_says_what_came_of_it(tmp_path):
    net, settings = LifeNet(), replace(TINY, rule="B36/S23", group=1)
    expected = train(net, settings, seed=5, replicates=[3, 1]).params
    assert_close(train_any_rule(net, settings, seed=5, replicates=[3, 1]), expected, 1e-3)
    calls = []
    piece = {
        "network": {},
        "training": {**{n: getattr(TINY, n) for n in ("batch", "board", "bank_boards", "bank_updates", "check_every")}},
        "seed": 5,
        "replicates": [0, 2],
    }
    piece["training"] |= {"updates": TINY.updates, "group": 1, "rule": "B2/S"}
    outcomes = run(piece, tmp_path, lambda share, words: calls.append((share, words)))
    assert outcomes["solved_at_end"] == [wrong == 0 for wrong in outcomes["wrong_at_end"]]
    assert len(outcomes["solved_at_end"]) == 2
    assert outcomes["rule"] == "B2/S"
    assert calls[-1] == (1.0, "B2/S")
    assert max(outcomes["wrong_at_end"]) <= max(truth_table("B2/S").sum(), 512 - truth_table("B2/S").sum())


@pytest.mark.parametrize(
    ("steps", "changed"), [(2, {}), (1, {"l1": 1e-3}), (1, {"schedule": "cosine"}), (1, {"stop_when_solved": True})]
)
def test_the_trainer_of_any_rule_refuses_what_it_does_not_know(steps, changed):
    with pytest.raises(InputError, match="one step, without penalties"):
        train_any_rule(LifeNet(steps=steps), replace(TINY, **changed), seed=0, replicates=[0])
