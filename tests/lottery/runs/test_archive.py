"""An archive holds the wanted pieces without their weights, and is checked like the originals."""

import numpy as np
import pytest

from gol.errors import DamagedError
from lottery.runs import pieces
from lottery.runs.archive import archive_pieces
from lottery.runs.files import write_arrays
from lottery.runs.pieces import Piece

WANTED, OTHER = (Piece(label, "toy", {"seed": 1}, updates=1, seconds=1.0) for label in ("wanted", "other"))
OUTCOMES = {"solved_at_end": [True, False], "seconds": 1.0}


@pytest.fixture
def run(tmp_path):
    def compute(settings, folder, on_progress):
        write_arrays(folder / "weights.safetensors", {"w": np.ones(3)})
        return OUTCOMES

    for piece in (WANTED, OTHER):
        pieces.compute(piece, tmp_path / "run", {"toy": compute}, lambda share, words: None)
    return tmp_path / "run"


def test_what_is_wanted_comes_in_compressed_and_what_is_not_goes(run, tmp_path):
    archive = tmp_path / "archive"
    assert archive_pieces({WANTED.name, OTHER.name}, run, archive) == []
    assert archive_pieces({WANTED.name, "more"}, run, archive) == ["more"]
    (folder,) = archive.iterdir()
    assert {path.name for path in folder.iterdir()} == {"outcomes.json.gz", "settings.json", "manifest.json"}
    assert (folder / "manifest.json").read_bytes() == (run / WANTED.name / "manifest.json").read_bytes()
    assert pieces.load(WANTED, archive) == pieces.load(WANTED, run) == OUTCOMES
    assert archive_pieces({WANTED.name}, archive, tmp_path / "again") == []  # an archive is a source, too
    assert pieces.load(WANTED, tmp_path / "again") == OUTCOMES


def test_a_damaged_piece_does_not_come_in(run, tmp_path):
    (run / WANTED.name / "outcomes.json").write_text("{}")
    with pytest.raises(DamagedError, match="does not match"):
        archive_pieces({WANTED.name}, run, tmp_path / "archive")
    assert not (tmp_path / "archive" / WANTED.name).exists()


def test_an_interrupted_copy_is_made_again(run, tmp_path):
    archive = tmp_path / "archive"
    archive_pieces({WANTED.name}, run, archive)
    (archive / WANTED.name / "manifest.json").unlink()
    (archive / WANTED.name / "outcomes.json.gz").write_bytes(b"")
    archive_pieces({WANTED.name}, run, archive)
    assert pieces.load(WANTED, archive) == OUTCOMES
