"""How many networks are computed together, on a CPU and on accelerators, and what that leaves as it is."""

from dataclasses import dataclass, replace

import jax
import numpy as np
import pytest
from helpers import TINY

from lottery.networks.lifenet import LifeNet
from lottery.training import engine
from lottery.training.groups import bytes_of_one, grouping, round_up
from lottery.training.loop import train


@dataclass(frozen=True)
class Accelerator:
    """What `grouping` asks of a device."""

    memory: int = 80 * 2**30
    platform: str = "gpu"

    def memory_stats(self):
        return {"bytes_limit": self.memory}


CARD = Accelerator()


def test_sizes_are_few_and_a_third_of_the_slots_idles_at_most():
    sizes = [round_up(count) for count in range(1, 2000)]
    assert all(count <= size < 1.5 * count for count, size in enumerate(sizes, 1))
    assert len(set(sizes)) == 22


def test_a_cpu_takes_the_group_of_the_settings_whatever_is_left():
    together = grouping(LifeNet(), replace(TINY, group=5), tuple(jax.devices("cpu")))
    assert [together(count) for count in (1, 7, 1000)] == [5, 5, 5]


def test_an_accelerator_takes_all_networks_together_and_several_share_them():
    one, two = (grouping(LifeNet(), TINY, (CARD,) * number) for number in (1, 2))
    assert (one(2048), two(2048)) == (2048, 1024)
    assert one(2000) == 2048


def test_no_group_is_so_small_that_a_step_takes_no_less_time():
    small = grouping(LifeNet(), TINY, (CARD,))
    large = grouping(LifeNet(steps=3, width=8), replace(TINY, board=32, batch=8), (CARD,))
    assert [small(count) for count in (1, 300, 1024, 1025)] == [1024, 1024, 1024, 1536]  # of 64,512 operations each
    assert [large(count) for count in (64, 33, 3)] == [64, 48, 3]


def test_a_group_fits_into_the_memory():
    net, settings = LifeNet(steps=2, width=24), replace(TINY, board=32, batch=8)
    need = bytes_of_one(net, settings)
    assert grouping(net, settings, (Accelerator(memory=10 * need),))(64) == 4  # half of it, rounded down
    assert grouping(net, settings, (Accelerator(memory=need),))(64) == 1


@pytest.mark.thorough
@pytest.mark.parametrize(("steps", "arrangement"), [(1, "patterns"), (2, "columns")])
def test_networks_trained_all_together_are_those_trained_in_groups(monkeypatch, steps, arrangement):
    settings = replace(TINY, updates=100, arrangement=arrangement, group=2)
    asked = {"seed": 3, "replicates": [4, 0, 9, 1, 2]}
    in_groups = train(LifeNet(steps=steps), settings, **asked)
    monkeypatch.setattr(engine, "grouping", lambda net, settings, devices: grouping(net, settings, (CARD,)))
    engine._make_engine.cache_clear()
    together = train(LifeNet(steps=steps), settings, **asked)
    engine._make_engine.cache_clear()
    np.testing.assert_allclose(together.loss, in_groups.loss, rtol=1e-4)
    np.testing.assert_array_equal(together.first_solved, in_groups.first_solved)
