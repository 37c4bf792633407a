"""The fused kernels against the boards reference: loss, gradient, whole trainings, and where they give way."""

import logging
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from helpers import TINY, assert_close, assert_same, example, on_device, plain_loop, rows

from lottery.networks.lifenet import LifeNet
from lottery.training import arrangements
from lottery.training.arrangements import choose_arrangement
from lottery.training.loop import draw_initial, train
from lottery.training.losses import LOSSES, boards_loss

pytest.importorskip("numba")
from lottery.training.fused import network
from lottery.training.fused.board_loss import board_loss
from lottery.training.fused.engine import NINE_TABLES_FROM, network_shape
from lottery.training.fused.loss import loss_and_slope, series
from lottery.training.fused.memory import Shape, reserve
from lottery.training.fused.weights import flatten, unflatten


def one(tree):
    return jax.tree.map(lambda leaf: np.asarray(leaf)[None], tree)


def fused_loss_and_gradient(net, settings, params, mask, codes, after, nine_tables):
    shape = network_shape(net, settings)._replace(nine_tables=nine_tables)
    weights = flatten(net, one(params))[0] * flatten(net, one(mask))[0]
    memory = numbers, _, places = reserve(shape, settings.dtype)
    numbers[places.weights : places.weights + len(weights)] = weights
    numbers[places.gradient : places.gradient + len(weights)] = np.nan
    bank = codes.astype(np.uint16), after.astype(np.uint8)
    for _ in range(2):  # what the first call leaves in the working memory must not reach the second
        value = network.batch_gradient(*memory, shape, *bank, np.arange(len(codes), dtype=np.int32)[None], 0)
    gradient = numbers[places.gradient : places.gradient + len(weights)]
    return value, rows(unflatten(net, (gradient * flatten(net, one(mask))[0])[None]), 0)


@pytest.mark.thorough  # compiling for float64 takes half a minute; in float32 they are held to a plain loop
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("loss", ["bce", "mse"])
@pytest.mark.parametrize("padding", ["torus", "zero"])
@pytest.mark.parametrize(
    ("steps", "features", "nine_tables"),
    [
        *((1, None, False), (2, (3, 5), False), (3, (4, 2), False)),
        (2, (10, 6), False),  # two outputs are left over, and columns that are no whole tiles
        *((2, (18, 7), True), (3, (3, 2), True)),
        (2, (34, 9), True),  # five vectors of features: three together, then two
        (2, (8, 17), True),  # one vector of features, and two whole tiles of outputs
    ],
)
def test_kernels_are_the_boards_reference(steps, features, nine_tables, padding, loss, masked):
    net = LifeNet(steps=steps, width=2, features=features, padding=padding)
    settings = replace(TINY, board=9, loss=loss, dtype="float64")
    with jax.enable_x64(True):
        params, mask, boards, codes, after = example(net, masked)
        found = fused_loss_and_gradient(net, settings, params, mask, codes, after, nine_tables)
        params, mask, boards, after = on_device((params, mask, boards, after))
        reference = jax.value_and_grad(
            lambda p: boards_loss(net, jax.tree.map(jnp.multiply, p, mask), boards, after, loss)
        )
        expected = jax.jit(reference)(params)
        assert_close(found, expected, 1e-10)


@pytest.mark.thorough
def test_a_fused_training_with_nine_tables_is_the_training_on_tables():
    # Without nine tables it is held to a plain loop below.
    net = LifeNet(steps=2, features=(NINE_TABLES_FROM, 1))
    settings = replace(TINY, updates=100, dtype="float64")
    with jax.enable_x64(True):
        fused, tables = (
            train(net, replace(settings, arrangement=name), seed=4, replicates=[0, 5]) for name in ("fused", "tables")
        )
    assert_close(fused.params, tables.params, 1e-8)
    np.testing.assert_allclose(fused.loss, tables.loss, rtol=1e-6)
    np.testing.assert_array_equal(fused.wrong, tables.wrong)
    assert len(set(fused.loss.ravel())) == fused.loss.size  # something was learned


