"""What is made of the numbers that PyTorch's script prints, with a script in its place that prints others."""

import pytest

from lottery.benchmarks import beside_torch
from lottery.networks.lifenet import LifeNet


@pytest.fixture
def prints(tmp_path, monkeypatch):
    """Put a script in place of PyTorch's, by the lines of its body."""

    def put(*lines):
        path = tmp_path / "peer.py"
        path.write_text("\n".join(["import sys", "arguments = sys.argv[1:]", *lines]))
        monkeypatch.setattr(beside_torch, "SCRIPT", str(path))

    return put


def test_a_cpu_has_two_processes_whose_speeds_add_up_and_a_stack(prints):
    prints("assert arguments[:2] == ['2', '4']", "print({'one': 10.0, 'stack': 7.0}[arguments[2]])")
    found = beside_torch.ways(LifeNet(steps=2, width=4), 0.1, accelerator=False)
    assert found == {"torch, 2 processes": (2, 20.0), "torch, vmap": (8, 7.0)}


def test_an_accelerator_has_stacks_and_one_that_does_not_fit_is_left_out(prints):
    prints(
        "assert arguments[:2] == ['stacks', 'cuda']", "print(float(arguments[3].split(',')[2]))", "raise MemoryError"
    )
    found = beside_torch.ways(LifeNet(steps=3, width=8), 0.1, accelerator=True)
    assert found == {"torch, vmap of 64": (64, 64.0)}


def test_stacks_are_timed_in_their_order_and_from_one_that_fails_on_there_is_no_speed(prints, capfd):
    prints("print(arguments[3].split(',')[2], flush=True)", "sys.exit('no more memory')")
    assert beside_torch.stacks([(1, 1, 3), (1, 1, 5)], 0.1, accelerator=False) == [3.0, None]
    assert capfd.readouterr().err == ""


def test_a_way_that_fails_is_left_out(prints):
    prints("sys.exit(1)")
    assert beside_torch.ways(LifeNet(), 0.1, accelerator=False) == {}
