"""Formats: what is read and written again is the same pattern, and damaged or hostile input is one sentence at once."""

import dataclasses
import gzip
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
# Among the characters are those at which Python ends lines and formats do not, and those that it takes for blanks.
LINES = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=20),
    st.text(st.sampled_from("\x0b\x0c\x1c\x85\u2028\xa0#Oax"), max_size=6),
    st.sampled_from(["Name: a", "#O me", "XRLE Pos=1,2", "!", "Name:"]),
).map(lambda text: text.strip(" \t"))


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
        "generation": st.sampled_from([0, 7, 10**30]),
    }
)


def made(parts):
    return gol.Pattern(
        (np.random.default_rng(parts["seed"]).random(parts["shape"]) < parts["density"]).astype(np.uint8),
        gol.Rule(parts["birth"], parts["survival"]),
        origin=parts["origin"],
        name=parts["name"],
        comments=parts["comments"],
        generation=parts["generation"],
    )


def of_life(pattern):
    return dataclasses.replace(pattern, rule=gol.parse_rule("B3/S23"), generation=0)


@settings(deadline=None)
@given(PARTS, st.sampled_from([None, ("torus", (200, 300)), ("plane", (3, 9))]))
def test_rle_keeps_everything(parts, board):
    pattern = made(parts)
    if board:
        pattern = dataclasses.replace(pattern, topology=board[0], size=board[1])
    text = gol.write_pattern(pattern)
    assert gol.read_pattern(text) == pattern
    body = text[text.rindex("x = ") :]
    assert max(map(len, body.split("\n")[1:])) <= 70


@settings(deadline=None)
@given(PARTS)
def test_life_105_keeps_everything_but_boards_and_generations(parts):
    pattern = dataclasses.replace(made(parts), generation=0)
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


ENDS_OF_LINES_TO_PYTHON = ["\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]
WITH_COMMENT = {
    "rle": "#N a\n#C {}\nx = 3, y = 1\n3o!\n",
    "life105": "#Life 1.05\n#D {}\n#P 0 0\n***\n",
    "life106": "#Life 1.06\n#C {}\n0 0\n1 0\n2 0\n",
    "cells": "!Name: a\n!{}\nOOO\n",
}


@pytest.mark.thorough(but=12)
@pytest.mark.parametrize("format", WITH_COMMENT)
@pytest.mark.parametrize("character", ENDS_OF_LINES_TO_PYTHON)
def test_no_character_but_lf_and_cr_ends_a_line(format, character):
    pattern = gol.read_pattern(WITH_COMMENT[format].format(f"Wow{character}! b$ 9 9 ...OOO{character}"))
    assert pattern.cells.tolist() == [[1, 1, 1]]
    assert pattern.comments[-1].endswith(f"Wow{character}! b$ 9 9 ...OOO{character}")


@pytest.mark.parametrize("format", WITH_COMMENT)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_in_lf_crlf_or_cr_and_files_of_dos_in_an_end_mark(format, end):
    pattern = gol.read_pattern("\ufeff" + WITH_COMMENT[format].format("one").replace("\n", end) + "\x1a")
    assert pattern.cells.tolist() == [[1, 1, 1]]
    assert pattern.comments[-1].endswith("one")


READ_AS_GOLLY_DOES = {
    "letters for live cells": ("x = 9, y = 1\n2xb3yz!", [[1, 1, 0, 1, 1, 1, 1]]),
    "states 0 and 1": ("x = 3, y = 1, rule = B3/S23\nA.A!", [[1, 0, 1]]),
    "lower case in plaintext": ("!a\n.oO\no*\n", [[0, 1, 1], [1, 1, 0]]),
    "plaintext without a head": (".o\no.\n", [[0, 1], [1, 0]]),
    "a comma too many": ("x = 3, y = 1,\n3o!", [[1, 1, 1]]),
    "no place": ("#Life 1.05\n#P\n**\n.*\n#P\n*\n", [[1, 1], [0, 1], [1, 0]]),
    "no first line": ("#P 3 4\n**\n#P 3 5\n.*\n", [[1, 1], [0, 1]]),
}


@pytest.mark.parametrize("name", READ_AS_GOLLY_DOES)
def test_habits_of_other_people_s_files_are_read(name):
    text, cells = READ_AS_GOLLY_DOES[name]
    pattern = gol.read_pattern(text)
    assert pattern.cells[:, : len(cells[0])].tolist() == cells
    assert not pattern.cells[:, len(cells[0]) :].any()


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("#r 12345/3\n3o!", "B3/S12345"),
        ("#r 12345/3\nx = 3, y = 1\n3o!", "B3/S12345"),
        ("x = 3, y = 1\n3o\n#r 12345/3\n!", "B3/S12345"),
        ("x = 3, y = 1, rule = B2\n3o!", "B2/S"),
        ("x = 3, y = 1, rule = S23\n3o!", "B/S23"),
        ("#Life 1.05\n#R B234\n**\n", "B234/S"),
        ("#Life 1.05\n#N\n**\n", "B3/S23"),
    ],
)
def test_rules_are_found_where_golly_finds_them(text, rule):
    assert str(gol.read_pattern(text).rule) == rule


