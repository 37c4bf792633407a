"""Golly as an oracle, where its command is on the path."""

import collections
import re
import shutil
import subprocess
from pathlib import Path

import jax
import numpy as np
import pytest

import gol

COLLECTION = Path("/usr/share/golly/Patterns")
"""Where Debian's package golly puts Golly's own patterns."""

BY_NAME = "|".join(
    [
        "of the family Generations",
        "of the family Larger than Life",
        "isotropic, not by counts",
        "no rule here is called",
        "a Klein bottle",
        "a cross-surface",
        "a sphere",
        "a twisted torus",
        "too narrow or endless",
        "a macrocell file",
        "a file of MCell",
        "compressed by gzip",
        "a zip archive",
        "over the limit of 67108864",
    ]
)

BGOLLY = shutil.which("bgolly")


def cropped(cells):
    rows, columns = np.nonzero(cells)
    return cells[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


@pytest.mark.thorough(but=2)
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


def collected(*suffixes):
    return sorted(path for path in COLLECTION.rglob("*") if path.suffix in suffixes)


@pytest.mark.thorough
@pytest.mark.skipif(not COLLECTION.is_dir(), reason="Golly's patterns are not installed (Debian package golly)")
def test_every_file_of_golly_s_collection_is_read_or_refused_by_name():
    read = collections.Counter()
    for path in collected(".rle", ".lif", ".cells", ".l", ".life", ".mc", ".mcl", ".gz", ".zip"):
        try:
            pattern = gol.read_pattern(path)
        except gol.InputError as error:
            read["refused" if re.search(BY_NAME, str(error)) else f"not by name: {error}"] += 1
        else:
            assert pattern.cells.any(), path
            read[path.suffix] += 1
    # Golly 3.3 has 144 files in RLE that are read, four of Life 1.05 and one whose name alone says that it is packed.
    assert read[".rle"] >= 140
    assert read[".lif"] >= 4
    assert read["refused"] >= 180
    assert not [kind for kind in read if kind.startswith("not by name")]


@pytest.mark.skipif(not COLLECTION.is_dir() or BGOLLY is None, reason="Golly is not installed (Debian package golly)")
def test_what_is_read_of_golly_s_collection_is_what_golly_reads(tmp_path):
    compared = 0
    for path in collected(".rle", ".lif")[::4]:
        try:
            pattern = gol.read_pattern(path)
        except gol.InputError:
            continue
        if pattern.cells.size > 2**22:
            continue
        command = [BGOLLY, "-a", "QuickLife", "-q", "-q", "-m", "0", "-o", "read.rle", path]
        subprocess.run(command, check=True, capture_output=True, cwd=tmp_path)  # noqa: S603
        golly = gol.read_pattern(tmp_path / "read.rle")
        assert (golly.rule, golly.topology, golly.size) == (pattern.rule, pattern.topology, pattern.size), path
        np.testing.assert_array_equal(cropped(pattern.cells), cropped(golly.cells), err_msg=str(path))
        compared += 1
    assert compared >= 25


@pytest.mark.thorough(but=2)
@pytest.mark.skipif(BGOLLY is None, reason="bgolly is not installed (Debian package golly)")
@pytest.mark.parametrize("head", ["", "#CXRLE Pos=-6,-5\n", "#CXRLE Pos=-4,-2 Gen=0\n"])
@pytest.mark.parametrize("sides", ["14,10", "13,11", "12"])
def test_a_pattern_meets_the_border_where_it_does_in_golly(tmp_path, head, sides):
    text = f"{head}x = 8, y = 6, rule = B3/S23:P{sides}\n2o2bo2bo$bo3b3o$obob2obo2$4obobo$ob3obo!\n"
    (tmp_path / "before.rle").write_text(text)
    command = [BGOLLY, "-a", "QuickLife", "-q", "-q", "-m", "6", "-o", "after.rle", "before.rle"]
    subprocess.run(command, check=True, capture_output=True, cwd=tmp_path)  # noqa: S603
    pattern = gol.read_pattern(text)
    board = gol.place(pattern.cells, pattern.size, pattern.corner())
    ours = np.asarray(gol.evolve(board, 6, pattern.rule, "plane"))
    np.testing.assert_array_equal(cropped(ours), cropped(gol.read_pattern(tmp_path / "after.rle").cells))
