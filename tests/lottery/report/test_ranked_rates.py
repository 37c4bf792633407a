"""The chart of many rates."""

import pytest

from gol.errors import InputError
from lottery.report.figures.ranked_rates import Ranked, ranked_rates


def _rates():
    return [
        Ranked("m=1", "one", "Life", 1, 16),
        Ranked("m=1", "two", "others", 0, 16),
        Ranked("m=1", "three", "others", 4, 16),
        Ranked("m=3", "one", "Life", 8, 16),
        Ranked("m=3", "two", "others", 8, 16),
        Ranked("m=3", "three", "others", 16, 16),
    ]


def test_rows_are_sorted_by_the_last_panel_and_then_by_those_before():
    figure, table = ranked_rates(_rates(), highlight="Life")
    assert [row["name"] for row in table] == ["three", "one", "two"] * 2
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["three", "one", "two"]
    assert [label.get_fontweight() for label in figure.axes[0].get_yticklabels()] == ["normal", "bold", "normal"]
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["m=1", "m=3"]
    assert table[0]["rate"] == 4 / 16
    assert table[0]["low"] < 4 / 16 < table[0]["high"]


def test_a_row_that_is_missing_in_a_panel_is_refused():
    with pytest.raises(InputError, match="every row in every panel"):
        ranked_rates(_rates()[:-1], highlight="Life")
    with pytest.raises(InputError, match="at least one"):
        ranked_rates([], highlight="Life")
