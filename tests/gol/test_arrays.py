"""Every public function takes boards as users have them, and gives the same for all of them."""

import subprocess
import sys

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest

import gol
from gol.arrays import as_array, as_boards, as_cells
from gol.pictures import as_image, as_text, save_gif, save_png

GLIDER = np.zeros((6, 8), np.uint8)
GLIDER[:3, :3] = gol.pattern("glider")


def read_only(board):
    copy = board.copy()
    copy.flags.writeable = False
    return copy


KINDS = {
    "uint8": lambda board: board,
    "bool": lambda board: board.astype(bool),
    "int64": lambda board: board.astype(np.int64),
    "float32": lambda board: board.astype(np.float32),
    "float64": lambda board: board.astype(np.float64),
    "long double": lambda board: board.astype(np.longdouble),
    "bfloat16": lambda board: board.astype(ml_dtypes.bfloat16),
    "big-endian": lambda board: board.astype(">i4"),
    "large numbers": lambda board: board.astype(np.int64) * 2**32,
    "list": lambda board: board.tolist(),
    "list of booleans": lambda board: board.astype(bool).tolist(),
    "list of floats": lambda board: board.astype(float).tolist(),
    "tuple of arrays": tuple,
    "read-only": read_only,
    "strided": lambda board: np.repeat(np.repeat(board, 2, 0), 3, 1)[::2, ::3],
    "reversed": lambda board: board[::-1, ::-1].copy()[::-1, ::-1],
    "column-major": np.asfortranarray,
    "jax uint8": jnp.asarray,
    "jax bool": lambda board: jnp.asarray(board.astype(bool)),
    "jax int32": lambda board: jnp.asarray(board.astype(np.int32)),
    "jax float32": lambda board: jnp.asarray(board.astype(np.float32)),
    "jax bfloat16": lambda board: jnp.asarray(board.astype(ml_dtypes.bfloat16)),
}


def image_file(save):
    def pixels(board, path):
        save(board, path)
        return path.read_bytes()

    return pixels


TAKES_BOARDS = {
    "evolve": lambda board, path: gol.evolve(board, 3),
    "evolve, packed": lambda board, path: gol.evolve(board, 400, topology="plane"),
    "step": lambda board, path: gol.step(board),
    "neighbourhood_codes": lambda board, path: gol.neighbourhood_codes(board),
    "neighbourhood_histogram": lambda board, path: gol.neighbourhood_histogram(board),
    "evolve_unbounded": lambda board, path: gol.evolve_unbounded(board, 9)[0],
    "identify": lambda board, path: gol.identify(board).displacement,
    "place": lambda board, path: gol.place(board, (9, 9)),
    "write_pattern": lambda board, path: gol.write_pattern(board),
    "as_text": lambda board, path: as_text(board),
    "as_image": lambda board, path: as_image(board),
    "save_png": image_file(save_png),
    "save_gif": image_file(lambda board, path: save_gif([board, board], path)),
}
WITHOUT_BOARDS = {
    "known_pattern",
    "map_string",
    "parse_any_rule",
    "parse_rule",
    "pattern",
    "random_boards",
    "read_pattern",
    "truth_table",
}


def test_every_public_function_is_tried_here():
    functions = {name for name in gol.__all__ if callable(getattr(gol, name)) and name[0].islower()}
    assert functions <= {name.split(",")[0] for name in TAKES_BOARDS} | WITHOUT_BOARDS


@pytest.mark.thorough(but=40)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("function", TAKES_BOARDS)
def test_a_function_gives_the_same_for_every_kind_of_board(tmp_path, function, kind):
    call = TAKES_BOARDS[function]
    expected = call(GLIDER, tmp_path / "expected")
    found = call(KINDS[kind](GLIDER), tmp_path / "found")
    np.testing.assert_array_equal(np.asarray(found).astype(np.asarray(expected).dtype), np.asarray(expected))


