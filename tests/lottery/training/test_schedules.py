"""Rates that decay, and what fine-tuning and learning-rate rewinding make of them."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from helpers import TINY, assert_close, assert_same, plain_loop, rows

from gol.errors import InputError
from lottery.networks.lifenet import LifeNet
from lottery.tickets.search import find_ticket
from lottery.tickets.settings import PruningSettings
from lottery.training.loop import draw_initial, train
from lottery.training.schedules import SCHEDULES, rate_factor
from lottery.training.settings import TrainSettings

NET = LifeNet(width=2)
DECAYING = replace(TINY, schedule="linear", learning_rate=1e-2)


def factors(schedule, updates=(0, 50, 100, 200, 400), final_rate=0.1):
    return np.asarray(rate_factor(jnp.asarray(updates), schedule, 200, final_rate))


def test_schedules_start_at_the_rate_and_end_at_its_final_share():
    np.testing.assert_allclose(factors("constant"), 1)
    np.testing.assert_allclose(factors("linear"), [1, 0.775, 0.55, 0.1, 0.1], rtol=1e-6)
    at_quarter = 0.1 + 0.9 * (1 + 0.5**0.5) / 2
    np.testing.assert_allclose(factors("cosine"), [1, at_quarter, 0.55, 0.1, 0.1], rtol=1e-6)


@pytest.mark.thorough
def test_a_decaying_training_is_a_plain_loop_with_a_schedule_of_optax():
    settings = replace(DECAYING, dtype="float64", updates=100, final_rate=0.25)
    with jax.enable_x64(True):
        found = train(NET, settings, seed=4, replicates=[0, 5])
        optimizer = optax.adam(lambda count: 1e-2 * (1 - 0.75 * count.astype(jnp.float64) / 100))
        expected = plain_loop(NET, settings, 4, 5, rows(draw_initial(NET, 4, [5]), 0), optimizer=optimizer)
        assert_close(rows(found.params, 1), expected, 1e-9)


@pytest.mark.thorough
def test_the_rate_at_step_k_is_that_of_step_k():
    """Rewinding goes through the schedule again from where it is rewound to, with a fresh optimiser."""
    net, settings = NET, replace(DECAYING, optimiser="sgd", learning_rate=0.1)  # sgd has no state to lose
    whole = train(net, settings, seed=1, replicates=[3], snapshot_at=100)
    rest = train(net, settings, seed=1, replicates=[3], initial=whole.snapshot, start=100)
    assert_same(rest.params, whole.params)
    late = train(net, settings, seed=1, replicates=[3], initial=whole.snapshot, start=100, at_final_rate=[True])
    slow = replace(settings, schedule="constant", learning_rate=0.1 * settings.final_rate)
    expected = train(net, slow, seed=1, replicates=[3], initial=whole.snapshot, start=100)
    assert_close(late.params, expected.params, 1e-6)


@pytest.mark.thorough
@pytest.mark.parametrize("net", [NET, LifeNet(steps=2)], ids=["patterns", "fused"])
def test_finetuning_and_learning_rate_rewinding_differ_under_decay_and_are_the_same_without(net):
    if net.steps == 2:
        pytest.importorskip("numba")
    pruning = PruningSettings(levels=1, prune_fraction=0.3, controls=("finetuned", "lr_rewound", "rewound"))
    for schedule, same in (("constant", True), ("cosine", False)):
        settings = replace(TINY, updates=100, schedule=schedule)
        _, level = find_ticket(net, settings, pruning, seed=1, replicates=[2])
        fine, again, rewound = (level.arms[name].params for name in pruning.controls)
        equal = fine["readout"]["kernel"].tobytes() == again["readout"]["kernel"].tobytes()
        assert equal == same
        assert_same(level.arms["ticket"].params, rewound)
        if same:
            assert_same(fine, again)


@pytest.mark.thorough
@pytest.mark.parametrize("start", ["finetune", "lr_rewind"])
def test_a_ticket_that_starts_from_trained_weights_is_the_control_of_the_same_name(start):
    control = {"finetune": "finetuned", "lr_rewind": "lr_rewound"}[start]
    pruning = PruningSettings(levels=1, prune_fraction=0.3, start=start, controls=(control,))
    _, level = find_ticket(NET, DECAYING, pruning, seed=1, replicates=[2])
    assert_same(level.arms["ticket"].params, level.arms[control].params)


@pytest.mark.thorough
def test_the_fused_kernels_decay_as_the_tables_do():
    pytest.importorskip("numba")
    net, settings = LifeNet(steps=2), replace(DECAYING, updates=100, dtype="float64")
    with jax.enable_x64(True):
        fused, tables = (
            train(net, replace(settings, arrangement=name), seed=4, replicates=[0, 5], at_final_rate=[False, True])
            for name in ("fused", "tables")
        )
    assert_close(fused.params, tables.params, 1e-8)
    assert (fused.arrangement, tables.arrangement) == ("fused", "tables")


def test_schedules_that_cannot_be_are_refused():
    with pytest.raises(InputError, match="Unknown schedule 'warm': it is one of constant, linear, cosine"):
        TrainSettings(schedule="warm")
    with pytest.raises(InputError, match=r"final_rate is 2\.0"):
        TrainSettings(final_rate=2.0)
    assert set(SCHEDULES) == {"constant", "linear", "cosine"}
