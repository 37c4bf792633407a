"""Networks beside the paper's: other activations, no read-out, tied blocks; and other optimisers and penalties."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from helpers import TINY, assert_close, example, on_device, random_parameters, rows, shapes_of

from gol.errors import InputError
from lottery.analysis.unit_responses import constant_units, unit_answers
from lottery.certificates.certificate import certify
from lottery.experiments.network_piece import network_settings
from lottery.networks.activations import ACTIVATIONS
from lottery.networks.handmade import handmade_parameters
from lottery.networks.lifenet import (
    LifeNet,
    initial_parameters,
    logits,
    parameter_count,
    untie,
)
from lottery.networks.neighbourhoods import NEIGHBOURHOODS
from lottery.runs.files import settings_from
from lottery.training.arrangements import choose_arrangement
from lottery.training.loop import train
from lottery.training.losses import boards_loss, pattern_logits, patterns_loss, squared_error_of_relu, tables_loss
from lottery.training.optimisers import OPTIMISERS, penalty

SINGLE = replace(TINY, group=1, stream="shared")  # the cheapest to compile


def _name(net):
    return "-".join([f"n{net.steps}", net.activation, *["short"] * (not net.readout), *["tied"] * net.tied])


VARIANTS = [LifeNet(width=2, activation=name) for name in ACTIVATIONS] + [
    LifeNet(readout=False),
    LifeNet(features=(3, 1), readout=False, activation="prelu"),
    LifeNet(steps=2, features=(3, 1), tied=True, activation="prelu"),
    LifeNet(steps=2, width=2, activation="prelu_channels"),
    LifeNet(steps=3, features=(3, 1), tied=True),
]


@pytest.mark.parametrize("net", VARIANTS, ids=_name)
def test_parameters_are_counted_and_settings_come_back(net):
    assert parameter_count(net) == sum(leaf.size for leaf in jax.tree.leaves(shapes_of(net)))
    assert settings_from(LifeNet, network_settings(net)) == net


# With the padding that is harder: tables pad their answers, and patterns see a dead border.
@pytest.mark.thorough(but=3)
@pytest.mark.parametrize("net", [net.clone(padding="zero") for net in VARIANTS], ids=_name)
def test_every_arrangement_computes_a_variants_loss_and_gradient(net):
    with jax.enable_x64(True):
        params, mask, boards, codes, after = on_device(example(net, masked=True))

        def kept(p):
            return jax.tree.map(jnp.multiply, p, mask)

        def loss_and_gradient(loss):
            return jax.jit(jax.value_and_grad(loss))(params)

        expected = loss_and_gradient(lambda p: boards_loss(net, kept(p), boards, after, "bce"))
        found = loss_and_gradient(
            lambda p: tables_loss(untie(net, kept(p)), codes, after, "zero", "bce", net.activation)
        )
        assert_close(found, expected, 1e-10)
        if net.steps == 1:
            weights = jnp.bincount(codes.ravel(), length=512) / codes.size
            targets = jnp.zeros(512).at[codes.ravel()].set(after.ravel())
            found = loss_and_gradient(lambda p: patterns_loss(kept(p), weights, targets, "bce", net.activation))
            assert_close(found, expected, 1e-10)


@pytest.mark.thorough(but=2)
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_numpy_and_jax_activate_alike_in_both_dtypes(name):
    x = np.linspace(-4, 4, 33)
    for dtype in (np.float32, np.float64):
        slope = np.full((), 0.3, dtype)
        with jax.enable_x64(dtype is np.float64):
            expected = ACTIVATIONS[name].train(jnp.asarray(x, dtype), jnp.asarray(slope))
        found = ACTIVATIONS[name].check(x.astype(dtype), slope)
        assert found.dtype == expected.dtype == dtype
        np.testing.assert_allclose(found, expected, rtol=20 * np.finfo(dtype).eps, atol=20 * np.finfo(dtype).eps)


@pytest.mark.thorough(but=3)
@pytest.mark.parametrize("net", [net for net in VARIANTS if net.steps == 1], ids=_name)
def test_certificates_and_units_see_the_variant_that_was_trained(net):
    params = random_parameters(net, 3)
    alive = np.asarray(pattern_logits(on_device(params), net.activation)) > 0
    table = np.array([(n == 3) or (n == 2 and c) for c, n in zip(NEIGHBOURHOODS[:, 4], _neighbours(), strict=True)])
    assert certify(params, activation=net.activation).wrong == np.sum(alive != table)
    answers = unit_answers(params, net.activation)
    logit = answers.narrow[:, 0]
    if net.readout:
        logit = answers.narrow @ params["readout"]["kernel"][0, 0, :, 0] + params["readout"]["bias"]
    np.testing.assert_allclose(logit, pattern_logits(on_device(params), net.activation), rtol=1e-3, atol=1e-4)


def _neighbours():
    return NEIGHBOURHOODS.sum(1) - NEIGHBOURHOODS[:, 4]


def test_the_hidden_half_of_the_handmade_network_needs_no_readout():
    params = handmade_parameters(1)
    short = {name: params[name] for name in ("block0_3x3", "block0_1x1")}
    assert certify(short).wrong > 0  # its hidden state is 0 or 1, and 0 is no answer
    short["block0_1x1"] = {**short["block0_1x1"], "bias": np.full(1, -0.5, np.float32)}
    assert certify(short).correct


def test_tied_blocks_compute_what_free_blocks_with_the_same_weights_do():
    tied = LifeNet(steps=3, features=(2, 1), tied=True)
    free = LifeNet(steps=3, features=(2, 1))
    params = handmade_parameters(3)
    shared = {name: params[name] for name in ("block0_3x3", "block0_1x1", "readout")}
    assert parameter_count(tied) == 25
    boards = jnp.asarray(np.random.default_rng(0).integers(0, 2, (2, 8, 8)), jnp.float32)
    assert np.array_equal(logits(tied, shared, boards), logits(free, untie(tied, shared), boards))
    assert certify(untie(tied, shared)).kind == "composition"


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"activation": "step"}, "Unknown activation"),
        ({"readout": False, "width": 2}, "without a read-out"),
        ({"readout": False, "steps": 2}, "without a read-out"),
        ({"tied": True, "width": 2}, "Tied blocks"),
    ],
)
def test_variants_that_cannot_be_are_refused(settings, sentence):
    with pytest.raises(InputError, match=sentence):
        LifeNet(**settings)


@pytest.mark.parametrize(
    ("net", "last"), [(LifeNet(output_bias=-0.5), "readout"), (LifeNet(readout=False, output_bias=-0.5), "block0_1x1")]
)
def test_the_output_bias_is_the_start_of_the_last_bias_alone(net, last):
    params = initial_parameters(net, jax.random.key(0))
    starts = {layer: float(params[layer]["bias"][0]) for layer in params}
    assert starts == {layer: -0.5 if layer == last else 0.0 for layer in params}


def test_units_that_never_speak_are_counted():
    params = handmade_parameters(1, 2)  # four wide units and two narrow ones, of which two and one are zero
    answers = unit_answers(params)
    assert constant_units(answers.wide).tolist() == [False, False, True, True]
    assert constant_units(answers.narrow).tolist() == [False, True]


def test_a_relu_output_is_read_at_one_half():
    z = jnp.array([-2.0, -0.5, 0.0, 0.5])
    np.testing.assert_allclose(squared_error_of_relu(z, jnp.ones(4)), [1.0, 1.0, 0.25, 0.0])


@pytest.mark.thorough(but=1)
@pytest.mark.parametrize("name", OPTIMISERS)
def test_every_optimiser_trains_and_leaves_pruned_weights_at_zero(name):
    net = LifeNet()
    mask = jax.tree.map(lambda leaf: np.ones(leaf.shape, bool), initial_parameters(net, jax.random.key(0)))
    mask["block0_3x3"]["kernel"][0, 0] = False
    settings = replace(SINGLE, optimiser=name, learning_rate=1e-2, l1=1e-4, l2=1e-4)
    masks = jax.tree.map(lambda leaf: leaf[None], mask)
    result = train(net, settings, seed=0, replicates=[0], masks=masks)
    assert np.all(result.params["block0_3x3"]["kernel"][0, 0, 0] == 0)
    assert result.loss[0, -1] < result.loss[0, 0]


@pytest.mark.thorough
def test_the_penalty_is_on_kernels_alone_makes_them_smaller_and_is_not_in_the_reported_loss():
    params = on_device({"a": {"kernel": np.array([1.0, -2.0]), "bias": np.array([5.0])}})
    assert penalty(params, 0.1, 0.01) == pytest.approx(0.1 * 3 + 0.01 * 5)
    settings = replace(SINGLE, learning_rate=1e-2, updates=100, check_every=1)
    free, held = (
        train(LifeNet(), replace(settings, l1=l1, l2=l2), seed=0, replicates=[0]) for l1, l2 in ((0.0, 0.0), (0.1, 1.0))
    )
    np.testing.assert_allclose(free.loss[:, 0], held.loss[:, 0], rtol=1e-6)  # before the first change
    sums = [np.abs(result.params["block0_3x3"]["kernel"]).sum() for result in (free, held)]
    assert sums[1] < 0.5 * sums[0]


@pytest.mark.parametrize(
    ("net", "settings"),
    [
        (LifeNet(steps=2, activation="tanh"), {}),
        (LifeNet(steps=2, tied=True), {}),
        (LifeNet(steps=2), {"optimiser": "sgd"}),
        (LifeNet(steps=2), {"l1": 1e-4}),
        (LifeNet(steps=2), {"loss": "relu_mse"}),
    ],
)
def test_the_fused_kernels_give_way_to_what_they_do_not_know(net, settings):
    pytest.importorskip("numba")
    assert choose_arrangement(LifeNet(steps=2), TINY) == "fused"
    assert choose_arrangement(net, replace(TINY, **settings)) == "tables"


@pytest.mark.thorough(but=1)
@pytest.mark.parametrize(
    "net", [LifeNet(activation="tanh"), LifeNet(steps=2, features=(2, 1), tied=True, activation="tanh")], ids=_name
)
def test_a_variant_is_trained_with_its_own_activation(net):
    result = train(net, replace(SINGLE, updates=50), seed=0, replicates=[0])
    one = rows(result.params, 0)
    assert set(one) == {"block0_3x3", "block0_1x1", "readout"}
    assert result.certificates[0].wrong == certify(untie(net, one), activation="tanh").wrong
