"""What a message shows of a foreign text."""

import pytest

from gol.errors import LONGEST, shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gun.rle", "gun.rle"),
        ("Schöne Muster, 日本", "Schöne Muster, 日本"),
        ("\x1b[2J\x07", r"\x1b[2J\x07"),
        ("one\ntwo\r\t", r"one\ntwo\r\t"),
        ("\x85\u2028\u202e\ufeff", r"\x85\u2028\u202e\ufeff"),
        (b"caf\xc3\xa9 \xff\x00", r"café \xff\x00"),
        ("name\udcff\ud800", r"name\xff\ud800"),
        ("", ""),
    ],
)
def test_characters_that_do_not_print_are_escaped_and_others_stay(text, expected):
    assert shown(text) == expected


@pytest.mark.parametrize("text", ["x" * 10**7, b"x" * 10**7, "\x1b" * 1000, "é" * 1000, b"\xff" * 1000])
def test_long_text_is_cut_between_characters_and_ends_in_an_ellipsis(text):
    cut = shown(text)
    assert cut.endswith("…")
    assert LONGEST - 4 < len(cut) <= LONGEST
    assert "\\x1…" not in cut


def test_text_of_just_the_longest_length_is_shown_whole():
    assert shown("x" * LONGEST) == "x" * LONGEST
    assert shown("x" * (LONGEST + 1)) == "x" * (LONGEST - 1) + "…"