@pytest.mark.thorough(but=40)
@pytest.mark.parametrize("function", TAKES_BOARDS)
@pytest.mark.parametrize(
    "board",
    [
        pytest.param(np.full((6, 8), 0.5), id="halves"),
        pytest.param(np.full((6, 8), np.nan, np.float32), id="nan"),
        pytest.param(np.full((6, 8), 1 + 1e-12), id="nearly 1"),
        pytest.param(jnp.full((6, 8), 2.0, jnp.float32), id="jax 2.0"),
        pytest.param(GLIDER.astype(complex), id="complex"),
        pytest.param(GLIDER.astype(str), id="text"),
        pytest.param(GLIDER.astype(object), id="objects"),
        pytest.param([[1, 0, 0], [1, 0]], id="ragged"),
        pytest.param([[1, 0, None], [1, 0, 1], [1, 1, 1]], id="None"),
        pytest.param([1, 0, 1], id="one row"),
        pytest.param([], id="nothing"),
    ],
)
def test_what_is_no_board_is_refused_in_a_sentence(tmp_path, function, board):
    with pytest.raises(gol.InputError, match=r"^[^\n]{10,200}$"):
        TAKES_BOARDS[function](board, tmp_path / "a")


@pytest.mark.parametrize(
    ("board", "dtype"),
    [
        (GLIDER, np.uint8),
        (GLIDER.astype(bool), np.bool_),
        (GLIDER.astype(np.int64), np.int32),
        (GLIDER.astype(np.float64), np.float32),
        (GLIDER.astype(">i2"), np.int16),
        (GLIDER.tolist(), np.int32),
        (jnp.asarray(GLIDER, jnp.bfloat16), jnp.bfloat16),
    ],
)
def test_boards_come_back_in_the_dtype_that_jax_makes_of_theirs(board, dtype):
    after = gol.evolve(board, 1)
    assert isinstance(after, jax.Array)
    assert after.dtype == dtype
    assert set(np.unique(np.asarray(after).astype(int))) == {0, 1}


def test_what_goes_in_is_never_changed_and_never_shared():
    board = GLIDER.copy()
    for result in (gol.Pattern(board).cells, gol.place(board, board.shape), as_cells(board)):
        result[:] = 1
    np.testing.assert_array_equal(board, GLIDER)


def test_arrays_that_serve_already_are_not_copied():
    assert as_array(GLIDER) is GLIDER
    on_device = jnp.asarray(GLIDER)
    assert as_boards(on_device) is on_device


def test_a_pattern_is_made_from_every_kind_of_board():
    """Without the checks of annotations that run in tests and say what it holds, not what it is made from."""
    kinds = "jnp.asarray(b), b.astype(bool), b.astype(float), 7 * b.astype(int), b.tolist()"
    code = f"""if True:
        import gol, jax.numpy as jnp, numpy as np
        b = gol.pattern("glider")
        for kind in ({kinds}):
            assert gol.Pattern(kind) == gol.Pattern(b) and gol.Pattern(kind).cells.dtype == np.uint8
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)  # noqa: S603
    assert (done.returncode, done.stderr) == (0, "")


def test_functions_compose():
    after = gol.evolve(gol.place(gol.pattern("glider"), (12, 12)), 4)
    assert gol.identify(after) == gol.Identity("spaceship", 4, (1, 1))
    box, _ = gol.evolve_unbounded(after, np.int32(8))
    np.testing.assert_array_equal(gol.read_pattern(gol.write_pattern(after)).cells, np.asarray(after))
    assert gol.place(gol.random_boards(jax.random.key(0), [4, 5]), (9, 9)).shape == (9, 9)
    np.testing.assert_array_equal(box, gol.pattern("glider"))


def test_inside_jit_integers_are_boards_and_floating_point_numbers_are_refused():
    np.testing.assert_array_equal(np.asarray(jax.jit(gol.step)(GLIDER)), np.asarray(gol.step(GLIDER)))
    with pytest.raises(gol.InputError, match="cast them first"):
        jax.jit(gol.step)(GLIDER.astype(np.float32))
