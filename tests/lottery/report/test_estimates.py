import numpy as np
import pytest

from gol.errors import InputError
from lottery.report.figures.estimates import Estimates, estimates_against, estimates_by_name
from lottery.report.figures.figure import Rates
from lottery.report.figures.rate_panels import PeakPanel, peak_panels
from lottery.statistics.rates import Interval

ONE = Estimates("m=1", [0, 1, 4], [0.1, 0.2, 0.6], [0.0, 0.1, 0.5], [0.3, 0.4, 0.8])
OTHER = Estimates("m=8", [0, 4], [0.0, 0.1], [0.0, 0.0], [0.2, 0.3])


def _labels(ax):
    return ax.get_legend_handles_labels()[1]


def test_estimates_against_a_number_return_what_they_draw():
    figure, table = estimates_against(
        [ONE, OTHER], xlabel="signs", ylabel="failures", nudge=0.1, published=[(1, 1, 0.2)]
    )
    assert table[4] == {"series": "m=8", "x": 4, "rate": 0.1, "low": 0.0, "high": 0.3}
    (ax,) = figure.axes
    assert _labels(ax) == ["m=1", "m=8", "published"]
    first = next(line for line in ax.lines if line.get_label() == "m=1")
    np.testing.assert_allclose(first.get_xdata(), [-0.05, 0.95, 3.95])  # moved by half the nudge
    np.testing.assert_allclose(ax.get_xticks(), [0, 1, 4])


def test_estimates_by_name_stand_in_the_order_of_the_names():
    series = [Estimates("1 sign", ["b", "a"], [0.1, 0.9], [0.0, 0.8], [0.2, 1.0])]
    figure, table = estimates_by_name(series, ["a", "b", "c"], xlabel="failures")
    (ax,) = figure.axes
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b", "c"]
    np.testing.assert_allclose(ax.lines[0].get_ydata(), [1, 0])
    assert [row["name"] for row in table] == ["b", "a"]


def test_series_that_lack_an_interval_are_refused():
    with pytest.raises(InputError, match="'m=1' needs as many"):
        Estimates("m=1", [0, 1], [0.1, 0.2], [0.0], [0.3])


def test_panels_share_their_axes_and_hide_what_is_empty():
    x = np.linspace(0.1, 0.6, 3)
    rates = Rates("glorot", x.tolist(), [1, 5, 2], [8, 8, 8])
    panels = [
        PeakPanel(name, rates, (1, 8), x, np.array([0.1, 0.6, 0.2]), place)
        for name, place in (("Glorot", Interval(0.3, 0.4)), ("He", None), ("normal", None))
    ]
    figure, table = peak_panels(panels, expected=0.38, baseline="U(0,1)", xlabel="density")
    assert [ax.get_visible() for ax in figure.axes] == [True, True, True, False]
    assert [ax.get_title(loc="left") for ax in figure.axes[:3]] == ["Glorot", "He", "normal"]
    assert "interval of the peak" in _labels(figure.axes[0])
    assert "interval of the peak" not in _labels(figure.axes[1])
    assert len(table) == 3 * 4
    assert table[3]["series"] == "glorot, U(0,1)"
    with pytest.raises(InputError, match="at least one panel"):
        peak_panels([], expected=0.38, baseline="U(0,1)", xlabel="density")
