import json

import numpy as np
import pytest

from gol.errors import InputError
from lottery.analysis.compaction import compact
from lottery.analysis.exact_masks import can_be_exact
from lottery.certificates.certificate import certify
from lottery.commands.export import COMMAND as EXPORT
from lottery.experiments import KINDS
from lottery.experiments.piece_networks import network_of_piece
from lottery.experiments.prune import pruning_piece
from lottery.experiments.train import training_piece
from lottery.networks.lifenet import LifeNet
from lottery.networks.trees import unflatten
from lottery.runs import pieces
from lottery.runs.files import read_arrays
from lottery.runs.saved_networks import load_network
from lottery.tickets.settings import PruningSettings
from lottery.training.loop import pick
from lottery.training.settings import TrainSettings

NET = LifeNet(width=8)
TRAINING = TrainSettings(updates=2000, bank_boards=256, bank_updates=1000, check_every=500)
PRUNING = PruningSettings(levels=2, prune_fraction=0.3, controls=("finetuned",))


def _quiet(share, words):
    assert 0 <= share <= 1
    assert words


@pytest.fixture(scope="module")
def pruned(tmp_path_factory):
    root = tmp_path_factory.mktemp("pieces")
    piece = pruning_piece("prune", NET, TRAINING, PRUNING, seed=3, replicates=range(2, 6))
    return root, piece, pieces.compute(piece, root, KINDS, _quiet)


def test_a_training_piece_reports_every_replicate(tmp_path):
    piece = training_piece("train", NET, TRAINING, seed=3, replicates=range(4))
    outcomes = pieces.compute(piece, tmp_path, KINDS, _quiet)
    assert len(outcomes["solved_at_end"]) == len(outcomes["first_solved"]) == len(outcomes["margins"]) == 4
    assert [wrong == 0 for wrong in outcomes["wrong_at_end"]] == outcomes["solved_at_end"]
    rows = [json.loads(line) for line in (tmp_path / piece.name / "metrics.jsonl").read_text().splitlines()]
    assert [row["update"] for row in rows] == [500, 1000, 1500, 2000]
    assert rows[-1]["solved_now"] == sum(outcomes["solved_at_end"])
    assert read_arrays(tmp_path / piece.name / "weights.safetensors")["readout/bias"].shape == (4, 1)


def test_a_pruning_piece_reports_every_level_and_arm(pruned):
    _, _, outcomes = pruned
    assert [row["level"] for row in outcomes["levels"]] == [0, 1, 2]
    assert [row["kept"] for row in outcomes["levels"]] == [280, 196, 137]
    assert list(outcomes["levels"][0]["arms"]) == ["ticket"]
    assert list(outcomes["levels"][1]["arms"]) == ["ticket", "finetuned"]
    for row in outcomes["levels"]:
        assert len(row["effective"]) == 4
        assert sum(layer["prunable"] for layer in row["layers"].values()) == 280
        for i in range(4):
            assert sum(layer["kept"][i] for layer in row["layers"].values()) == row["kept"]
    # The dense network, cut by nothing, is certified as it is.
    assert outcomes["levels"][0]["cut_solved"] == outcomes["levels"][0]["arms"]["ticket"]["solved_at_end"]


def test_certified_networks_are_counted_after_compaction_with_the_same_certificate(pruned):
    root, piece, outcomes = pruned
    counted = 0
    for row in outcomes["levels"]:
        flat = read_arrays(root / piece.name / f"level{row['level']:02d}.safetensors")
        for name, arm in row["arms"].items():
            params = unflatten(flat)["arm"][name]
            for i, solved in enumerate(arm["solved_at_end"]):
                sizes = [arm[kind][i] for kind in ("effective_parameters", "when_folded")]
                if not solved:
                    assert sizes == [None, None]
                    continue
                counted += 1
                assert 10 < sizes[1] <= sizes[0] <= row["parameters_kept"]
                whole = certify(pick(params, i))
                for functional in (False, True):
                    small = certify(compact(pick(params, i), functional=functional).params)
                    assert small.correct
                    assert abs(small.margin - whole.margin) <= 1e-4 * whole.margin
    assert counted >= 2


def test_every_level_says_which_masks_can_be_exact_and_certified_networks_have_such(pruned):
    root, piece, outcomes = pruned
    for row in outcomes["levels"]:
        masks = unflatten(read_arrays(root / piece.name / f"level{row['level']:02d}.safetensors"))["mask"]
        whole = {layer: {"bias": None, **leaves} for layer, leaves in masks.items()}
        for arm in row["arms"].values():  # both have the ticket's mask
            assert arm["can_be_exact"] == can_be_exact(whole).tolist()
            assert all(
                possible or not solved
                for solved, possible in zip(arm["solved_at_end"], arm["can_be_exact"], strict=True)
            )


