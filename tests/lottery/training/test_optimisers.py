"""What an optimiser takes beside its rate: it is what optax makes of it, and refused where it does not apply."""

from dataclasses import asdict, replace

import jax
import numpy as np
import optax
import pytest
from helpers import TINY, assert_close, plain_loop, rows

from gol.errors import InputError
from lottery.networks.lifenet import LifeNet
from lottery.runs.files import non_defaults
from lottery.training.arrangements import choose_arrangement
from lottery.training.loop import draw_initial, train
from lottery.training.optimisers import OPTIMISERS, make_optimiser
from lottery.training.settings import TrainSettings, identity

NET = LifeNet(width=2)
CHANGES = {"epsilon": 1e-3, "b2": 0.9}


@pytest.mark.usefixtures("uncertified")
@pytest.mark.parametrize(
    ("changes", "optimizer"),
    [
        (CHANGES, optax.adam(1e-2, b2=0.9, eps=1e-3)),
        ({"optimiser": "amsgrad", **CHANGES}, optax.amsgrad(1e-2, b2=0.9, eps=1e-3)),
        ({"clip": 1e-2}, optax.chain(optax.clip_by_global_norm(1e-2), optax.adam(1e-2))),
        ({"optimiser": "momentum", "clip": 1e-2}, optax.chain(optax.clip_by_global_norm(1e-2), optax.sgd(1e-2, 0.9))),
    ],
)
def test_a_training_is_the_plain_loop_with_the_optimiser_of_optax(changes, optimizer):
    settings = replace(TINY, updates=100, dtype="float64", learning_rate=1e-2, **changes)
    with jax.enable_x64(True):
        found = train(NET, settings, seed=4, replicates=[5])
        start = rows(draw_initial(NET, 4, [5]), 0)
        expected = plain_loop(NET, settings, 4, 5, start, optimizer=optimizer)
    assert_close(rows(found.params, 0), expected, 1e-9)


@pytest.mark.usefixtures("uncertified")
@pytest.mark.parametrize("changes", [{"epsilon": 1e-3}, {"b2": 0.9}, {"epsilon": 1e-7, "b2": 0.9999}])
def test_the_fused_kernel_takes_epsilon_and_decay(changes):
    pytest.importorskip("numba")
    settings = replace(TINY, updates=100, dtype="float64", **changes)
    with jax.enable_x64(True):
        fused, plain, usual = (
            train(NET, replace(settings, arrangement=name, **more), seed=4, replicates=[0, 5])
            for name, more in (("fused_patterns", {}), ("patterns", {}), ("patterns", {"epsilon": 1e-8, "b2": 0.999}))
        )
    assert fused.arrangement == "fused_patterns"
    assert_close(fused.params, plain.params, 1e-10)
    different = [np.abs(a - b).max() for a, b in zip(*map(jax.tree.leaves, (plain.params, usual.params)), strict=True)]
    assert max(different) > 1e-7  # it matters


@pytest.mark.thorough  # numba compiles the kernels of two steps for half a minute
@pytest.mark.usefixtures("uncertified")
def test_the_fused_kernels_of_two_steps_take_them_too():
    settings = replace(TINY, updates=100, dtype="float64", **CHANGES)
    net = LifeNet(steps=2, width=2)
    with jax.enable_x64(True):
        fused, tables = (
            train(net, replace(settings, arrangement=name), seed=4, replicates=[0, 5]) for name in ("fused", "tables")
        )
    assert fused.arrangement == "fused"
    assert_close(fused.params, tables.params, 1e-10)


@pytest.mark.parametrize("changes", [{"clip": 1.0}, {"optimiser": "amsgrad"}])
def test_the_fused_kernels_give_way_to_what_they_do_not_know(changes):
    assert choose_arrangement(LifeNet(steps=2, width=2), replace(TINY, **changes)) == "tables"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"epsilon": 1e-7, "optimiser": "sgd"}, "epsilon is 1e-07, and the optimiser sgd has none"),
        ({"b2": 0.9, "optimiser": "momentum"}, r"b2 is 0\.9, and the optimiser momentum has none"),
        ({"b2": 0.9, "optimiser": "rmsprop"}, r"b2 is 0\.9, and the optimiser rmsprop has none"),
        ({"epsilon": 0.0}, r"epsilon is 0\.0: it has to be above 0"),
        ({"b2": 1.0}, r"b2 is 1\.0: a decay lies at 0 or above it, and below 1"),
        ({"clip": 0.0}, r"clip is 0\.0: a norm that gradients are scaled down to is above 0"),
    ],
)
def test_what_an_optimiser_does_not_have_or_cannot_take_is_refused(changes, sentence):
    with pytest.raises(InputError, match=sentence):
        TrainSettings(**changes)


@pytest.mark.parametrize("name", OPTIMISERS)
def test_at_the_defaults_every_optimiser_is_what_it_was(name):
    usual = {"adam": optax.adam, "nadam": optax.nadam, "amsgrad": optax.amsgrad, "sgd": optax.sgd}.get(name)
    made = make_optimiser(TrainSettings(optimiser=name))
    if usual is None:
        usual = {
            "adamw": lambda rate: optax.adamw(rate, weight_decay=1e-2),
            "rmsprop": lambda rate: optax.rmsprop(rate, decay=0.99),
            "momentum": lambda rate: optax.sgd(rate, momentum=0.9),
        }[name]
    one, other, weights = usual(1e-3), made, np.linspace(-1, 1, 5, dtype=np.float32)
    states = [one.init(weights), other.init(weights)]
    for _ in range(3):
        changes = []
        for k, optimiser in enumerate((one, other)):
            with jax.numpy_dtype_promotion("standard"):
                change, states[k] = optimiser.update(weights, states[k], weights)
            changes.append(np.asarray(change))
        assert changes[0].tobytes() == changes[1].tobytes()


def test_settings_at_their_defaults_are_in_no_name_and_in_no_file_of_an_unfinished_run():
    assert non_defaults(TrainSettings()) == {}
    assert {"epsilon", "b2", "clip"}.isdisjoint(identity(TrainSettings()))
    assert identity(TrainSettings(b2=0.9)) == {**identity(TrainSettings()), "b2": 0.9}
    assert asdict(TrainSettings()).items() >= identity(TrainSettings()).items()
