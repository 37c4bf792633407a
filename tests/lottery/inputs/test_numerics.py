"""What the environment sets jax to changes no number of the package, or is recorded."""

import json
import os
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from helpers import TINY, random_parameters

import gol
from lottery.certificates.certificate import certify
from lottery.inputs import numerics
from lottery.networks.lifenet import LifeNet
from lottery.networks.trees import content
from lottery.training.loop import draw_initial, train

AMBIENT = {
    "JAX_ENABLE_X64": "1",
    "JAX_DEFAULT_PRNG_IMPL": "rbg",
    "JAX_THREEFRY_PARTITIONABLE": "0",
    "JAX_RANDOM_SEED_OFFSET": "7",
    "JAX_HIGH_DYNAMIC_RANGE_GUMBEL": "1",
    "JAX_DEFAULT_MATMUL_PRECISION": "bfloat16",
}


def fingerprint():
    """Hashes of what the package draws, trains and certifies."""
    net = LifeNet(width=2, initialiser="pytorch")
    result = train(net, TINY, seed=1, replicates=[0, 1])
    by_boards = train(
        LifeNet(initialiser="he", padding="zero"), TINY_ON_BOARDS, seed=1, replicates=[3]
    )  # boards of its own, drawn inside the program
    refuted = certify(random_parameters(LifeNet(steps=3), 3))
    return {
        "boards": content(np.asarray(gol.random_boards(jnp.array([1, 2], jnp.uint32), (3, 8, 40)))),
        "initial": content(draw_initial(LifeNet(initialiser="normal"), 5, range(3))),
        "trained": content((result.params, result.loss, result.wrong)),
        "on boards": content((by_boards.params, by_boards.loss)),
        "certificates": [one.as_dict() for one in (*result.certificates, refuted)],
    }


TINY_ON_BOARDS = TINY.__class__(
    updates=20, check_every=10, bank_updates=10, batch=2, board=8, screen_boards=4, stream="own", arrangement="boards"
)


@pytest.mark.thorough
def test_no_setting_of_the_environment_changes_a_number():
    found = subprocess.run(  # noqa: S603  this very file
        [sys.executable, __file__],
        env={**os.environ, **AMBIENT, "PYTHONPATH": os.pathsep.join(sys.path)},  # with the helpers
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout) == json.loads(json.dumps(fingerprint()))


@pytest.mark.parametrize("seed", [0, 5, 2**31 - 1, 2**32 - 1])
def test_a_key_is_the_one_that_jax_makes_of_the_seed(seed):
    with jax.enable_x64(seed >= 2**31):
        expected = jax.random.key_data(jax.random.key(seed, impl="threefry2x32"))
    np.testing.assert_array_equal(jax.random.key_data(numerics.key(seed)), expected)


def test_what_is_not_pinned_is_recorded():
    found = numerics.ambient_numerics()
    assert found["matmul_precision"] is None
    assert json.loads(json.dumps(found)) == found
    with jax.default_matmul_precision("bfloat16"):
        assert numerics.ambient_numerics() == found | {"matmul_precision": "bfloat16"}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(fingerprint()))
