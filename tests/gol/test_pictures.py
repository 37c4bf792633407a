"""Pictures: what is drawn is what lives."""

import numpy as np
import pytest
from PIL import Image, ImageSequence

import gol
from gol.pictures import ALIVE, DEAD, GAP, as_image, as_text, save_gif, save_png


def colours(image):
    return np.asarray(image.convert("RGB"))


def test_a_glider_in_half_blocks():
    assert as_text(gol.pattern("glider")) == " ▀▄\n▀▀▀"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "no such encoding"])
def test_a_glider_where_there_are_no_half_blocks(encoding):
    assert as_text(gol.pattern("glider"), encoding) == ".O.\n..O\nOOO"


def test_a_still_phase_as_long_as_a_frame_may_last_is_saved(tmp_path):
    save_gif(np.zeros((6553, 3, 3), np.uint8), tmp_path / "a.gif", 1)
    with Image.open(tmp_path / "a.gif") as image:
        assert image.info["duration"] == 655300


def test_a_png_has_a_square_for_each_cell(tmp_path):
    save_png(gol.pattern("glider"), tmp_path / "glider.png", scale=3)
    pixels = colours(Image.open(tmp_path / "glider.png"))
    assert pixels.shape == (9, 9, 3)
    np.testing.assert_array_equal((pixels[1::3, 1::3] == ALIVE).all(-1), gol.pattern("glider"))
    np.testing.assert_array_equal(
        pixels, np.where(gol.pattern("glider")[:, :, None], ALIVE, DEAD).repeat(3, 0).repeat(3, 1)
    )


def test_a_batch_is_a_grid_with_gaps():
    boards = np.stack([gol.place(gol.pattern(name), (4, 5)) for name in ("block", "boat", "beehive")])
    pixels = colours(as_image(boards, scale=1))
    assert pixels.shape == (9, 11, 3)
    np.testing.assert_array_equal((pixels[:4, 6:] == ALIVE).all(-1), boards[1])
    np.testing.assert_array_equal((pixels[5:, :5] == ALIVE).all(-1), boards[2])
    assert (pixels[4] == GAP).all()
    assert (pixels[:, 5] == GAP).all()


def test_a_gif_has_every_generation_and_loops(tmp_path):
    board = gol.place(gol.pattern("pulsar"), (17, 17))
    frames = np.stack([np.asarray(gol.evolve(board, generation)) for generation in range(3)])
    save_gif(frames, tmp_path / "pulsar.gif", scale=2, seconds=0.2)
    with Image.open(tmp_path / "pulsar.gif") as image:
        assert image.info["loop"] == 0
        assert image.info["duration"] == 200
        shown = [colours(frame)[::2, ::2] for frame in ImageSequence.Iterator(image)]
    np.testing.assert_array_equal((np.stack(shown) == ALIVE).all(-1), frames)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: as_image(gol.pattern("glider"), 0), "scale of at least 1"),
        (lambda: as_image(np.zeros((2000, 2000), np.uint8), 100), "scale down"),
        (lambda: as_image(np.zeros((0, 4, 4), np.uint8)), "at least one cell"),
        (lambda: save_png(gol.pattern("glider"), "no/such/folder/a.png"), "cannot write"),
        (lambda: save_gif(np.zeros((0, 4, 4), np.uint8), "a.gif"), "needs a frame"),
        (lambda: save_gif(np.zeros((9, 4000, 4000), np.uint8), "a.gif", 2), "too many pixels"),
        (lambda: save_gif(np.zeros((6554, 3, 3), np.uint8), "a.gif", 1), "nothing changes for 655.4 s"),
        (lambda: save_gif(np.zeros((2, 3, 3), np.uint8), "a.gif", 1, 656.0), "0.02 s to 655.35 s"),
        (lambda: save_gif(np.zeros((2, 3, 3), np.uint8), "a.gif", 1, float("nan")), "not nan s"),
        (lambda: save_png(gol.pattern("glider"), "."), "cannot write '.'"),
        (lambda: save_png(gol.pattern("glider"), "a\0.png"), "cannot write"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(call, sentence):
    with pytest.raises(gol.InputError, match=sentence):
        call()
