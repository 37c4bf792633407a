"""A pruned network against small ones: what is computed, and what is said of outcomes."""

import json
from dataclasses import replace
from math import ceil

import numpy as np
import pytest

import lottery
from gol.errors import InputError
from lottery import commands
from lottery.comparison import LARGEST_TRIED, NAMES, SMALL, Contest, in_points, weights
from lottery.networks.lifenet import LifeNet, parameter_count
from lottery.tickets.settings import PruningSettings
from lottery.training.settings import TrainSettings

TRAINING = TrainSettings(updates=1000)


def contest(width=8, levels=7, **changes):
    return Contest(LifeNet(width=width), TRAINING, PruningSettings(levels=levels), **changes)


def outcomes(of, ticket, dense, reinit, shuffled, small):
    """Made-up outcomes of all pieces: how many of the replicates succeed, the first ones."""

    def first(successes):
        return [index < successes for index in range(of.replicates)]

    def arm(successes):
        return {"solved_at_end": first(successes), "can_be_exact": first(of.replicates - 1)}

    def row(level, **arms):
        return {"level": level, "arms": {name: arm(k) for name, k in arms.items()}}

    found = {
        "ticket": {
            "levels": [row(0, ticket=dense), row(of.pruning.levels, ticket=ticket, reinit=reinit)],
            "seconds": 10.0,
        },
        **{arm: {"solved_at_end": first(k), "seconds": 1.0} for arm, k in zip(SMALL, small, strict=True)},
    }
    found["ticket"]["levels"][1]["arms"][of.controls[1]] = arm(shuffled)
    return {piece.name: found[arm] for arm, piece in of.pieces.items()}


def test_parameters_of_the_ticket_are_what_pruning_leaves():
    found = contest()
    assert found.kept == [280, 224, 179, 143, 114, 91, 73, 58]
    assert found.ticket_parameters == 58 + 25
    assert replace(found, pruning=PruningSettings(levels=2, prune_biases=True)).ticket_parameters == 195


def test_small_networks_have_at_most_the_ticket_s_parameters_and_the_shape_that_learns_best():
    for levels in range(1, 9):
        found = contest(levels=levels)
        assert parameter_count(found.small_net) <= found.ticket_parameters
    assert contest().small_net.channels == (4, 7)  # 40 of 48 such networks learned, the most
    assert contest(width=24, levels=1).small_net.channels == (42, 21)  # larger than any that `shapes` has tried
    assert contest(width=24, levels=1).ticket_parameters > LARGEST_TRIED
    assert contest(width=1, levels=9).small_net.channels == (2, 1)  # where even the smallest has more parameters
    assert contest(small=(3, 2)).small_net.channels == (3, 2)


def test_networks_of_more_steps_are_compared_with_narrower_ones_of_as_many_steps():
    found = replace(contest(width=3, levels=3), net=LifeNet(steps=2, width=3))
    assert found.controls == ("reinit", "shuffled")  # which masks can be exact is known for one step alone
    assert found.small_net.steps == 2
    assert found.small_net.channels == (4, 2)
    assert parameter_count(found.small_net) <= found.ticket_parameters < parameter_count(LifeNet(steps=2, width=3))


def test_small_networks_are_trained_for_as_many_updates_and_as_many_multiplications():
    found = contest()
    updates = found.small_updates()
    own = weights(found.small_net)
    assert (weights(found.net), own) == (280, 4 * 9 + 4 * 7 + 7)
    assert updates["small_updates"] == 1000
    assert 0 <= updates["small_dense"] * own - 1000 * 280 < 250 * own
    assert 0 <= updates["small_search"] * own - 1000 * sum(found.kept) < 250 * own
    assert all(number % TRAINING.check_every == 0 for number in updates.values())


def test_a_search_costs_what_it_trains():
    found = contest()
    before = replace(found, pruning=replace(found.pruning, when="init", criterion="snip"))
    late = replace(found, pruning=replace(found.pruning, rewind_to=500))
    searched = [each.small_updates()["small_search"] for each in (found, before, late)]
    dense, own, every = weights(found.net), weights(found.small_net), TRAINING.check_every
    of_levels = sum(found.kept[1:]) / found.kept[0]
    expected = (1 + of_levels, before.kept[-1] / found.kept[0], 1 + of_levels / 2)
    assert searched == [every * ceil(1000 * dense * share / own / every) for share in expected]


def test_a_fair_shuffle_is_compared_where_one_was_found():
    of = contest(replicates=16)
    found = of.result(outcomes(of, ticket=16, dense=16, reinit=0, shuffled=0, small=(0, 0, 0)))
    fair = found.contestants[of.controls[1]]
    assert (fair.successes, fair.trials) == (0, 15)
    made = outcomes(of, ticket=16, dense=16, reinit=0, shuffled=0, small=(0, 0, 0))
    made[of.pieces["ticket"].name]["levels"][1]["arms"][of.controls[1]]["can_be_exact"] = [False] * 16
    assert of.controls[1] not in of.result(made).against


