"""Encodings are decoded to the network that they hold, and the page in docs has the numbers of its networks."""

import re
import sys
from dataclasses import replace
from pathlib import Path

import jax
import numpy as np
import pytest
from helpers import assert_same, random_parameters

import lottery
from gol.errors import InputError
from lottery.exports import storage
from lottery.exports.form import FORMS
from lottery.exports.storage import ENCODINGS, stored
from lottery.exports.storage_page import page, write_page
from lottery.networks.trees import on_host

DOCS = Path(__file__).parents[3] / "docs"
SIZE_OF_ITS_OWN = ("dense, xz", "dense, zlib")  # of these and of files, other versions of libraries write other bytes


def sparse():
    params = on_host(random_parameters(lottery.LifeNet(width=2), 0), np.float32)
    return jax.tree.map(lambda leaf: np.where(np.abs(leaf) > 0.5, leaf, np.float32(0)), params)


@pytest.mark.parametrize("name", ENCODINGS)
def test_what_is_encoded_is_decoded(name):
    params, encoding = sparse(), ENCODINGS[name]
    decoded = encoding.decode(encoding.encode(params), params)
    if name != "compact, int8":
        assert_same(decoded, params)
    for one, other in zip(jax.tree.leaves(decoded), jax.tree.leaves(params), strict=True):
        half_a_step = np.abs(other).max() / 127 / 2
        np.testing.assert_allclose(one, other, rtol=0, atol=1.001 * half_a_step)


def test_bytes_are_those_that_one_counts_by_hand():
    # 9*4 + 4 + 4*2 + 2 + 2 + 1 = 53 numbers in 3 kernels and 3 biases: 7 bytes of mask.
    params = sparse()
    left = sum(int(np.count_nonzero(leaf)) for leaf in jax.tree.leaves(params))
    assert 0 < left < 53
    sizes = {name: len(encoding.encode(params)) for name, encoding in ENCODINGS.items()}
    assert sizes["dense"] == sizes["compact"] == 4 * 53
    assert sizes["mask, values"] == 7 + 4 * left
    assert sizes["compact, int8"] == 53 + 6 * 4


def test_the_shipped_ticket_takes_less_in_every_step_and_stays_right():
    found = stored(lottery.shipped_ticket())
    sizes = list(found.encodings.values())
    assert (found.parameters, found.wrong) == (305, 0)
    assert sizes == sorted(sizes, reverse=True)
    assert set(found.files) == set(FORMS)


def test_rounding_that_makes_a_network_wrong_is_no_encoding_of_it(monkeypatch):
    monkeypatch.setattr(storage, "LARGEST", 1)
    assert stored(lottery.shipped_ticket()).encodings["compact, int8"] is None


def test_a_network_that_is_wrong_has_no_file_and_what_cannot_be_measured_is_left_out():
    def refuses(network):
        raise InputError("No device.")

    ticket = lottery.shipped_ticket()
    wrong = stored(replace(ticket, params=jax.tree.map(np.zeros_like, ticket.params)))
    assert set(wrong.files.values()) == {None}
    assert wrong.encodings["dense"] == 4 * 305
    beside = {"flash": lambda network: network.network.channels[0], "none": refuses}
    assert list(stored(ticket, beside).files.items())[-2:] == [("flash", 2), ("none", None)]


def numbers(text):
    """The tables of the page: heading -> cells of its column."""
    rows = [[cell.strip() for cell in line.strip("| ").split("|")] for line in re.findall(r"^\|.*\|$", text, re.M)]
    starts = [place for place, row in enumerate(rows) if row[0] == "level"]
    tables = [rows[start:end] for start, end in zip(starts, [*starts[1:], len(rows)], strict=True)]
    return {head: column for table in tables for head, _, *column in zip(*table, strict=True)}


@pytest.mark.thorough
def test_the_page_has_the_numbers_of_its_networks():
    networks = [lottery.load_network(path) for path in sorted((DOCS / "demo" / "levels").glob("*.safetensors"))]
    wanted = numbers(page(networks, [stored(network) for network in networks]))
    found = numbers((DOCS / "storage.md").read_text(encoding="utf-8"))
    assert list(wanted) == [head for head in found if head in wanted]
    for head, column in wanted.items():
        if head not in (*SIZE_OF_ITS_OWN, *FORMS):
            assert found[head] == column
            continue
        for one, other in zip(found[head], column, strict=True):
            assert one == other or float(one.replace(",", "")) == pytest.approx(float(other.replace(",", "")), rel=0.05)


def test_the_page_and_its_figure_are_made_of_the_levels_that_lie_there(tmp_path):
    ticket = lottery.shipped_ticket()
    wrong = replace(ticket, params=jax.tree.map(np.negative, ticket.params))
    (tmp_path / "demo" / "levels").mkdir(parents=True)
    for level, network in enumerate((ticket, wrong)):
        lottery.save_network(tmp_path / "demo" / "levels" / f"{level:02d}.safetensors", network)
    write_page(tmp_path, {"flash": lambda network: 7})
    text = (tmp_path / "storage.md").read_text()
    assert "Rounding to 8 bits makes none of the 1 networks wrong" in text
    assert numbers(text)["right on every board"] == ["yes", "no"]
    assert numbers(text)["flash"] == ["7", "–"]
    drawn = (tmp_path / "bench" / "storage.csv").read_text().splitlines()
    assert len(drawn) == 1 + 2 * (len(ENCODINGS) - 1)


def test_a_library_that_is_missing_says_nothing_about_a_network(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(InputError, match="needs onnx"):
        stored(lottery.shipped_ticket())
