"""The table at the end of a run, on terminals of several widths."""

import io

import pytest
from made_up_report import point
from rich.console import Console

from lottery.report.points import SECOND_HAND
from lottery.report.terminal_table import SummaryTable

LONG = "m=16/a-name-that-no-column-of-80-characters-can-hold-beside-its-numbers"


def shown(points, width):
    console = Console(width=width, file=io.StringIO())
    console.print(SummaryTable(points))
    return console.file.getvalue()


@pytest.mark.parametrize("width", [80, 200])
def test_no_name_is_broken_at_any_width_and_no_line_is_longer_than_the_terminal(width):
    points = [
        point(id=f"width/{LONG}", measured=-0.531, interval=[-0.616, -0.435], unit="difference", trials=None),
        point(id="width/m=16", expected="no loss at all beside the dense network"),
    ]
    lines = shown(points, width).splitlines()
    assert any(LONG in line for line in lines)
    assert any("m=16" in line.split() for line in lines)
    assert all(len(line) <= width for line in lines)
    (numbers,) = (line for line in lines if "−53.1 points" in line)
    assert "−61.6 to −43.5" in numbers
    assert "? undecided" in numbers
    assert (LONG in numbers) == (width == 200)


def test_numbers_stand_below_each_other_where_names_have_lines_of_their_own():
    lines = shown([point(id=f"width/{LONG}"), point(id="width/b", measured=0.5, verdict="new")], 80).splitlines()
    places = [line.index(word) for line in lines for word in ("verdict", "? undecided", "+ new") if word in line]
    assert len(set(places)) == 1
    assert len(places) == 3


def test_a_second_hand_number_is_explained_once():
    assert (
        " ".join(shown([point(second_hand=True), point(id="width/b", second_hand=True)], 300).split()).count(
            SECOND_HAND
        )
        == 1
    )
