import os

import pytest

from gol.errors import InputError
from lottery.runs.outputs import check_file, make_folder


def test_a_folder_is_made_with_those_above_it_and_left_empty(tmp_path):
    make_folder(tmp_path / "a" / "b", "--out", files=("run.json",), folders=("pieces",))
    assert list((tmp_path / "a" / "b").iterdir()) == []


def test_a_file_may_be_written_where_it_is_already_or_not_yet(tmp_path):
    check_file(tmp_path / "new" / "rows.json", "--json")
    (tmp_path / "old.json").write_text("kept")
    check_file(tmp_path / "old.json", "--json")
    assert (tmp_path / "old.json").read_text() == "kept"
    assert list((tmp_path / "new").iterdir()) == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("file", "is a file: --out has to name a folder"),
        ("file/below", "cannot be written to"),
        ("dangling", "is a link to nothing"),
        ("x" * 300, "cannot be written to"),
        (os.fsdecode(b"\xff\xfe"), r"\xff\xfe has bytes that are no UTF-8"),
        ("run", "claims.json is a folder"),
        ("other", "figures is no folder"),
        ("third", "figures is no folder"),
    ],
)
def test_what_is_no_folder_for_results_is_refused(tmp_path, name, words):
    (tmp_path / "file").touch()
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "run" / "claims.json").mkdir(parents=True)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "figures").touch()
    (tmp_path / "third").mkdir()
    (tmp_path / "third" / "figures").symlink_to("nowhere")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(InputError) as caught:
        make_folder(tmp_path / name, "--out", files=("claims.json",), folders=("figures",))
    assert words in str(caught.value)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("name", ["", "file/rows.json"])
def test_what_is_no_file_for_results_is_refused(tmp_path, name):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="--json has to name a file"):
        check_file(tmp_path / name, "--json")