@pytest.mark.thorough(but=1)
@pytest.mark.parametrize("masked", [True, False])
@pytest.mark.parametrize(
    ("features", "padding", "changes"),
    [
        ((5, 7), "torus", {"batch": 11, "dtype": "float32"}),
        ((5, 7), "torus", {"batch": 11}),
        ((2, 1), "zero", {"loss": "mse", "schedule": "cosine"}),
        ((6, 3), "zero", {"frozen": True}),
        ((3, 3), "torus", {"rule": "B36/S23", "stream": "shared"}),
    ],
)
def test_a_fused_training_on_patterns_is_the_training_on_patterns(features, padding, changes, masked):
    changes = {"frozen": False, "dtype": "float64", **changes}
    frozen, exact = changes.pop("frozen"), changes["dtype"] == "float64"
    net = LifeNet(features=features, padding=padding)
    settings = replace(TINY, updates=100, **changes)
    with jax.enable_x64(True):
        masks = jax.tree.map(
            lambda leaf: np.random.default_rng(0).random(leaf.shape) < 0.6, draw_initial(net, 4, [0, 5, 6])
        )
        masks["readout"]["kernel"][1] = False  # nothing at all goes on
        fused, plain = (
            train(
                net,
                replace(settings, arrangement=name),
                seed=4,
                replicates=[0, 5, 6],
                masks=masks if masked else None,
                frozen=frozen and masked,
            )
            for name in ("fused_patterns", "patterns")
        )
    assert (fused.arrangement, plain.arrangement) == ("fused_patterns", "patterns")
    assert_close(fused.params, plain.params, 1e-10 if exact else 2e-3)
    np.testing.assert_allclose(fused.loss, plain.loss, rtol=1e-9 if exact else 1e-4)
    np.testing.assert_array_equal(fused.wrong, plain.wrong)
    assert (fused.loss[:, 0] != fused.loss[:, 1]).any()  # something was learned


@pytest.mark.thorough  # numba compiles the kernels of two steps for half a minute; a plain run has those of one step
@pytest.mark.usefixtures("uncertified")
@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-3), ("float64", 1e-9)])
def test_two_steps_are_trained_as_a_plain_loop_does(dtype, tolerance):
    net, settings = LifeNet(steps=2), replace(TINY, updates=50, dtype=dtype)
    with jax.enable_x64(dtype == "float64"):
        found = train(net, settings, seed=4, replicates=[2])
    with jax.enable_x64(True):
        expected = plain_loop(net, settings, 4, 2, rows(draw_initial(net, 4, [2]), 0))
    assert_close(rows(found.params, 0), expected, tolerance)


@pytest.mark.thorough(but=1)
@pytest.mark.usefixtures("uncertified")
@pytest.mark.parametrize("net", [LifeNet(width=2), LifeNet(steps=2)], ids=["patterns", "boards"])
def test_a_fused_replicate_is_the_same_alone_and_among_others_and_stops_like_the_rest(net):
    settings = replace(TINY, arrangement="fused" if net.steps > 1 else "fused_patterns")
    alone = train(net, settings, seed=1, replicates=[3])
    among = train(net, settings, seed=1, replicates=[0, 3])
    assert_same(rows(alone.params, 0), rows(among.params, 1))
    np.testing.assert_array_equal(alone.loss[0], among.loss[1])


@pytest.mark.thorough
def test_a_pruned_weight_stays_zero():
    net, settings = LifeNet(steps=2), replace(TINY, arrangement="fused", updates=50)
    whole = train(net, settings, seed=1, replicates=[0])
    mask = jax.tree.map(lambda leaf: np.random.default_rng(0).random(leaf.shape) < 0.5, whole.params)
    pruned = train(net, settings, seed=1, replicates=[0], masks=mask)
    for leaf, keep in zip(jax.tree.leaves(pruned.params), jax.tree.leaves(mask), strict=True):
        assert (leaf[~keep] == 0).all()


def test_flat_weights_are_undone():
    net = LifeNet(steps=3, features=(3, 2))
    params = one(example(net, False)[0])
    assert_same(unflatten(net, flatten(net, params)), params)