def test_settings_that_prune_nothing_are_refused():
    with pytest.raises(InputError, match="prune nothing"):
        _ = replace(contest(), pruning=PruningSettings(levels=2, floor=1000)).kept


def test_no_two_arms_of_small_networks_share_replicates_with_each_other_or_the_ticket():
    ranges = [tuple(piece.settings["replicates"]) for piece in contest(replicates=8).needed]
    assert len(set(ranges)) == len(ranges) == 4


def test_every_arm_is_judged_with_holms_correction_over_all_of_them():
    of = contest(replicates=64)
    found = of.result(outcomes(of, ticket=40, dense=60, reinit=20, shuffled=40, small=(39, 64, 50)))
    verdicts = {arm: one.verdict for arm, one in found.against.items()}
    assert verdicts == {
        "dense": "worse",
        "reinit": "better",
        "shuffled_feasible": "same",  # the same replicates succeed
        "small_updates": "undecided",  # other replicates, and so a wide interval
        "small_dense": "worse",
        "small_search": "undecided",
    }
    assert found.against["dense"].test == "exact McNemar"
    assert found.against["small_dense"].test == "Fisher"
    assert found.against["dense"].p == pytest.approx(5 * 2 * 0.5**20)  # the second smallest of six
    assert found.against["dense"].difference == (40 - 60) / 64
    assert (found.contestants["ticket"].successes, found.contestants["ticket"].trials) == (40, 64)
    assert found.contestants["dense"].parameters == 305
    assert [one.possible for one in found.contestants.values()] == [63] * 4 + [None] * 3
    assert found.contestants["ticket"].parameters == found.contestants["reinit"].parameters == 83
    assert found.seconds == 13
    assert "The ticket is worse than dense network (−31 points" in str(found)


def test_all_of_a_comparison_can_be_written_as_json_and_drawn():
    of = contest(replicates=8)
    found = of.result(outcomes(of, ticket=4, dense=6, reinit=2, shuffled=4, small=(3, 8, 5)))
    read = json.loads(json.dumps(found.described(), allow_nan=False))
    assert read["arms"]["ticket"]["rate"] == 0.5
    assert read["ticket_against"]["reinit"]["difference"] == 0.25
    _, drawn = found.figure()
    assert [row["name"] for row in drawn] == [NAMES[arm] for arm in found.contestants]
    assert [row["successes"] for row in drawn] == [4, 6, 2, 4, 3, 8, 5]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"replicates": 1}, "replicates is 1"),
        ({"seed": -1}, "seed is -1"),
        ({"training": TrainSettings(updates=1000, stop_when_solved=True)}, "stop_when_solved is True"),
        ({"pruning": PruningSettings(rewind_to=1000)}, "rewind_to is 1000"),
        ({"small": (3, 0)}, "at least 1 channel"),
    ],
)
def test_what_cannot_be_compared_gets_a_sentence(changes, words):
    with pytest.raises(InputError, match=words):
        replace(contest(), **changes).needed  # noqa: B018 - the shape is only looked at here


def test_differences_are_in_points_with_a_true_minus():
    assert [in_points(one) for one in (0.204, -0.3125, 0.0, -0.001)] == ["+20", "−31", "0", "0"]


def test_a_comparison_is_computed_kept_and_not_computed_again(tmp_path, monkeypatch, capsys):
    settings = TrainSettings(updates=250)
    pruning = PruningSettings(levels=1)
    found = lottery.compare(LifeNet(width=2), settings, pruning, replicates=2, folder=tmp_path)
    assert list(found.contestants) == ["ticket", "dense", "reinit", "shuffled_feasible", *SMALL]
    assert all(one.trials == 2 for one in found.contestants.values())
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "pieces").rglob("*.json")}
    monkeypatch.setenv("JAX_NUM_CPU_DEVICES", "1")
    words = ["--width", "2", "--updates", "250", "--levels", "1", "--replicates", "2", "--out", str(tmp_path)]
    monkeypatch.setattr("sys.argv", ["gol-lottery", "compare", *words, "--json", "-"])
    with pytest.raises(SystemExit) as ended:
        commands.main()
    assert ended.value.code == 0
    printed = capsys.readouterr()
    shown = json.loads(printed.out)
    assert shown == json.loads(json.dumps(found.described()))
    assert "All of it is finished." in printed.err
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "pieces").rglob("*.json")} == before
    (folder,) = tmp_path.glob("compare-*")
    assert {path.name for path in folder.iterdir()} == {"compare.json", "compare.svg", "compare.png", "compare.csv"}


def test_counts_that_a_search_keeps_are_those_that_a_comparison_foresees():
    net = LifeNet(width=2)
    pruning = PruningSettings(levels=2, scope="erk", floor=2, controls=())
    of = Contest(net, TrainSettings(updates=250), pruning, replicates=2)
    levels = lottery.find_ticket(net, TrainSettings(updates=250), pruning, seed=0, replicates=[0])
    kept = [sum(int(np.sum(leaf)) for leaf in _leaves(level.masks)) for level in levels]
    assert kept == of.kept


def _leaves(masks):
    return [leaf for layer in masks.values() for leaf in layer.values() if leaf is not None]
