"""The strictest numerics that jax has, one device, compiled code that is kept between test runs, and a quick run.

Most of a run's time is compilation and processes that are started. A plain run tries every mechanism once; XLA and
numba compile for it without their costly optimisations, and shapes are not checked, which takes a quarter of the time.
What tries a mechanism again in other cases is marked, and runs with `--thorough`. Then both compile as for users, and
the shapes and dtypes of every annotated function are checked, as they are where files are named:

    @pytest.mark.thorough           # the whole test
    @pytest.mark.thorough(but=3)    # all of its cases but three, which lie evenly among them
"""

import gc
import os
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import jax
import pytest
from jaxtyping import install_import_hook

# XLA compiles a program for every device anew, which would double the time of the tests; several are tried in
# test_devices.py.
jax.config.update("jax_num_cpu_devices", 1)
jax.config.update("jax_numpy_dtype_promotion", "strict")
jax.config.update("jax_numpy_rank_promotion", "raise")

LEFT_OUT = pytest.StashKey[int]()

# These take longest. They come first, so that no process is left alone with one of them in the end.
FIRST = (
    "test_fused.py",
    "test_replicate.py",
    "test_readme.py",
    "test_find_ticket.py",
    "test_search.py",
    "test_train_and_prune.py",
    "test_own_networks.py",
    "test_engine.py",
    "test_criteria.py",
    "test_reference.py",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--thorough", action="store_true", help="run the tests marked as thorough as well")


def pytest_configure(config: pytest.Config) -> None:
    # Most of a cold run's time is compilation; commands that tests start find the same cache.
    os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(config.cache.mkdir("jax")))
    jax.config.update("jax_compilation_cache_dir", os.environ["JAX_COMPILATION_CACHE_DIR"])
    # Small programs as well: storing them costs nothing that can be measured, and other processes find them.
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
    if config.getoption("--thorough") or config.args != config.getini("testpaths"):
        install_import_hook(["gol", "lottery"], "beartype.beartype")
    if not config.getoption("--thorough"):
        # This halves the time that XLA takes; commands that tests start are compiled alike.
        os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")
        quickly = os.environ["JAX_DISABLE_MOST_OPTIMIZATIONS"] == "1"
        jax.config.update("jax_disable_most_optimizations", quickly)
        if quickly:
            # Numba as well, in a cache of its own: what is slower must not be found by those who train.
            os.environ |= {"NUMBA_OPT": "1", "NUMBA_LOOP_VECTORIZE": "0"}
            os.environ["NUMBA_CACHE_DIR"] = str(config.cache.mkdir("numba"))


# Modules, functions and their type checks are millions of objects that stay until the end. Python's garbage collector
# goes through all of them again and again, unless it is told that they stay.
def pytest_collection() -> None:
    gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


def _thorough_alone(items: list[pytest.Item]) -> list[pytest.Item]:
    """The tests that a plain run leaves out."""
    cases = defaultdict(list)
    for item in items:
        if item.get_closest_marker("thorough"):
            cases[item.nodeid.split("[")[0]].append(item)
    left_out = []
    for of_test in cases.values():
        but = min(of_test[0].get_closest_marker("thorough").kwargs.get("but", 0), len(of_test))
        left_out += [item for index, item in enumerate(of_test) if index * but % len(of_test) >= but]
    return left_out


@pytest.hookimpl(trylast=True)  # after -k and -m
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: FIRST.index(item.path.name) if item.path.name in FIRST else len(FIRST))
    everything = config.getoption("thorough") or any("::" in path for path in config.args)  # a test that is named runs
    left_out = [] if everything else _thorough_alone(items)
    config.stash[LEFT_OUT] = len(left_out)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        unwanted = set(left_out)
        items[:] = [item for item in items if item not in unwanted]


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = session.config.stash.get(LEFT_OUT, 0)


@pytest.hookimpl(optionalhook=True)  # of pytest-xdist
def pytest_testnodedown(node: Any) -> None:
    """Every process of pytest-xdist collects all tests: what one has left out, all have."""
    if "left_out" in getattr(node, "workeroutput", {}):  # one that crashed says nothing
        node.config.stash[LEFT_OUT] = node.workeroutput["left_out"]


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if left_out := config.stash.get(LEFT_OUT, 0):
        terminalreporter.write_line(f"{left_out} thorough tests were left out; python -m pytest --thorough runs them.")


@pytest.fixture
def optimised() -> Iterator[None]:
    """XLA takes the time for all of its optimisations: for a test that computes for longer than it compiles."""
    before = jax.config.read("jax_disable_most_optimizations")
    jax.config.update("jax_disable_most_optimizations", False)
    yield
    jax.config.update("jax_disable_most_optimizations", before)


@pytest.fixture
def uncertified(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is trained has the certificate of another, wrong network: a look at all 2^25 windows outlasts a training."""
    from lottery.certificates.certificate import certify
    from lottery.networks import handmade_parameters
    from lottery.training import loop

    wrong = certify(handmade_parameters(1), rule="B36/S23")
    monkeypatch.setattr(loop, "certify_network", lambda net, settings, params: wrong)


@pytest.fixture
def registries() -> Iterator[None]:
    """What a test registers is gone when it ends."""
    from lottery import claims, experiments
    from lottery.networks import ACTIVATIONS
    from lottery.pruning import criteria
    from lottery.tickets import STARTS, starts

    dictionaries = (criteria.CRITERIA, STARTS, ACTIVATIONS, experiments.KINDS, claims.CLAIMS, criteria.ROUNDS)
    lists = (criteria.OF_CHANGE, starts.AT_FINAL_RATE)
    before = [each.copy() for each in (*dictionaries, *lists)]
    yield
    for each, old in zip((*dictionaries, *lists), before, strict=True):
        each.clear()
        each.update(old) if isinstance(each, dict) else each.extend(old)
