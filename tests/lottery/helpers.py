"""What several tests of the core share: tiny settings, a network in plain numpy, and comparisons of pytrees."""

import jax
import jax.numpy as jnp
import numpy as np
import optax

import gol
from lottery.networks.activations import ACTIVATIONS
from lottery.networks.lifenet import initial_parameters, slope_of
from lottery.networks.neighbourhoods import topology_of
from lottery.training import batches
from lottery.training.loop import draw_initial
from lottery.training.losses import boards_loss
from lottery.training.settings import TrainSettings

# In groups of eight everything up to eight networks compiles once.
TINY = TrainSettings(updates=200, batch=4, board=8, bank_boards=64, bank_updates=100, check_every=50, group=8)


def leaves(tree):
    return [np.asarray(leaf) for leaf in jax.tree.leaves(tree)]


def assert_same(one, other):
    """Bit by bit, which NaN and the sign of zero do not escape."""
    assert jax.tree.structure(one) == jax.tree.structure(other)
    for a, b in zip(leaves(one), leaves(other), strict=True):
        assert a.dtype == b.dtype
        assert a.shape == b.shape
        assert a.tobytes() == b.tobytes()


def assert_close(one, other, tolerance):
    """Within a tolerance relative to the largest entry of each leaf."""
    for a, b in zip(leaves(one), leaves(other), strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance * max(1e-30, float(np.abs(b).max())))


def rows(tree, which):
    return jax.tree.map(lambda leaf: np.asarray(leaf)[which], tree)


def shapes_of(net):
    """The pytree of a network's parameters, shapes instead of arrays: nothing is drawn or compiled."""
    return jax.eval_shape(lambda: initial_parameters(net, jax.random.key(0)))


def random_parameters(net, seed, dtype=np.float32):
    """Weights and biases from a normal distribution: the zero biases of an initialiser would hide mistakes."""
    rng = np.random.default_rng(seed)
    return jax.tree.map(lambda leaf: rng.normal(size=leaf.shape, scale=0.7).astype(dtype), shapes_of(net))


def on_device(tree):
    return jax.tree.map(jnp.asarray, tree)


def plain_logits(params, board, padding, activation="relu"):
    """A network on one board (height, width), layer by layer in numpy, float64."""
    activate = ACTIVATIONS[activation].check
    x = np.asarray(board, np.float64)[:, :, None]
    blocks = sum(name.endswith("3x3") for name in params)
    for block in range(blocks):
        first, second = params[f"block{block}_3x3"], params[f"block{block}_1x1"]
        height, width = x.shape[:2]
        framed = np.pad(x, ((1, 1), (1, 1), (0, 0)), mode="wrap" if padding == "torus" else "constant")
        total = np.asarray(first["bias"], np.float64)
        for dy in range(3):
            for dx in range(3):
                total = total + framed[dy : dy + height, dx : dx + width] @ np.float64(first["kernel"][dy, dx])
        x = activate(total, slope_of(params, f"block{block}_3x3"))
        x = x @ np.float64(second["kernel"][0, 0]) + np.float64(second["bias"])
        if "readout" not in params:
            return x[:, :, 0]
        x = activate(x, slope_of(params, f"block{block}_1x1"))
    return (x @ np.float64(params["readout"]["kernel"][0, 0]) + np.float64(params["readout"]["bias"]))[:, :, 0]


def plain_loop(net, settings, seed, replicate, params, *, loss=None, kept=None, optimizer=None):
    """One replicate trained one update after the other, with nothing of the engine but its batches.

    Needs jax's 64-bit mode.

    Args:
        net: the network.
        settings: of the training.
        seed: of the run.
        replicate: its number.
        params: what is trained, of this replicate alone.
        loss: (params, key of this update's noise, boards, after) -> what is minimised; by default the network's loss.
        kept: 1 where a weight is trained; by default everywhere.
        optimizer: of optax; by default Adam at a constant rate.
    """

    def of_network(params, noise, boards, after):
        return boards_loss(net, params, boards, after, settings.loss)

    params = jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float64), params)
    kept = jax.tree.map(jnp.ones_like, params) if kept is None else kept
    optimizer = optimizer or optax.adam(settings.learning_rate)

    @jax.jit
    def one_update(params, state, key, update, boards, after):
        chosen, noise = batches.draws(key, update, settings), batches.noise_key(key, update)
        batch = (leaf[chosen].astype(jnp.float64) for leaf in (boards, after))
        slope = jax.tree.map(jnp.multiply, jax.grad(loss or of_network)(params, noise, *batch), kept)
        with jax.numpy_dtype_promotion("standard"):
            change, state = optimizer.update(slope, state)
        return optax.apply_updates(params, change), state

    key = jax.random.wrap_key_data(jnp.asarray(batches.data_keys(seed, [replicate], settings.stream)[0]))
    state = optimizer.init(params)
    for update in range(settings.updates):
        if update % settings.bank_updates == 0:
            epoch = update // settings.bank_updates
            boards, after = batches.bank(seed, epoch, settings, net.steps, "torus", "boards")
        params, state = one_update(params, state, key, jnp.int32(update), boards, after)
    return params


def plain_scores(net, settings, scored, seed, replicate):
    """The network that training its scores one update after the other ends with; needs jax's 64-bit mode."""
    start, _ = scored.begin(draw_initial(net, seed, [replicate]), seed, [replicate])
    params = jax.tree.map(lambda leaf: jnp.asarray(leaf[0], jnp.float64), start)

    def loss(scores, noise, boards, after):
        now = {**params, "scores": scores}
        weights = scored.sample(now, noise) if scored.noisy else scored.network(now)
        return boards_loss(net, weights, boards, after, settings.loss)

    return scored.network({**params, "scores": plain_loop(net, settings, seed, replicate, params["scores"], loss=loss)})


def example(net, masked, dtype=np.float64):
    """Weights of a network that is alive (biases away from 0), a mask, boards, their codes and their future."""
    rng = np.random.default_rng(net.steps)
    params = jax.tree.map(
        lambda leaf: np.asarray(np.asarray(leaf) + rng.normal(0, 0.2, leaf.shape), dtype),
        initial_parameters(net, jax.random.key(5)),
    )
    params = jax.tree.map(lambda leaf: np.abs(leaf) if leaf.ndim == 1 else leaf, params)
    mask = jax.tree.map(lambda leaf: np.asarray(rng.random(leaf.shape) < (0.8 if masked else 2), dtype), params)
    topology = topology_of(net.padding)
    boards = gol.random_boards(jax.random.key(6), (3, 9, 9), 0.4)
    codes = np.asarray(gol.neighbourhood_codes(boards, topology), np.int32)
    after = np.asarray(gol.evolve(boards, net.steps, topology=topology), dtype)
    return params, mask, np.asarray(boards, dtype), codes, after
