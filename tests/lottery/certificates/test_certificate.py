"""Proofs, refutations with a true counterexample, and bounds that are never called proofs."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from helpers import on_device, random_parameters

import gol
from gol.errors import InputError
from lottery.certificates.certificate import certify
from lottery.networks.handmade import handmade_parameters
from lottery.networks.lifenet import LifeNet, logits
from lottery.networks.trees import stack
from lottery.runs.saved_networks import shipped_ticket


def centre_logit(params, example):
    """The network's logit in the middle of a counterexample's picture, and what the cell becomes."""
    cells = np.array([[c == "O" for c in row] for row in example.split("\n")], np.uint8)
    steps = (len(cells) - 1) // 2
    net = LifeNet(steps=steps, features=params["block0_1x1"]["kernel"].shape[2:], padding="valid")
    found = logits(net, on_device(params), jnp.asarray(cells, jnp.float32))
    after = gol.evolve(np.pad(cells, steps), steps)[2 * steps, 2 * steps]
    return float(found[0, 0]), bool(after)


@pytest.mark.thorough(but=2)
@pytest.mark.parametrize("padding", ["torus", "zero"])
@pytest.mark.parametrize(
    ("steps", "kind"),
    [(1, "neighbourhoods"), (2, "windows"), (3, "composition"), (4, "composition"), (5, "composition")],
)
def test_handmade_networks_are_proved_with_a_margin_of_20(steps, kind, padding):
    found = certify(handmade_parameters(steps, 2), padding=padding)
    assert (found.kind, found.exact, found.correct, found.wrong, found.example) == (kind, True, True, 0, None)
    assert (found.margin, found.dtype, found.agrees, found.error_rate_bound) == (20.0, "float32", True, None)
    edges = 4 * 2**15 + 4 * 2**9 if padding == "zero" else 0
    assert found.checked == {"neighbourhoods": 512, "windows": 2**25 + edges, "composition": 512 * steps}[kind]


@pytest.mark.thorough(but=1)
@pytest.mark.parametrize("steps", [1, 2])
def test_a_random_network_is_refuted_with_a_window_on_which_it_is_wrong(steps):
    params = random_parameters(LifeNet(steps=steps, width=2), 1)
    found = certify(params)
    assert found.exact
    assert not found.correct
    assert 0 < found.wrong <= found.checked
    assert found.margin == 0
    logit, alive = centre_logit(params, found.example)
    assert (logit > 0) is not alive


def refutes_one_pattern(steps):
    """Hand-made weights with a spare unit that fires on the neighbourhood of nine live cells alone."""
    params = handmade_parameters(steps, features=(3, 2))
    last = steps - 1
    params[f"block{last}_3x3"]["kernel"][:, :, 0, 2] = 1.0
    params[f"block{last}_3x3"]["bias"][2] = -8.0
    params[f"block{last}_1x1"]["kernel"][0, 0, 2, 1] = 1.0
    params["readout"]["kernel"][0, 0, 1, 0] = 50.0
    return params


@pytest.mark.parametrize(("method", "wrong"), [("neighbourhoods", 1), ("composition", 1)])
def test_one_wrong_neighbourhood_is_found(method, wrong):
    params = refutes_one_pattern(1)
    if method == "composition":
        with pytest.raises(InputError, match="does not apply"):
            certify(params, method="composition")
        return
    found = certify(params)
    assert (found.wrong, found.example) == (wrong, "OOO\nOOO\nOOO")


@pytest.mark.thorough
def test_wrong_windows_of_two_steps_are_counted():
    found = certify(refutes_one_pattern(2))
    # Wrong are the windows whose inner 3x3 cells are all alive one generation later: counted by the simulator.
    windows = np.arange(2**25, dtype=np.uint32)
    table = gol.truth_table("B3/S23").astype(bool)
    for top in range(3):
        for left in range(3):
            code = np.zeros(len(windows), np.uint16)
            for row in range(3):
                last = 22 - 5 * (top + row) - left  # of the three bits of a row's cells
                code |= ((windows >> last & 7) << (6 - 3 * row)).astype(np.uint16)
            windows = windows[table[code]]
    assert found.wrong == len(windows) > 0
    logit, after = centre_logit(refutes_one_pattern(2), found.example)
    assert (logit > 0) is not after


def test_a_logit_of_exactly_zero_is_wrong_and_so_is_nan():
    for value in (20.0, np.nan):
        params = handmade_parameters(1)
        params["readout"]["bias"][:] = 0.0 if value == 20.0 else value  # dead cells: exactly 0
        found = certify(params)
        assert not found.correct
        assert found.wrong == (512 - 140 if value == 20.0 else 512)


@pytest.mark.thorough(but=1)
@pytest.mark.parametrize("steps", [1, 2, 3])
def test_a_network_that_diverged_is_refuted_at_every_number_of_steps(steps):
    params = handmade_parameters(steps)
    params["block0_3x3"]["kernel"][:] = np.float32(3e38)
    params["block0_1x1"]["kernel"][:] = np.float32(3e38)
    assert not certify(params).correct


def test_right_in_float64_only_is_not_right():
    params = jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), handmade_parameters(1))
    params["readout"]["bias"][:] = -1e-60  # in float32 this is 0, and so is the logit of a dead cell
    found = certify(params)
    assert (found.correct, found.agrees, found.wrong) == (False, False, 512 - 140)


def test_a_certificate_is_for_one_rule():
    assert not certify(handmade_parameters(1), rule="B36/S23").correct
    assert certify(handmade_parameters(1), rule="B36/S23").wrong == 28  # dead cells with six neighbours
    assert not certify(handmade_parameters(2), rule="B36/S23").correct


def leaks_at_the_edge():
    """Exact on a torus: a channel that is always 1, and a bias that takes its nine ones away; fewer at an edge."""
    params = handmade_parameters(2, features=(2, 2))
    params["block0_1x1"]["bias"][1] = 1.0
    params["block1_3x3"]["kernel"][:, :, 1, 1] = 1.0
    params["block1_3x3"]["bias"][1] -= 9.0
    return params


@pytest.mark.thorough
def test_where_there_is_no_edge_nothing_leaks_on_any_window():
    assert certify(leaks_at_the_edge(), padding="torus").correct


def test_padding_is_part_of_the_claim():
    params = leaks_at_the_edge()
    assert certify(params, padding="torus", method="composition").correct
    with pytest.raises(InputError, match="does not apply"):
        certify(params, padding="zero", method="composition")
    boards = gol.random_boards(jax.random.key(0), (64, 8, 8))
    found = logits(LifeNet(steps=2, features=(2, 2), padding="zero"), on_device(params), boards.astype(jnp.float32)) > 0
    wrong = np.asarray(found) != np.asarray(gol.evolve(boards, 2, topology="plane"))
    assert wrong.any()
    assert not wrong[:, 1:-1, 1:-1].any()  # edge and corner cells alone


@pytest.mark.thorough
@pytest.mark.usefixtures("optimised")
def test_a_network_that_is_wrong_at_the_edge_alone_is_refuted_by_a_window_with_an_edge():
    found = certify(leaks_at_the_edge(), padding="zero")
    assert not found.correct
    assert "-" in found.example


def test_composition_does_not_apply_to_networks_in_general():
    for steps in (1, 2, 3):
        with pytest.raises(InputError, match="does not apply"):
            certify(random_parameters(LifeNet(steps=steps, width=2), 2), method="composition")


@pytest.mark.thorough
@pytest.mark.usefixtures("optimised")
def test_a_sampled_certificate_of_a_network_that_is_right_is_a_bound():
    found = certify(handmade_parameters(3), method="sampled")
    assert (found.kind, found.correct, found.exact, found.margin) == ("sampled", True, False, 20.0)
    assert (found.checked, found.wrong, found.example) == (4096 + 1, 0, None)
    assert found.error_rate_bound == pytest.approx(1 - 0.05 ** (1 / 4096))


@pytest.mark.thorough
def test_a_sampled_certificate_is_exact_as_a_refutation():
    refuted = certify(random_parameters(LifeNet(steps=3), 3))
    assert (refuted.kind, refuted.correct, refuted.exact, refuted.error_rate_bound) == ("sampled", False, True, None)
    assert refuted.as_dict()["wrong"] == refuted.wrong > 0


@pytest.mark.parametrize(
    ("change", "arguments", "sentence"),
    [
        (None, {"method": "prayer"}, "Unknown method"),
        (None, {"padding": "valid"}, "Unknown padding"),
        (None, {"method": "windows"}, "for networks of 2 step"),
        (None, {"rule": "B9/S"}, "B9/S"),
        (lambda p: p.pop("block0_1x1"), {}, "not the parameters of a LifeNet"),
        (None, {"activation": "prelu"}, "not the parameters of a LifeNet"),
        (None, {"activation": "step"}, "Unknown activation"),
        (lambda p: p["readout"].pop("bias"), {}, "readout/bias should have the shape"),
        (lambda p: p["readout"].update(scale=np.ones(1)), {}, "readout/scale is none"),
        (lambda p: p["block0_3x3"].update(kernel=np.ones((5, 5, 1, 2))), {}, "block0_3x3/kernel"),
        (lambda p: p["block0_1x1"].update(kernel=np.ones(())), {}, "not the parameters of a LifeNet"),
        (lambda p: p.clear(), {}, "found nothing"),
    ],
)
def test_what_cannot_be_certified_is_refused(change, arguments, sentence):
    params = handmade_parameters(1)
    if change:
        change(params)
    with pytest.raises(InputError, match=sentence):
        certify(params, **arguments)


def test_a_saved_network_is_certified_as_it_is_and_stacked_ones_are_picked_from():
    saved = shipped_ticket()
    assert certify(saved).correct
    assert certify(saved) == certify(saved.params, padding=saved.padding, rule=saved.rule, activation=saved.activation)
    assert not certify(saved, rule="B36/S23").correct
    many = stack([handmade_parameters(2)] * 3)
    with pytest.raises(InputError, match=r"parameters of 3 networks: pick one with lottery.pick\(params, 0\)"):
        certify(many)
    with pytest.raises(InputError, match="parameters of 3 networks"):
        certify(many, net=LifeNet(steps=2))
    with pytest.raises(InputError, match="not the parameters of a LifeNet: found list"):
        certify([1, 2])