@pytest.mark.parametrize(("squared", "reference"), [(False, "bce"), (True, "mse")])
def test_loss_holds_at_extreme_logits_and_nan_stays_nan(squared, reference):
    z = np.array([0.0, 1e-3, -5.0, 20.0, -90.0, 500.0, -1e6, 30.0] * 4)
    target = np.array([0.0, 1.0] * 16)
    with jax.enable_x64(True):
        value, slope = jax.value_and_grad(lambda x: jnp.sum(LOSSES[reference](x, jnp.asarray(target))))(jnp.asarray(z))
        constants, atanh, _ = series("float64")
        work = constants, atanh, np.zeros(32), np.zeros(32, np.int64)
        out = np.zeros(32)
        found = loss_and_slope(z, target, np.ones(32), np.float64(1), squared, work, out)
        np.testing.assert_allclose(found, value, rtol=1e-12)
        np.testing.assert_allclose(out, slope, atol=1e-13)  # at exactly 0 as well, where jax has a slope of its own
        z[3] = np.nan
        assert np.isnan(loss_and_slope(z, target, np.ones(32), np.float64(1), squared, work, out))


@pytest.mark.parametrize("squared", [False, True])
def test_the_loss_of_a_board_holds_at_extreme_logits_and_nan_stays_nan(squared):
    shape = Shape(steps=2, a=1, b=1, side=32, torus=True, squared=squared, nine_tables=False)
    memory, routes, places = reserve(shape, "float64")
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 10, (32, 32))
    logits[0, :7] = 0, 1e-3, -5, -90, 500, -1e6, 30
    target = rng.integers(0, 2, (32, 32))

    def board(first):
        return memory[first : first + 32 * 34].reshape(32, 34)[:, :32]

    memory[places.z : places.z + places.cells] = 1000  # what stands in the frame does not count
    board(places.z)[:], board(places.target)[:] = logits, target
    found = board_loss(memory, routes, places, np.float64(0.5), squared)
    with jax.enable_x64(True):
        loss = LOSSES["mse" if squared else "bce"]
        value, slope = jax.value_and_grad(lambda z: jnp.sum(loss(z, jnp.asarray(target, float))))(jnp.asarray(logits))
    np.testing.assert_allclose(found, value, rtol=1e-12)
    np.testing.assert_allclose(board(places.of_z), np.asarray(slope) / 2, atol=1e-13)
    np.testing.assert_array_equal(memory[places.of_z : places.of_z + 32 * 34].reshape(32, 34)[:, 32:], 0)
    board(places.z)[3, 3] = np.nan
    assert np.isnan(board_loss(memory, routes, places, np.float64(0.5), squared))


@pytest.mark.parametrize("squared", [False, True])
def test_a_board_that_is_right_for_certain_has_a_small_loss_and_not_none(squared):
    memory, routes, places = reserve(Shape(2, 1, 1, 32, True, squared, False), "float32")
    memory[places.z : places.z + places.cells] = -20
    found = board_loss(memory, routes, places, np.float32(1), squared)
    one = 1 / (1 + np.exp(20.0))
    np.testing.assert_allclose(found, 1024 * (one**2 if squared else one), rtol=1e-5)


def test_the_kernels_give_way_to_the_tables_and_say_so(caplog, monkeypatch):
    net = LifeNet(steps=2)
    assert choose_arrangement(net, TINY) == "fused"
    with caplog.at_level(logging.WARNING):
        assert choose_arrangement(net, replace(TINY, stream="own")) == "tables"
    assert "bank" in caplog.text
    caplog.clear()
    assert choose_arrangement(net, TINY, "gpu") == "columns"
    assert not caplog.text
    assert choose_arrangement(net, replace(TINY, arrangement="fused"), "gpu") == "columns"
    assert choose_arrangement(LifeNet(), replace(TINY, arrangement="fused_patterns"), "gpu") == "patterns"
    assert "for a CPU" in caplog.text
    monkeypatch.setattr(arrangements, "find_spec", lambda name: None)
    assert choose_arrangement(net, TINY) == "tables"
    assert "gol-lottery[fast]" in caplog.text