def test_places_and_generations_of_rle_are_kept():
    pattern = gol.read_pattern("#CXRLE Pos=-3,4 Gen=3480106827776\nx = 3, y = 1\n3o!")
    assert (pattern.origin, pattern.generation) == ((4, -3), 3480106827776)
    assert gol.read_pattern("#R -3 4\n#P -3 4\n3o!").origin == (4, -3)


def test_a_place_on_a_board_counts_from_the_middle_cell_and_without_one_middles_meet():
    board = "x = 3, y = 2, rule = B3/S23:P10,8\n3o$o!"
    assert gol.read_pattern(board).corner() == (3, 4)
    assert gol.read_pattern("#CXRLE Pos=-5,-4\n" + board).corner() == (0, 0)
    assert gol.read_pattern("#CXRLE Pos=0,0\n" + board).corner() == (4, 5)
    assert gol.read_pattern(gol.write_pattern(gol.read_pattern("#CXRLE Pos=0,0\n" + board))).corner() == (4, 5)


def test_one_number_makes_a_square_board():
    assert gol.read_pattern("x = 1, y = 1, rule = B3/S23:T30\no!").size == (30, 30)
    assert gol.read_pattern("x = 1, y = 1, rule = B3/S23 : p30 \no!").topology == "plane"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_text_in_wide_characters_is_refused(tmp_path, encoding):
    (tmp_path / "a.rle").write_bytes("x = 3, y = 1\n3o!\n".encode(encoding))
    with pytest.raises(gol.InputError, match=r"UTF-16 or UTF-32|binary data"):
        gol.read_pattern(tmp_path / "a.rle")


def test_compressed_files_are_refused_by_their_kind(tmp_path):
    (tmp_path / "a.rle.gz").write_bytes(gzip.compress(b"3o!"))
    with pytest.raises(gol.InputError, match="compressed by gzip"):
        gol.read_pattern(tmp_path / "a.rle.gz")


