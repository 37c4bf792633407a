"""What does not fit is refused, and where nothing is known of the memory nothing is."""

import pytest

import gol
from gol import memory


def test_the_memory_is_that_of_a_machine():
    assert 2**26 < memory.available_bytes() < 2**50


def test_no_more_than_the_least_of_what_is_known(monkeypatch):
    monkeypatch.setattr(memory, "_meminfo", lambda: None)
    monkeypatch.setattr(memory, "_physical", lambda: 8 * memory.GIB)
    monkeypatch.setattr(memory, "_container", lambda: 2 * memory.GIB)
    assert memory.available_bytes() == 2 * memory.GIB
    memory.refuse_beyond_memory(2 * memory.GIB, "this")
    with pytest.raises(gol.InputError, match=r"^this would take about 3 GiB of memory, and 2 GiB are available$"):
        memory.refuse_beyond_memory(3 * memory.GIB, "this")
    with pytest.raises(gol.InputError, match="this would take"):
        memory.refuse_beyond_memory(10**5000, "this")


def test_where_nothing_is_known_nothing_is_refused(monkeypatch):
    for source in ("_meminfo", "_physical", "_container"):
        monkeypatch.setattr(memory, source, lambda: None)
    memory.refuse_beyond_memory(2**80, "this")
