"""Where a network's working memory holds what: one vector of numbers that stays in a core's cache, and its places.

A plane is one channel of one board: its cells in reading order inside a frame of one cell. Its place is that of the
board's first cell, at the start of a vector; the frame lies before and behind it. A layer computes the `cells` from
there on, the frame's cells between two rows and some behind the last among them: one long loop instead of many short
ones. What stands there afterwards is rubbish, which `frame` overwrites before a convolution reads it, and which is kept
out of every gradient, as slopes there are zero.

`routes` are lists of distances between places, by which the products find their terms (products.py).
"""

from typing import Any, NamedTuple

import numpy as np

from lottery.networks.neighbourhoods import NEIGHBOURHOODS
from lottery.training.fused.vectors import BYTES

PATTERNS = 512
OUTSIDE = 512  # the code of a neighbour outside a zero-padded board: the tables have a row of zeros for it


class Shape(NamedTuple):
    """What network is trained, on what boards."""

    steps: int
    a: int  # channels of each 3x3 convolution
    b: int  # channels of each 1x1 convolution
    side: int  # of the square boards
    torus: bool  # else zero padding
    squared: bool  # squared error instead of binary cross-entropy
    nine_tables: bool  # the second 3x3 as nine tables


class Places(NamedTuple):
    """Where everything begins in a `Memory`, and how large some of it is."""

    # sizes
    lanes: int  # numbers in a vector
    cells: int  # that a layer computes, in whole tiles of four vectors
    pitch: int  # from a plane to the next
    blocks: int  # of `lanes` features in the nine tables; 0 without them
    columns: int  # b rounded up to whole vectors
    # numbers
    weights: int  # flat, masked
    gradient: int
    zeros: int
    ones: int
    bits: int  # (9, 512)
    hidden: int  # (a, 512) the first block's 3x3 on all patterns
    of_hidden: int  # its slopes
    table: int  # (b, 512) the first block's answers, and below them 512 ones
    of_table: int  # (b, 512)
    sums: int  # (4, b, 512) slopes by code, or with nine tables (512, columns)
    wide: int  # (blocks, 9, 513, lanes) nine tables
    of_wide: int
    kernel_rows: int  # (blocks, 9, b, lanes) the second 3x3
    kernel_columns: int  # (blocks, 9, lanes, columns) the same
    part: int  # (blocks, b + 1, lanes) scratch
    inside: int  # a plane: 1 on the board, 0 elsewhere
    target: int
    x: int  # (steps, b) planes: block l + 1 reads x[l], the read-out x[steps - 1]
    y: int  # (steps - 1, y_planes) planes between the two convolutions of each block but the first
    y_planes: int
    z: int  # logits
    of_x: int  # (b) planes of slopes
    of_y: int  # (y_planes)
    of_z: int
    # routes
    each: int  # 0, 1, 2 ...
    by_patterns: int  # 0, 512, ...
    by_planes: int
    by_lanes: int
    by_a: int
    around: int  # (b, 9) neighbours in planes
    turned: int  # (a, 9) the same backwards
    kernels: int  # (a, 9) their weights
    all_wide: int  # (blocks, 9, lanes) of a row of all tables
    by_columns: int
    framed: int  # codes of a board in its frame, as distances in a table


class Memory(NamedTuple):
    """A network's working memory."""

    numbers: np.ndarray
    routes: np.ndarray
    places: Places


