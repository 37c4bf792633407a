"""Formats: what is read and written again is the same pattern, and damaged or hostile input is one sentence at once."""

import dataclasses
import re
import time
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gol

GUN = gol.known_pattern("gosper gun").rle
COUNTS = st.frozensets(st.integers(0, 8))
LINES = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=20).filter(
    lambda text: len(text.splitlines()) < 2 and not text.startswith("Name:")
)


# Parts are drawn, not patterns: the shape checks around `Pattern` draw random numbers, which hypothesis forbids.
PARTS = st.fixed_dictionaries(
    {
        "shape": st.tuples(st.integers(1, 12), st.integers(1, 170)),
        "seed": st.integers(0, 2**31),
        "density": st.sampled_from([0.0, 0.05, 0.5, 1.0]),
        "birth": COUNTS,
        "survival": COUNTS,
        "origin": st.tuples(st.integers(-99, 99), st.integers(-99, 99)),
        "name": LINES,
        "comments": st.lists(LINES, max_size=3).map(tuple),
    }
)


def made(parts):
    return gol.Pattern(
        (np.random.default_rng(parts["seed"]).random(parts["shape"]) < parts["density"]).astype(np.uint8),
        gol.Rule(parts["birth"], parts["survival"]),
        origin=parts["origin"],
        name=parts["name"],
        comments=parts["comments"],
    )


def of_life(pattern):
    return dataclasses.replace(pattern, rule=gol.parse_rule("B3/S23"))


@settings(deadline=None)
@given(PARTS, st.sampled_from([None, ("torus", (200, 300)), ("plane", (3, 9))]))
def test_rle_keeps_everything(parts, board):
    pattern = made(parts)
    if board:
        pattern = dataclasses.replace(pattern, topology=board[0], size=board[1])
    text = gol.write_pattern(pattern)
    assert gol.read_pattern(text) == pattern
    body = text[text.index("\nx = ") :] if "\nx = " in text else text
    assert max(map(len, body.splitlines()[1:])) <= 70


@settings(deadline=None)
@given(PARTS)
def test_life_105_keeps_everything_but_boards(parts):
    pattern = made(parts)
    assert gol.read_pattern(gol.write_pattern(pattern, format="life105")) == pattern


@settings(deadline=None)
@given(PARTS)
def test_plaintext_keeps_all_of_life_but_the_origin(parts):
    pattern = made(parts)
    expected = dataclasses.replace(of_life(pattern), origin=(0, 0))
    assert gol.read_pattern(gol.write_pattern(of_life(pattern), format="cells")) == expected


@settings(deadline=None)
@given(PARTS)
def test_life_106_keeps_the_live_cells_where_they_are(parts):
    pattern = made(parts)
    again = gol.read_pattern(gol.write_pattern(of_life(pattern), format="life106"))
    places = [tuple(place) for place in np.argwhere(pattern.cells) + pattern.origin]
    assert [tuple(place) for place in np.argwhere(again.cells) + again.origin] == places


@pytest.mark.parametrize("suffix", [".rle", ".cells", ".lif"])
def test_files_go_by_their_suffix(tmp_path, suffix):
    path = tmp_path / f"glider{suffix}"
    gol.write_pattern(gol.pattern("glider"), path)
    for source in (path, str(path)):
        np.testing.assert_array_equal(gol.read_pattern(source).cells, gol.pattern("glider"))


def test_a_file_as_the_lifewiki_has_it():
    text = """#N Gosper glider gun
#O Bill Gosper
#C A true period 30 glider gun.
#C www.conwaylife.com/wiki/index.php?title=Gosper_glider_gun
x = 36, y = 9, rule = b3/s23:T100,80
24bo11b$22bobo11b$12b2o6b2o12b2o$11bo3bo4b2o12b2o$2o8bo5bo3b2o14b$2o8b
o3bob2o4bobo11b$10bo5bo7bo11b$11bo3bo20b$12b2o!
whatever follows is ignored: 3 o $ z
"""
    pattern = gol.read_pattern(text)
    np.testing.assert_array_equal(pattern.cells, gol.pattern("gosper gun"))
    assert pattern.name == "Gosper glider gun"
    assert pattern.comments[0] == "#O Bill Gosper"
    assert (pattern.topology, pattern.size) == ("torus", (80, 100))


def test_spaces_and_line_ends_may_stand_anywhere_in_rle():
    np.testing.assert_array_equal(gol.read_pattern("b o $\r\n2 b o $ \r\n3\to !").cells, gol.pattern("glider"))


def test_places_far_from_the_middle_are_kept_in_every_format_that_has_places():
    pattern = gol.read_pattern("#Life 1.06\n2 999999999999993\n")  # found by fuzzing: RLE once lost its place
    for format in ("rle", "life105", "life106"):
        assert gol.read_pattern(gol.write_pattern(pattern, format=format)) == pattern


def test_old_survival_first_rules_and_blocks_in_life_105():
    text = "#Life 1.05\r\n#D made by hand\r\n#R 125/36\r\n#P -2 -1\r\n*\r\n.*\r\n#P 1 2\r\n**\r\n"
    pattern = gol.read_pattern(text)
    assert str(pattern.rule) == "B36/S125"
    assert pattern.origin == (-1, -2)
    assert pattern.cells.tolist() == [[1, 0, 0, 0, 0], [0, 1, 0, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 1, 1]]


