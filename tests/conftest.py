"""The strictest numerics that jax has, one device, and compiled code that is kept between test runs."""

import os

import jax
import pytest

# XLA compiles a program for every device anew, which would double the time of the tests; several are tried in
# test_devices.py.
jax.config.update("jax_num_cpu_devices", 1)
jax.config.update("jax_numpy_dtype_promotion", "strict")
jax.config.update("jax_numpy_rank_promotion", "raise")


def pytest_configure(config: pytest.Config) -> None:
    # Most of a cold run's time is compilation; commands that tests start find the same cache.
    os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(config.cache.mkdir("jax")))
    jax.config.update("jax_compilation_cache_dir", os.environ["JAX_COMPILATION_CACHE_DIR"])
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.1)
