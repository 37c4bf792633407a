"""The C loop that the fused kernels are timed beside does the same training."""

import numpy as np
import pytest

from gol.errors import InputError
from lottery.exports.c_compiler import require_compiler
from lottery.networks.lifenet import LifeNet
from lottery.training.settings import TrainSettings

pytest.importorskip("numba")
from lottery.benchmarks.c_peer import c_loop, draw_bank, first_weights, fused_loop, refuse_what_it_does_not_know, row

try:
    require_compiler()
except InputError as missing:
    pytest.skip(str(missing), allow_module_level=True)


@pytest.mark.thorough  # numba compiles for half a minute
@pytest.mark.parametrize(("steps", "width"), [(2, 1), (2, 3), (2, 8), (3, 8)])
def test_the_c_loop_trains_as_the_fused_kernels_do(steps, width):
    net, settings = LifeNet(steps=steps, width=width), TrainSettings()
    bank = draw_bank(settings, 20)
    before, by_c, fused = (first_weights(net) for _ in range(3))
    losses = [make(net, settings, bank)(weights, 20) for make, weights in ((c_loop, by_c), (fused_loop, fused))]
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-4)
    np.testing.assert_allclose(by_c, fused, atol=1e-3)  # Adam makes of slopes near 0 whole steps of 1e-3
    assert np.median(np.abs(by_c - fused)) < 1e-6
    assert np.abs(by_c - before).max() > 0.01


@pytest.mark.thorough
def test_a_row_has_both_speeds_and_their_ratio():
    found = row(2, 1, 1)
    assert found["ratio"] == found["updates_per_second"] / found["c_updates_per_second"]
    assert found["c_updates_per_second"] > 0
    assert found["weights_apart"] < 1e-3
    assert found["compiler"]


@pytest.mark.parametrize(
    ("point", "words"), [((1, 8), "of one step"), ((2, 12), "m = 12"), ((2, 8 * 10**6), "GiB of memory")]
)
def test_what_the_c_loop_does_not_know_is_refused(point, words):
    refuse_what_it_does_not_know([(2, 1), (2, 8), (3, 24)])
    with pytest.raises(InputError, match=words):
        refuse_what_it_does_not_know([(2, 1), point])


def test_a_compiler_that_does_not_take_the_loop_is_quoted():
    net, settings = LifeNet(steps=2), TrainSettings()
    with pytest.raises(InputError, match=r"does not compile the C loop: .*error"):
        c_loop(net, settings, draw_bank(settings, 1), "--no-such-flag")