HOSTILE = {
    "a run of 10^18": ("x = 3, y = 3\n1000000000000000000o!", "19 digits"),
    "a run of 10^5000": ("9" * 5000 + "o!", "5000 digits"),
    "a long run": ("999999999o!", "over the limit"),
    "far down": ("999999999$o!", "over the limit"),
    "a huge header": ("x = 999999999, y = 999999999\n!", "over the limit"),
    "negative": ("x = -3, y = 3\no!", "cannot be negative"),
    "sizes of many digits": ("x = " + "9" * 5000 + ", y = 1\n!", "5000 digits"),
    "a bad header": ("x = three, y = 3\no!", "should be a header"),
    "more than the header says": ("x = 2, y = 3\n3o!", "live cells reach x = 3"),
    "cut off": (GUN[:-1] + "\n", "cut off"),
    "a third state": ("oB2C!", "'C' at character 4"),
    "binary": ("\x7fELF\0\0\n", "binary"),
    "rubbish": ("\x01\x02\x03\n", "line 1 has"),
    "empty": ("", "no pattern"),
    "only comments": ("#C nothing\n", "cut off"),
    "a bad rule": ("x = 1, y = 1, rule = B9/S23\no!", "'9' at character 2"),
    "a rule of 5000 letters": ("x = 1, y = 1, rule = " + "9" * 5000 + "\no!", "at most 8 neighbours"),
    "a Klein bottle": ("x = 1, y = 1, rule = B3/S23:K30*,20\no!", "not one of ours"),
    "an endless board": ("x = 1, y = 1, rule = B3/S23:T0,20\no!", "at least 3"),
    "cells among rows": ("!Name: a\n..O\n..x\n", "line 3 has 'x' at character 3"),
    "far apart in 1.06": ("#Life 1.06\n0 0\n999999999999999999 -999999999999999999\n", "over the limit"),
    "not two numbers": ("#Life 1.06\n0 0 0\n", "line 2"),
    "blocks far apart": ("#Life 1.05\n#P 0 0\n*\n#P 999999999 999999999\n*\n", "over the limit"),
    "words in 1.05": ("#Life 1.05\n#P 0 0\n*o*\n", "line 3"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_is_refused_at_once_without_memory(name):
    text, sentence = HOSTILE[name]
    tracemalloc.start()
    begin = time.perf_counter()
    with pytest.raises(gol.InputError, match=re.escape(sentence)) as caught:
        gol.read_pattern(text)
    assert len(str(caught.value)) < 300
    assert time.perf_counter() - begin < 1
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**20


def read_or_refused(text):
    sentence = ""
    try:
        size = gol.read_pattern(text).cells.size
    except gol.InputError as error:
        size, sentence = 0, str(error)
    assert size <= 2**26
    assert "\n" not in sentence


@settings(deadline=None, max_examples=300)
@given(st.one_of(st.text(), st.text("xy=,rule BS/0123456789bo$!#LifePDRCNT:*.O\n -")))
def test_any_text_is_a_pattern_or_a_sentence(text):
    read_or_refused(text + "\n")


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_a_damaged_file_is_a_pattern_or_a_sentence(data):
    text = data.draw(
        st.sampled_from(
            [gol.write_pattern(gol.pattern("lwss"), format=f) for f in ("rle", "life105", "life106", "cells")]
        )
    )
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(text)))
        insert = data.draw(st.text("xy=,o$b!#9-1 *.O\n\x00", max_size=3))
        text = text[:place] + insert + text[place + data.draw(st.integers(0, 3)) :]
    read_or_refused(text + "\n")


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: gol.read_pattern("no such file.rle"), "no such file"),
        (lambda: gol.Pattern(gol.pattern("glider"), topology="torus"), "a topology and a size, not torus and None"),
        (lambda: gol.write_pattern(gol.pattern("glider"), format="gif"), "'gif' is unknown"),
        (lambda: gol.write_pattern(gol.pattern("glider"), "glider.txt"), "no format goes with the suffix '.txt'"),
        (lambda: gol.write_pattern(gol.pattern("glider"), "no/such/folder/a.rle"), "cannot write"),
        (
            lambda: gol.write_pattern(gol.Pattern(gol.pattern("glider"), gol.parse_rule("Seeds")), format="cells"),
            "no place for the rule B2/S",
        ),
        (
            lambda: gol.write_pattern(
                gol.Pattern(gol.pattern("glider"), topology="torus", size=(9, 9)), format="life105"
            ),
            "no place for a torus",
        ),
        (lambda: gol.write_pattern(gol.Pattern(gol.pattern("glider"), comments=("a\nb",))), "one line"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(call, sentence):
    with pytest.raises(gol.InputError, match=re.escape(sentence)):
        call()


def test_a_directory_is_not_a_pattern(tmp_path):
    with pytest.raises(gol.InputError, match="cannot read"):
        gol.read_pattern(tmp_path)
