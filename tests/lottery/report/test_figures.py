"""The table of shares and the chart of wrong answers: what is drawn is in the rows, and nothing is refused silently."""

import pytest

from gol.errors import InputError
from lottery.report.figures.coloured_table import Cell, cells
from lottery.report.figures.figure import Rates, new_figure
from lottery.report.figures.rates_by_name import share_axis
from lottery.report.figures.success_and_crossing import success_and_crossing
from lottery.report.figures.wrong_by_method import wrong_by_method
from lottery.statistics.crossings import crossing


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


def test_every_network_is_a_dot_in_the_row_of_its_method_and_medians_are_bars():
    figure, table = wrong_by_method({"a": [3, 1, 2], "b": [9]}, constant=140)
    assert table == [{"method": "a", "wrong": 3}, {"method": "a", "wrong": 1}, {"method": "a", "wrong": 2},
                     {"method": "b", "wrong": 9}]  # fmt: skip
    bars = [list(line.get_xdata()) for line in figure.axes[0].lines if line.get_linewidth() == 3]
    assert bars == [[2, 2], [9, 9]]
    with pytest.raises(InputError, match="every method a network"):
        wrong_by_method({"a": []}, constant=140)


@pytest.mark.parametrize(("highest", "end"), [(0.2, 0.25), (0.25, 0.25), (0.3, 0.5), (0.51, 1), (1.0, 1)])
def test_an_axis_of_small_shares_ends_where_they_do(highest, end):
    _, ax = new_figure()
    share_axis(ax, highest)
    assert ax.get_xlim() == pytest.approx((-0.02 * end, 1.02 * end))
    assert ax.xaxis.get_major_locator()()[-1] == end


def test_a_crossing_that_may_be_anywhere_has_no_curve_and_its_rates_are_joined():
    rates = Rates("ours", (4, 8, 16), (7, 13, 7), (16, 16, 16))
    far = crossing(rates.x, rates.successes, rates.trials)
    assert (far.low <= 4, far.high >= 16) == (True, True)
    clear = Rates("ours", (1, 2, 4), (1, 30, 60), (64, 64, 64))
    near = crossing(clear.x, clear.successes, clear.trials)
    for one, found, longest in ((rates, far, 3), (clear, near, 200)):
        figure, _ = success_and_crossing({"": [(one, found)]})
        assert max(len(line.get_xdata()) for line in figure.axes[0].lines) == longest
