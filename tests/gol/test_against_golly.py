"""Golly as an oracle, where its command is on the path."""

import shutil
import subprocess

import jax
import numpy as np
import pytest

import gol

BGOLLY = shutil.which("bgolly")


def cropped(cells):
    rows, columns = np.nonzero(cells)
    return cells[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


@pytest.mark.skipif(BGOLLY is None, reason="bgolly is not installed (Debian package golly)")
@pytest.mark.parametrize("topology", ["torus", "plane", None])
@pytest.mark.parametrize("rule", ["B3/S23", "B36/S125", "B3678/S34678"])
def test_a_soup_is_golly_s_soup_after_40_generations(tmp_path, rule, topology):
    board = np.asarray(gol.random_boards(jax.random.key(1), (30, 44), 0.4))
    size = board.shape if topology else None
    gol.write_pattern(gol.Pattern(board, gol.parse_rule(rule), topology, size), tmp_path / "before.rle")
    command = [BGOLLY, "-a", "QuickLife", "-q", "-q", "-m", "40", "-o", "after.rle", "before.rle"]
    subprocess.run(command, check=True, capture_output=True, cwd=tmp_path)  # noqa: S603
    golly = gol.read_pattern(tmp_path / "after.rle").cells
    ours = gol.evolve(board, 40, rule, topology) if topology else gol.evolve_unbounded(board, 40, rule)[0]
    np.testing.assert_array_equal(cropped(np.asarray(ours)), cropped(golly))