@pytest.mark.thorough
def test_a_pruning_piece_killed_between_levels_ends_with_the_same_outcomes(pruned, tmp_path):
    root, piece, expected = pruned

    def killed_at_level_two(share, words):
        if words == "level 2":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pieces.compute(piece, tmp_path, KINDS, killed_at_level_two)
    again = pieces.compute(piece, tmp_path, KINDS, _quiet)
    for left, right in zip(expected["levels"], again["levels"], strict=True):
        assert {**left, "seconds": 0} == {**right, "seconds": 0}
    first, second = (read_arrays(folder / piece.name / "level02.safetensors") for folder in (root, tmp_path))
    assert first.keys() == second.keys()
    for name in first:
        np.testing.assert_array_equal(first[name], second[name])


def test_the_best_ticket_is_saved_with_its_certificate(pruned):
    root, piece, outcomes = pruned
    solved = [any(row["arms"]["ticket"]["solved_at_end"]) for row in outcomes["levels"]]
    assert solved[0], "the settings of this test are meant to solve the dense network"
    assert any(solved[1:]), "the settings of this test are meant to give a ticket"
    network = load_network(root / piece.name / "best.safetensors")
    assert certify(network.params, padding=network.padding, rule=network.rule).correct
    level = max(row["level"] for row in outcomes["levels"] if any(row["arms"]["ticket"]["solved_at_end"]))
    present = sum(int(np.count_nonzero(leaf)) for layer in network.params.values() for leaf in layer.values())
    assert present <= outcomes["levels"][level]["parameters_kept"]


def test_one_network_of_a_pruning_piece_is_found_by_its_level_and_replicate(pruned):
    root, piece, outcomes = pruned
    solved = outcomes["levels"][1]["arms"]["ticket"]["solved_at_end"]
    found = [network_of_piece(root / piece.name, replicate, level=1) for replicate in range(2, 6)]
    assert [certify(network).correct for network in found] == solved
    assert found[0].origin == "Replicate 2, seed 3, level 1."
    last = network_of_piece(root / piece.name, 3)
    assert last.origin == "Replicate 3, seed 3, level 2."
    assert sum(int(np.count_nonzero(layer["kernel"])) for layer in last.params.values()) <= 137
    assert network_of_piece(root / piece.name).origin == load_network(root / piece.name / "best.safetensors").origin


@pytest.mark.thorough
def test_a_page_of_a_replicate_has_a_slider_over_its_levels(pruned, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("JAX_NUM_CPU_DEVICES", "1")  # of a process that has begun to compute, it cannot be changed
    root, piece, outcomes = pruned
    replicate = 2 + outcomes["levels"][0]["arms"]["ticket"]["solved_at_end"].index(True)
    words = [
        str(root / piece.name),
        "--replicate",
        str(replicate),
        "--to",
        "html",
        "--out",
        str(tmp_path / "page.html"),
    ]
    EXPORT(words, "gol-lottery export")
    assert "3 levels of pruning" in capsys.readouterr().out
    assert f"Replicate {replicate}, seed 3, level 2." in (tmp_path / "page.html").read_text()


def test_a_network_that_a_piece_does_not_have_is_a_mistake_in_a_sentence(pruned, tmp_path):
    root, piece, _ = pruned
    for replicate, level, said in (
        (6, None, "number from 2 to 5"),
        (None, 1, "number from 2 to 5"),
        (2, 3, "no level 3: its levels are 0, 1, 2"),
    ):
        with pytest.raises(InputError, match=said):
            network_of_piece(root / piece.name, replicate, level)
    with pytest.raises(InputError, match="no folder of a piece"):
        network_of_piece(tmp_path)
    (tmp_path / "settings.json").write_text('{"kind": "handmade", "settings": {}}')
    with pytest.raises(InputError, match="of the kind handmade"):
        network_of_piece(tmp_path)


@pytest.mark.thorough
def test_one_network_of_a_training_piece_is_found_by_its_replicate(tmp_path):
    settings = TrainSettings(updates=50, bank_boards=64, bank_updates=50, check_every=50, board=8, batch=4)
    piece = training_piece(
        "train", LifeNet(steps=2, features=(4, 1), tied=True), settings, seed=3, replicates=range(1, 3)
    )
    pieces.compute(piece, tmp_path, KINDS, _quiet)
    found = network_of_piece(tmp_path / piece.name, 2)
    weights = read_arrays(tmp_path / piece.name / "weights.safetensors")
    assert found.steps == 2
    assert np.array_equal(found.params["block1_3x3"]["kernel"], weights["block0_3x3/kernel"][1])
    with pytest.raises(InputError, match="has no levels"):
        network_of_piece(tmp_path / piece.name, 2, level=1)
