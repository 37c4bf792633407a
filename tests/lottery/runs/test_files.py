"""Files are whole or not there, and damaged ones are named in a sentence."""

import errno
import json

import numpy as np
import pytest
from helpers import assert_same

from gol.errors import DamagedError, InputError, WriteError
from lottery.networks.handmade import handmade_parameters
from lottery.networks.masks import full_mask
from lottery.networks.trees import flatten, unflatten
from lottery.runs.files import (
    compress,
    is_there,
    read_arrays,
    read_bytes,
    read_json,
    settings_hash,
    write_arrays,
    write_bytes,
    write_entries,
    write_json,
    write_jsonl,
)


def no_space(_):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_arrays_come_back_with_their_bits_dtypes_and_shapes(tmp_path):
    arrays = {
        "scalar": np.array(7),
        "empty": np.zeros((0, 3), np.float32),
        "turned": np.arange(6.0).reshape(2, 3).T,
        "mask": np.array([True, False]),
        "key": np.array([2**32 - 1], np.uint32),
        "odd": np.array([np.nan, -0.0, np.inf], np.float32),
    }
    write_arrays(tmp_path / "deep" / "a.safetensors", arrays)
    found = read_arrays(tmp_path / "deep" / "a.safetensors")
    assert_same({name: found[name] for name in arrays}, arrays)


def test_parameters_and_masks_survive_flat_names():
    params = handmade_parameters(2)
    assert set(flatten(params)) >= {"block0_3x3/kernel", "readout/bias"}
    assert_same(unflatten(flatten(params)), params)
    assert all(name.endswith("kernel") for name in flatten(full_mask(params)))


def test_a_write_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    write_json(path, {"a": 1})

    monkeypatch.setattr("lottery.runs.files.os.fsync", no_space)
    with pytest.raises(WriteError, match=r"a.json cannot be written: No space left on device; make room on that disk"):
        write_bytes(path, b"new")
    assert read_json(path) == {"a": 1}
    assert [file.name for file in tmp_path.iterdir()] == ["a.json"]


def test_json_has_no_nan(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "a.json", {"a": float("nan")})
    write_jsonl(tmp_path / "a.jsonl", [{"a": 1}, {"a": None}])
    assert [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()] == [{"a": 1}, {"a": None}]


def test_missing_and_damaged_files_are_named(tmp_path):
    with pytest.raises(InputError, match="no file"):
        read_arrays(tmp_path / "none.safetensors")
    for content in (b"", b"not safetensors at all", b"\xff" * 100):
        (tmp_path / "bad").write_bytes(content)
        with pytest.raises(InputError, match="not a readable safetensors file"):
            read_arrays(tmp_path / "bad")
        with pytest.raises(DamagedError, match="damaged"):
            read_json(tmp_path / "bad")


def test_hash_of_settings_does_not_change_between_versions_or_with_the_order_of_keys():
    assert settings_hash({"width": 3, "claim": "width", "density": None}) == "7cf2aa3939"
    assert settings_hash({"density": None, "claim": "width", "width": 3}) == "7cf2aa3939"
    assert settings_hash({"width": 4, "claim": "width", "density": None}) != "7cf2aa3939"


def test_entries_are_json_with_a_line_each(tmp_path):
    write_entries(tmp_path / "outcomes.json", {"solved": [True, False], "seconds": 1.5, "none": None})
    assert (tmp_path / "outcomes.json").read_text().count("\n") == 5
    assert read_json(tmp_path / "outcomes.json") == {"solved": [True, False], "seconds": 1.5, "none": None}
    with pytest.raises(ValueError, match="JSON"):
        write_entries(tmp_path / "outcomes.json", {"loss": float("nan")})


def test_a_compressed_file_is_read_under_its_old_name(tmp_path):
    path = tmp_path / "a.json"
    write_json(path, {"a": [1] * 1000})
    plain = path.read_bytes()
    compress(path)
    (compressed,) = tmp_path.iterdir()
    assert (compressed.name, compressed.stat().st_size < 300) == ("a.json.gz", True)
    assert read_bytes(path) == plain
    assert read_json(path) == {"a": [1] * 1000}
    assert is_there(path)
    write_json(path, {"a": 2})  # what is plain is newer
    assert read_json(path) == {"a": 2}


@pytest.mark.parametrize("damage", [lambda content: content[:-9], lambda content: b"no" + content, lambda _: b""])
def test_a_damaged_compressed_file_is_named(damage, tmp_path):
    path = tmp_path / "a.json"
    write_json(path, {"a": list(range(1000))})
    compress(path)
    compressed = tmp_path / "a.json.gz"
    compressed.write_bytes(damage(compressed.read_bytes()))
    with pytest.raises(DamagedError, match="damaged"):
        read_json(path)


def test_what_cannot_be_compressed_stays_plain(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    write_json(path, {"a": 1})
    monkeypatch.setattr("lottery.runs.files.os.fsync", no_space)
    with pytest.raises(WriteError, match=r"a.json.gz cannot be written"):
        compress(path)
    assert read_json(path) == {"a": 1}
    assert not is_there(tmp_path / "b.json")