def reserve(shape: Shape, dtype: str) -> Memory:
    """Fresh working memory for networks of a shape: zeros, and what does not change."""
    a, b, row = shape.a, shape.b, shape.side + 2
    lanes = BYTES // np.dtype(dtype).itemsize
    span = (shape.side - 1) * row + shape.side
    cells = _whole(span, 4 * lanes)
    frame = row + 1
    pitch = _whole(max(cells, span + frame) + frame, lanes)
    blocks = -(-a // lanes) if shape.nine_tables else 0
    columns = _whole(b, lanes)
    y_planes = max(a, blocks * lanes)
    weights = 10 * a + a * b + b + (shape.steps - 1) * (9 * a * b + a + a * b + b) + b + 1
    wide = blocks * 9 * (PATTERNS + 1) * lanes
    sizes = {
        "weights": weights,
        "gradient": weights,
        "zeros": max(a, blocks * lanes, columns),
        "bits": 9 * PATTERNS,
        "hidden": a * PATTERNS,
        "of_hidden": a * PATTERNS,
        "table": (b + 1) * PATTERNS,
        "of_table": b * PATTERNS,
        "sums": max(4 * b, columns) * PATTERNS,
        "wide": wide,
        "of_wide": wide,
        "kernel_rows": blocks * 9 * b * lanes,
        "kernel_columns": blocks * 9 * lanes * columns,
        "part": blocks * (b + 1) * lanes,
    }
    planes = {
        "inside": 1,
        "target": 1,
        "x": shape.steps * b,
        "y": (shape.steps - 1) * y_planes,
        "z": 1,
        "of_x": b,
        "of_y": y_planes,
        "of_z": 1,
    }
    places, end = {}, 0
    for name, size in sizes.items():
        places[name] = end
        end += _whole(size, lanes)
    end += _whole(frame, lanes)
    for name, size in planes.items():
        places[name] = end
        end += size * pitch
    numbers = _aligned(end, dtype)
    places["ones"] = places["table"] + b * PATTERNS
    lists = _routes(shape, lanes, pitch, blocks, columns)
    routes, end = [], 0
    for name, values in lists.items():
        places[name] = end
        routes.append(values)
        end += len(values)
    places["framed"] += frame
    found = Places(lanes=lanes, cells=cells, pitch=pitch, blocks=blocks, columns=columns, y_planes=y_planes, **places)
    numbers[found.ones : found.ones + PATTERNS] = 1
    numbers[found.bits : found.bits + 9 * PATTERNS] = np.ravel(NEIGHBOURHOODS.T)
    inside = np.zeros((shape.side, row))
    inside[:, : shape.side] = 1
    numbers[found.inside : found.inside + span] = inside.ravel()[:span]
    return Memory(numbers, np.concatenate(routes), found)


def _routes(shape: Shape, lanes: int, pitch: int, blocks: int, columns: int) -> dict[str, np.ndarray]:
    """The lists of distances by their names in `Places`."""
    a, b, row = shape.a, shape.b, shape.side + 2
    shifts = np.array([r * row + c for r in (-1, 0, 1) for c in (-1, 0, 1)])

    def multiples(count: int, distance: int) -> np.ndarray:
        return np.arange(count, dtype=np.int64) * distance

    def both(outer: np.ndarray, inner: np.ndarray) -> np.ndarray:
        return np.ravel(outer[:, None] + inner[None])

    most = max(9 * a, 9 * b, PATTERNS)
    return {
        "each": multiples(most, 1),
        "by_patterns": multiples(max(a, b, 9), PATTERNS),
        "by_planes": multiples(max(a, b), pitch),
        "by_lanes": multiples(PATTERNS, lanes),
        "by_a": multiples(b, a),
        "around": both(multiples(b, pitch), shifts),
        "turned": both(multiples(a, pitch), -shifts),
        "kernels": both(multiples(a, 9 * b), np.arange(9)),
        "all_wide": both(multiples(blocks * 9, (PATTERNS + 1) * lanes), np.arange(lanes)),
        "by_columns": multiples(blocks * 9 * lanes, columns),
        "framed": np.zeros(pitch + row + 1, np.int64),
    }


def _whole(count: int, unit: int) -> int:
    return -(-count // unit) * unit


def _aligned(count: int, dtype: str) -> Any:
    """Zeros that begin where a vector should."""
    numbers = np.zeros(count + BYTES, dtype)
    start = (-numbers.ctypes.data % BYTES) // numbers.itemsize
    return numbers[start : start + count]
