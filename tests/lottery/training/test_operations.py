import jax
import jax.numpy as jnp
import optax
import pytest

from lottery.benchmarks import roofs
from lottery.networks.lifenet import LifeNet, initial_parameters, parameter_count
from lottery.networks.trees import named_leaves
from lottery.training import groups
from lottery.training.groups import grouping
from lottery.training.losses import boards_loss
from lottery.training.operations import OF_OPTIMISER, layers, of_answer, of_update, xla_operations
from lottery.training.optimisers import OPTIMISERS
from lottery.training.settings import TrainSettings

SMALL = TrainSettings(batch=4, board=16)
NETS = {
    "n=1, m=1": LifeNet(),
    "n=1, m=8": LifeNet(width=8),
    "n=2, m=2": LifeNet(steps=2, width=2),
    "n=3, m=2": LifeNet(steps=3, width=2),
    "free shape": LifeNet(features=(3, 5)),
    "tied": LifeNet(steps=2, features=(4, 1), tied=True),
    "no read-out": LifeNet(features=(2, 1), readout=False),
}
FACTOR = 1.4  # small networks have more activations, losses and gradients of biases per weight, which we do not count


def _update(net, settings):
    """One update of a network as a function, and the shapes of its arguments."""
    optimiser = optax.adam(settings.learning_rate)
    params = jax.eval_shape(lambda: initial_parameters(net, jax.random.key(0)))
    boards = jax.ShapeDtypeStruct((settings.batch, settings.board, settings.board), jnp.float32)

    def update(params, state, boards, after):
        slope = jax.grad(lambda p: boards_loss(net, p, boards, after, "bce"))(params)
        change, state = optimiser.update(slope, state)
        return optax.apply_updates(params, change), state

    return update, (params, jax.eval_shape(optimiser.init, params), boards, boards)


@pytest.mark.thorough(but=2)
@pytest.mark.parametrize("name", NETS)
def test_the_count_agrees_with_xlas_own_within_the_stated_factor(name):
    net = NETS[name]
    with jax.numpy_dtype_promotion("standard"):
        update, arguments = _update(net, SMALL)
        counted_by_xla = xla_operations(update, *arguments)
        answers = xla_operations(lambda params, boards: net.apply({"params": params}, boards), *arguments[::2])
    ours = of_update(net, SMALL, on_boards=True)
    assert 1 / FACTOR < counted_by_xla / ours.total < FACTOR
    assert 1 / FACTOR < answers / ours.forward < FACTOR


@pytest.mark.parametrize("name", NETS)
def test_the_layers_have_the_weights_of_the_network(name):
    net = NETS[name]
    leaves = named_leaves(jax.eval_shape(lambda: initial_parameters(net, jax.random.key(0))))
    sizes = {path.split("/")[0]: leaf.size for path, leaf in leaves.items() if path.endswith("/kernel")}
    assert {layer.name: layer.weights for layer in layers(net)} == sizes


def test_a_tied_layer_is_used_at_every_step_and_stepped_once():
    free, tied = LifeNet(steps=3, features=(4, 1)), LifeNet(steps=3, features=(4, 1), tied=True)
    assert of_answer(free) == of_answer(tied)
    first, second = of_update(free, SMALL), of_update(tied, SMALL)
    assert first.passes == second.passes
    assert second.optimiser == 14 * parameter_count(tied) < first.optimiser


def test_pruned_weights_are_left_out_of_passes_and_steps():
    net = LifeNet(width=8)
    kept = {"block0_3x3": 20.0, "block0_1x1": 30.5, "readout": 8.0}
    dense, masked = of_update(net, SMALL), of_update(net, SMALL, kept=kept)
    assert masked.forward == 2 * 512 * 58.5
    assert masked.backward == 2 * masked.forward
    assert masked.optimiser == 14 * (58.5 + 25)  # biases are stepped too
    assert dense.forward == 2 * 512 * 280
    assert of_answer(net, kept) == 117


def test_one_step_is_computed_on_patterns_and_several_on_boards_but_for_a_tabled_first_block():
    one, two, cells = LifeNet(width=2), LifeNet(steps=2, width=2), SMALL.batch * SMALL.board**2
    assert of_update(one, SMALL).forward == 2 * 512 * 46
    assert of_update(one, SMALL, on_boards=True).forward == 2 * cells * 46
    assert of_update(two, SMALL).forward == 2 * cells * (44 + 80 + 2)
    assert of_update(two, SMALL, tabled=True).forward == 2 * (512 * 44 + cells * 82)
    assert of_update(two, SMALL, tabled=True, on_boards=True) == of_update(two, SMALL)


def test_every_optimiser_has_a_count():
    assert set(OF_OPTIMISER) == set(OPTIMISERS)


def test_benchmarks_and_groups_share_the_count():
    for steps, width in ((1, 8), (2, 4), (3, 8)):
        net, default = LifeNet(steps=steps, width=width), TrainSettings()
        assert roofs.operations(steps, width) == of_update(net, default, tabled=True).passes

        class Card:
            platform = "gpu"

            def memory_stats(self):
                return {"bytes_limit": 2**40}

        least = groups.largest_power(groups.LEAST_OPERATIONS / of_update(net, default).passes)
        assert grouping(net, default, (Card(),))(1) == least