def test_a_name_of_a_file_with_an_exclamation_mark_is_no_pattern(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    gol.write_pattern(gol.pattern("glider"), "zoo!.rle")
    np.testing.assert_array_equal(gol.read_pattern("zoo!.rle").cells, gol.pattern("glider"))


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
    "a third state": ("oB2C!", "'B' at character 2, a cell in state 2"),
    "states 1 and 2": ("x = 4, y = 1, rule = B3/S23\n.A.B!", "a cell in state 2"),
    "a capital O": ("bO!", "a cell in state 15"),
    "state 25": ("2pA!", "'pA' at character 3, a cell in state 25"),
    "a run of nothing": ("0o!", "'0o'"),
    "an empty rule": ("x = 1, y = 1, rule =\no!", "the rule is empty"),
    "two rules": ("#r 23/36\nx = 1, y = 1, rule = B3/S23\no!", "line 2 gives the pattern another rule"),
    "two places": ("#P 1 2\n#CXRLE Pos=1,3\no!", "another place"),
    "two sizes": ("x = 1, y = 1\nx = 2, y = 1\no!", "another size"),
    "an unknown extension": ("#CXRLE Pos=1,3 Speed=3\no!", "should be like '#CXRLE Pos=3,4 Gen=5'"),
    "a place that is none": ("#P here\no!", "'#P 3 4'"),
    "a rule under the wrong letter": ("#R B36/S23\no!", "'#P 3 4'"),
    "another pattern inside": ("#I gun.rle 3 4\no!", "begins with '#I', which is unknown"),
    "an unknown header": ("x = 1, y = 1, colour = 3\no!", "should be a header"),
    "a rule in the body": ("x = 2, y = 1\no\n#r 23/3/4\no!", "of the family Generations"),
    "LifeHistory": ("x = 1, y = 1, rule = LifeHistory\no!", "no rule here is called 'LifeHistory'"),
    "macrocell": ("[M2] (golly 3.3)\n#R B3/S23\n$$*$\n", "a macrocell file"),
    "MCell": ("#MCell 4.20\n#GAME Life\n#L o\n", "a file of MCell"),
    "Life 1.07": ("#Life 1.07\n#P 0 0\n*\n", "a version other than 1.05 and 1.06"),
    "two rules in 1.05": ("#Life 1.05\n#R 23/36\n#N\n*\n", "line 3 gives the rule B3/S23"),
    "half a place in 1.05": ("#Life 1.05\n#P 3\n*\n", "line 2 does not belong"),
    "an indented row in 1.05": ("#Life 1.05\n  *\n", "line 2 does not belong"),
    "a rule in 1.06": ("#Life 1.06\n#R 23/36\n0 0\n", "line 2 should be 'x y'"),
    "a terminal escape": ("x = 1, y = 1\n\x1b[2Jo!", r"has '\x1b' at character 1"),
    "a long line": ("x = " + "9" * 70 + "\x07 three\no!", "…"),
    "a blank of another script": ("x = 2, y = 1\no\x85o!", r"has '\x85' at character 2"),
    "a digit of another script": ("x = 2, y = 1\n\u0663o!", "at character 1"),
    "binary": ("\x7fELF\0\0\n", "binary"),
    "rubbish": ("\x01\x02\x03\n", "line 1 has"),
    "empty": ("", "no pattern"),
    "only comments": ("#C nothing\n", "cut off"),
    "a bad rule": ("x = 1, y = 1, rule = B9/S23\no!", "'9' at character 2"),
    "a rule of 5000 letters": ("x = 1, y = 1, rule = " + "9" * 5000 + "\no!", "at most 8 neighbours"),
    "a Klein bottle": ("x = 1, y = 1, rule = B3/S23:K30*,20\no!", "a Klein bottle, not one of ours"),
    "a twisted torus": ("x = 1, y = 1, rule = B3/S23:T30+7,20\no!", "a twisted torus, not one of ours"),
    "a sphere": ("x = 1, y = 1, rule = B3/S23:S30\no!", "a sphere, not one of ours"),
    "an endless board": ("x = 1, y = 1, rule = B3/S23:T0,20\no!", "at least 3"),
    "cells among rows": ("!Name: a\n..O\n..x\n", "line 3 has 'x' at character 3"),
    "far apart in 1.06": ("#Life 1.06\n0 0\n999999999999999999 -999999999999999999\n", "over the limit"),
    "not two numbers": ("#Life 1.06\n0 0 0\n", "line 2"),
    "blocks far apart": ("#Life 1.05\n#P 0 0\n*\n#P 999999999 999999999\n*\n", "over the limit"),
    "words in 1.05": ("#Life 1.05\n#P 0 0\n*o*\n", "line 3"),
}


@pytest.mark.thorough(but=3)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_is_refused_at_once_without_memory(name):
    text, sentence = HOSTILE[name]
    tracemalloc.start()
    begin = time.perf_counter()
    with pytest.raises(gol.InputError, match=re.escape(sentence)) as caught:
        gol.read_pattern(text)
    assert len(str(caught.value)) < 300
    assert str(caught.value).isprintable()
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
    assert not sentence or sentence.isprintable()


@settings(deadline=None, max_examples=300)
@given(st.one_of(st.text(), st.text("xy=,rule BS/0123456789bo$!#LifePDRCNT:*.O\n -")))
def test_any_text_is_a_pattern_or_a_sentence(text):
    read_or_refused(text + "\n")


@settings(deadline=None, max_examples=300)
@given(
    st.binary(max_size=60),
    st.sampled_from([b"", b"x = 3, y = 3\n", b"#Life 1.05\n", b"#Life 1.06\n", b"!\n", b"#CXRLE "]),
)
def test_any_bytes_in_a_file_are_a_pattern_or_a_sentence(tmp_path_factory, content, start):
    path = tmp_path_factory.getbasetemp() / "bytes.rle"
    path.write_bytes(start + content)
    read_or_refused(path)


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
        (lambda: gol.write_pattern(gol.Pattern(gol.pattern("glider"), comments=("a\rb",))), "one line"),
        (lambda: gol.write_pattern(gol.Pattern(gol.pattern("glider"), name="\udc80")), r"not '\x80'"),
        (lambda: gol.write_pattern(gol.pattern("glider"), "a\0.rle"), r"cannot write 'a\x00.rle'"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(call, sentence):
    with pytest.raises(gol.InputError, match=re.escape(sentence)):
        call()


def test_a_directory_is_not_a_pattern(tmp_path):
    with pytest.raises(gol.InputError, match="cannot read"):
        gol.read_pattern(tmp_path)
