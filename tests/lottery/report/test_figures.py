"""The table of shares and the chart of wrong answers: what is drawn is in the rows, and nothing is refused silently."""

import pytest

from gol.errors import InputError
from lottery.report.figures.coloured_table import Cell, cells
from lottery.report.figures.wrong_against_width import wrong_against_width


def test_a_table_has_a_row_per_cell_with_a_value_and_keeps_groups_together():
    shown = [
        Cell("one", "A", "x", 0.5),
        Cell("one", "B", "x", 0.9),
        Cell("two", "A", "y", None),
        Cell("two", "B", "x", 0.0),
    ]
    figure, table = cells(shown)
    assert [(row["row"], row["group"], row["share"]) for row in table] == [
        ("one", "A", 0.5),
        ("one", "B", 0.9),
        ("two", "B", 0),
    ]
    ax = figure.axes[0]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["x", "y", "x"]  # both of A, then that of B
    assert {"50 %", "90 %", "0 %", "A", "B"} == {text.get_text() for text in ax.texts}
    with pytest.raises(InputError, match="at least one cell"):
        cells([])


def test_every_network_is_a_dot_and_medians_are_lines():
    figure, table = wrong_against_width({"a": {4: [3, 1, 2], 8: [0]}, "b": {4: [9]}}, constant=140)
    assert [row["wrong"] for row in table] == [3, 1, 2, 0, 9]
    medians = [line.get_ydata().tolist() for line in figure.axes[0].lines if line.get_label() in ("a", "b")]
    assert medians == [[2, 0], [9]]
    with pytest.raises(InputError, match="a width or more"):
        wrong_against_width({"a": {}}, constant=140)
