import csv
import re
import subprocess
import sys
from datetime import UTC, datetime
from html.parser import HTMLParser
from io import StringIO
from itertools import product
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up_report import RUN, point, statement
from rich.console import Console

from gol.errors import InputError
from lottery.report.bars import Bar, bar, scale_texts, scales
from lottery.report.dates import Dates
from lottery.report.figures.figure import (
    Rates,
    save_figure,
    success_against_density,
    success_against_width,
)
from lottery.report.figures.small_multiples import densities_in_panels, survival_in_panels
from lottery.report.figures.survival_curves import Times, survival
from lottery.report.inline_svg import inline_svg
from lottery.report.page import PageFigure, write_page
from lottery.report.points import (
    duration_text,
    expected_text,
    interval_text,
    measured_text,
    told,
    verdict_counts,
    verdicts_text,
)
from lottery.report.points_table import write_points_table
from lottery.report.terminal_table import SummaryTable
from lottery.runs.files import write_bytes
from lottery.runs.manifests import Dated
from lottery.statistics.rates import wilson

TICKET = Rates("ticket", (1.0, 0.5, 0.1), (60, 58, 40), (64, 64, 64))
REINIT = Rates("random reinit", (1.0, 0.5, 0.1), (60, 40, 5), (64, 64, 64))


class Page(HTMLParser):
    """What a browser would see: the tags with their attributes, and the text."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, "tags must nest"

    def handle_data(self, data: str) -> None:
        self.text += data

    def attributes(self, name: str) -> list[str | None]:
        return [attributes[name] for _, attributes in self.tags if name in attributes]


def write(tmp_path: Path, points: list[dict[str, Any]], figures: tuple[PageFigure, ...] = (), **run: Any) -> Page:
    path = tmp_path / "report" / "index.html"
    names = dict.fromkeys(str(one.get("claim", "x")) for one in points)
    write_page([statement(name) for name in names], points, figures, RUN | run, path)
    return Page(path)


# Figures


def test_a_figure_is_written_as_svg_png_and_the_numbers_behind_it(tmp_path: Path) -> None:
    svg = save_figure(*success_against_density([TICKET, REINIT], verdict_density=0.1), tmp_path / "new", "density")
    assert svg == tmp_path / "new" / "density.svg"
    assert ElementTree.fromstring(svg.read_text()).tag.endswith("svg")  # noqa: S314 - our own file
    assert svg.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
    rows = list(csv.DictReader(StringIO(svg.with_suffix(".csv").read_text())))
    assert [row["series"] for row in rows] == ["ticket"] * 3 + ["random reinit"] * 3
    last = rows[-1]
    assert (float(last["density"]), int(last["successes"]), int(last["trials"])) == (0.1, 5, 64)
    assert (float(last["low"]), float(last["high"])) == (wilson(5, 64).low, wilson(5, 64).high)
    assert sorted(path.name for path in svg.parent.iterdir()) == ["density.csv", "density.png", "density.svg"]


def test_the_same_figure_has_the_same_bytes(tmp_path: Path) -> None:
    for folder in ("first", "second"):
        save_figure(*success_against_width([TICKET_BY_WIDTH], [PUBLISHED]), tmp_path / folder, "width")
    for name in ("width.svg", "width.png", "width.csv"):
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()
    assert b"<dc:date>" not in (tmp_path / "first" / "width.svg").read_bytes()


TICKET_BY_WIDTH = Rates("ours", (1, 3, 8), (4, 41, 64), (64, 64, 64))
PUBLISHED = Rates("published", (1, 3), (3, 38), (64, 64))


def test_density_runs_from_dense_on_the_left_to_sparse_on_the_right() -> None:
    figure, _ = success_against_density([TICKET, REINIT])
    (ax,) = figure.axes
    left, right = ax.get_xlim()
    assert left > 1 > 0.1 > right > 0
    assert ax.get_xscale() == "log"
    legend = ax.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["ticket", "random reinit"]


def test_the_band_is_wilsons_interval() -> None:
    figure, _ = success_against_density([TICKET])
    (band,) = figure.axes[0].collections
    heights = band.get_paths()[0].vertices[:, 1]  # type: ignore[index]
    assert (heights.min(), heights.max()) == pytest.approx((wilson(40, 64).low, wilson(60, 64).high))


def test_arms_differ_in_more_than_colour() -> None:
    figure, _ = success_against_density([TICKET, REINIT])
    first, second = figure.axes[0].get_lines()
    assert first.get_marker() != second.get_marker()
    assert first.get_linestyle() != second.get_linestyle()


def test_bars_of_equal_widths_are_spread_in_the_picture_but_not_in_the_table() -> None:
    figure, table = success_against_width([TICKET_BY_WIDTH], [PUBLISHED])
    assert [row["width"] for row in table] == [1, 3, 8, 1, 3]
    ours, published = (line for line in figure.axes[0].get_lines() if line.get_label() in ("ours", "published"))
    assert np.asarray(ours.get_xdata())[0] < np.asarray(published.get_xdata())[0]
    assert published.get_linestyle() == "None"  # two samples are no curve


def test_survival_starts_with_all_unsolved() -> None:
    times, observed = np.array([250, 500, 1000, 1000]), np.array([True, True, False, False])
    _, table = survival([Times("m = 3", times, observed)])
    assert [(row["time"], row["unsolved"]) for row in table] == [(0, 1), (250, 0.75), (500, 0.5), (1000, 0.5)]
    assert table[0]["low"] == wilson(4, 4).low


def test_drawing_leaves_matplotlibs_settings_alone(tmp_path: Path) -> None:
    before = dict(matplotlib.rcParams)
    save_figure(*success_against_density([TICKET]), tmp_path, "density")
    assert dict(matplotlib.rcParams) == before


def test_importing_the_package_imports_no_matplotlib_and_drawing_no_pyplot() -> None:
    program = (
        "import sys, lottery, lottery.statistics.rates, lottery.report.page, lottery.report.terminal_table\n"
        "assert 'matplotlib' not in sys.modules\n"
        "import lottery.report.figures.figure\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)  # noqa: S603 - our own interpreter and program


@pytest.mark.parametrize(
    "mistake",
    [
        lambda: Rates("empty", (), (), ()),
        lambda: Rates("short", (1.0, 0.5), (3,), (4,)),
        lambda: success_against_density([]),
        lambda: success_against_density([Rates("per cent", (100.0,), (3,), (4,))]),
        lambda: success_against_density([Rates("none kept", (0.0,), (3,), (4,))]),
        lambda: success_against_density([Rates("too many", (1.0,), (5,), (4,))]),
        lambda: success_against_width([Rates("no width", (0.0,), (3,), (4,))]),
        lambda: survival([]),
        lambda: save_figure(success_against_width([PUBLISHED])[0], [], Path("nowhere"), "empty"),
        lambda: save_figure(success_against_width([PUBLISHED])[0], [{"a": 1}, {"b": 1}], Path("nowhere"), "ragged"),
    ],
)
def test_a_figure_of_nothing_or_of_the_impossible_is_refused(mistake) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError):
        mistake()
    assert not Path("nowhere").exists()


# Numbers in words


@pytest.mark.parametrize(
    ("changes", "expected", "measured", "interval"),
    [
        ({}, "4.7 %", "6.2 % (4/64)", "2.5 to 15 %"),
        ({"expected": None, "measured": None, "interval": None, "successes": None, "trials": None}, "–", "–", ""),
        (
            {"expected": "matches", "measured": -0.06, "interval": [-0.17, 0.04], "trials": None, "unit": "difference"},
            "matches",
            "−6 points",
            "−17 to +4 points",
        ),
        (
            {"expected": 0, "measured": -0.0001, "interval": None, "trials": None, "unit": "difference"},
            "0 points",
            "0 points",
            "",
        ),
        ({"expected": 0.38, "measured": 512, "interval": [-0.5, 0.25], "trials": None}, "0.38", "512", "−0.5 to 0.25"),
        ({"measured": float("nan"), "interval": None, "trials": None}, "0.04688", "–", ""),
    ],
)
def test_numbers_are_worded_by_their_unit(changes: dict[str, Any], expected: str, measured: str, interval: str) -> None:
    shown = point(**changes)
    assert (expected_text(shown), measured_text(shown), interval_text(shown)) == (expected, measured, interval)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "4 of 64 networks (2.5 to 15 %)"),
        (
            {"measured": -0.336, "interval": [-0.439, -0.22], "trials": None, "unit": "difference"},
            "−33.6 points networks (−43.9 to −22)",
        ),
        ({"measured": 2.2, "interval": None, "trials": None}, "2.2 networks"),
        ({"measured": None, "interval": [1, 4], "trials": None}, "no number networks (1 to 4)"),
    ],
)
def test_a_number_in_a_sentence_has_its_counts_and_its_interval(changes: dict[str, Any], words: str) -> None:
    assert told(point(**changes), "networks") == words
    assert told(point(**changes)) == words.replace(" networks", "")


def test_the_verdicts_of_a_claim_are_those_of_its_judged_points() -> None:
    new, one, other = point(verdict="new"), point(), point(verdict="reproduced")
    assert verdicts_text([new, one, one]) == "undecided"
    assert verdicts_text([one, other, new]) == "1 reproduced, 1 undecided"
    assert verdict_counts([new]) == {"new": 1}


def test_the_table_of_points_has_a_row_of_each_with_the_ends_of_its_interval(tmp_path: Path) -> None:
    write_points_table([point(label="Minimal, m=1"), point(id="width/x", interval=None)], tmp_path / "points.csv")
    first, second = csv.DictReader(StringIO((tmp_path / "points.csv").read_text()))
    assert (first["label"], first["low"], first["high"], first["unit"]) == ("Minimal, m=1", "0.025", "0.15", "rate")
    assert (second["id"], second["label"], second["low"]) == ("width/x", "x", "")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "–"), (0.04, "0.0 s"), (9.96, "10 s"), (59.7, "1 min 00 s"), (843.2, "14 min 03 s"), (3960, "1 h 06 min")],
)
def test_durations_show_two_units(seconds: float | None, text: str) -> None:
    assert duration_text(seconds) == text


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ({"expected": 0.5, "measured": 0.25, "interval": [0.1, 0.4]}, Bar(25.0, 10.0, 40.0, 50.0, None)),
        (
            {"expected": "> 0", "measured": 0.5, "interval": [0.0, 1.0], "trials": None, "unit": "difference"},
            Bar(75.0, 50.0, 100.0, None, 50.0),
        ),
        ({"expected": 8, "measured": 2, "interval": [1, 4], "trials": None}, Bar(25.0, 12.5, 50.0, 100.0, None)),
        ({"expected": None, "measured": -1, "interval": [-3, 1], "trials": None}, Bar(50.0, 0.0, 100.0, None, 75.0)),
        ({"interval": None}, None),
        ({"measured": None}, None),
        ({"measured": float("nan")}, None),
    ],
)
def test_bars_lie_where_the_numbers_say(changes: dict[str, Any], places: Bar | None) -> None:
    assert bar(point(**changes), [point(**changes)]) == places


def numbers(measured: list[float], quantity: str = "updates", claim: str = "time") -> list[dict[str, Any]]:
    """Points of one quantity, each with an interval of its own."""
    fields = {"claim": claim, "expected": None, "successes": None, "trials": None, "quantity": quantity}
    return [
        point(
            id=f"{claim}/{quantity}/{i}", measured=x, interval=[0.8 * x, 1.1 * x] if x > 0 else [1.1 * x, 0], **fields
        )
        for i, x in enumerate(measured)
    ]


@settings(deadline=None)  # the machine may be busy
@given(st.lists(st.floats(-1e6, 1e6, allow_subnormal=False), min_size=1, max_size=8))
def test_bars_of_one_quantity_lie_in_the_order_of_their_numbers(measured: list[float]) -> None:
    points = numbers(measured)
    ((left, right),) = scales(points).values()
    assert left <= 0 <= right
    bars = [bar(each, points) for each in points]
    for (one, x), (other, y) in product(zip(bars, measured, strict=True), repeat=2):
        assert one is not None
        assert other is not None
        assert one.value <= other.value or x > y
        # One scale for all: equal distances are equally long, up to the rounding of places to 1/100 %.
        assert (other.value - one.value) * (right - left) == pytest.approx(100 * (y - x), abs=0.011 * (right - left))


def test_the_fastest_looks_fastest_and_the_page_says_what_bars_run_over(tmp_path: Path) -> None:
    medians = [3750.0, 3250.0, 1250.0]
    others = [*numbers([0.2, 0.6], "densities", "density"), *numbers([7.31], "widths m", "density")]
    page = write(tmp_path, [*numbers(medians), point(id="time/pace", claim="time"), *others])
    key = (
        "Bars of updates run from 0 to 4200. Bars of densities run from 0 to 0.66. Bars of widths m run from 0 to 8.1."
    )
    assert [words for words in key.split(". ") if words.removesuffix(".") not in page.text] == []
    values = [attributes["style"] for _, attributes in page.tags if attributes.get("class") == "value"]
    places = [float(str(style).removeprefix("left:").removesuffix("%")) for style in values]
    assert places[:3] == pytest.approx([100 * x / 4200 for x in medians], abs=0.01)
    assert places[3] == 6.25  # a rate of the same claim keeps its own scale, that of all rates
    assert places[4:7] == pytest.approx([100 * 0.2 / 0.66, 100 * 0.6 / 0.66, 100 * 7.31 / 8.1], abs=0.01)


def test_a_number_that_has_no_bar_does_not_stretch_the_scale_of_the_others() -> None:
    without = [point(id="x", claim="time", measured=None, interval=[0, 1e9], trials=None, quantity="updates")]
    assert scale_texts([*numbers([50.0]), *without]) == ["Bars of updates run from 0 to 55."]
    assert scale_texts([point(), *without]) == []


def test_panels_of_one_figure_share_their_axes() -> None:
    early, late = (Times(str(end), np.array([end // 2, end]), np.array([True, False])) for end in (1000, 20_000))
    figure, _ = survival_in_panels({"early": [early], "late": [late]})
    assert len({ax.get_xlim() for ax in figure.axes}) == len({ax.get_ylim() for ax in figure.axes}) == 1
    sparse = Rates("ticket", (1.0, 0.01), (60, 3), (64, 64))
    figure, _ = densities_in_panels({"to a tenth": [TICKET], "to a hundredth": [sparse]})
    (ends,) = {ax.get_xlim() for ax in figure.axes}
    assert ends[0] > 1 > 0.01 > ends[1]


# The page


def test_the_page_opens_with_the_question_and_its_answer_and_shows_each_point_with_its_verdict(tmp_path: Path) -> None:
    judged = point(id="width/m=3", label="Three times as wide", verdict="contradicted", note="Look.", outcome="ever")
    page = write(tmp_path, [point(), judged])
    for expected in (
        "width/m=1",
        "4.7 %",
        "6.2 % (4/64)",
        "2.5 to 15 %",
        "? 1 undecided",
        "✗ 1 contradicted",
        "Look.",
        "ever: m=3",
        "Three times as wide",
        "Minimal networks rarely converge.",
        "A paper",
        "Compare.",
    ):
        assert expected in page.text
    words = ("How often do minimal networks learn?", "4 of 64 minimal networks learn.", "All verdicts")
    places = [page.text.rindex(word) if word == "All verdicts" else page.text.index(word) for word in words]
    assert places == sorted(places)


def test_no_claim_is_a_heading_and_no_number_without_a_verdict_is_in_the_table_of_verdicts(tmp_path: Path) -> None:
    write(tmp_path, [point(), point(id="width/extra", label="Beside it", verdict="new")])
    html = (tmp_path / "report" / "index.html").read_text()
    headings = re.findall(r"<h[123]>(.*?)</h[123]>", html)
    assert "How often do minimal networks learn?" in headings
    assert "Minimal networks rarely converge." not in headings
    story, verdicts = html.split('id="verdicts"')
    assert story.rindex("<details>") < story.index("Beside it") < story.rindex("</details>")
    assert "width/m=1" in verdicts
    assert "Beside it" not in verdicts


def test_the_page_says_what_was_run_and_how_to_run_it_again(tmp_path: Path) -> None:
    page = write(tmp_path, [point()])
    for expected in (
        "smoke",
        "2 CPU cores",
        "jax 1.2.3",
        "1 min 01 s",
        "200 updates instead of 125,000.",
        RUN["command"],
    ):
        assert str(expected) in page.text
    assert "certified after its whole, fixed budget of updates (solved_at_end)" in page.text
    assert "any check during its training" in write(tmp_path, [point()], outcome="ever_solved").text
    assert "None." in write(tmp_path, [point()], deviations=[]).text


def test_the_page_needs_nothing_but_itself_and_links_to_the_data_beside_it(tmp_path: Path) -> None:
    folder = tmp_path / "report" / "figures"
    svg = save_figure(*success_against_width([TICKET_BY_WIDTH], [PUBLISHED]), folder, "width")
    again = save_figure(*success_against_width([TICKET_BY_WIDTH], [PUBLISHED]), folder, "again")
    figures = (PageFigure("One", "A caption.", svg, "width"), PageFigure("Two", "Another.", again, "width"))
    data = {"claims.json": "all points"}
    page = write(tmp_path, [point(), point(id="other", claim="other")], figures, data=data)
    assert not {"script", "link", "iframe", "object", "img"} & {tag for tag, _ in page.tags}
    ids = page.attributes("id")
    assert len(ids) == len(set(ids))
    assert {f"#{name}" for name in ids} >= set(page.attributes("xlink:href"))
    files = {"claims.json", "figures/width.csv", "figures/again.csv"}
    assert set(page.attributes("href")) <= files | {f"#{name}" for name in ids}
    assert files <= set(page.attributes("href"))
    labels = [attributes["aria-label"] for tag, attributes in page.tags if tag == "svg"]
    assert labels == ["One. A caption.", "Two. Another."]
    assert page.text.count("networks that succeed") == 2  # the text of the figures is text
    assert page.open == []


def test_a_figure_in_the_page_has_no_style_sheet_of_its_own_and_refers_to_itself_alone(tmp_path: Path) -> None:
    svg = save_figure(*success_against_width([TICKET_BY_WIDTH], [PUBLISHED]), tmp_path, "width").read_text()
    inside = inline_svg(svg, "first", 'A "quoted" <label>')
    assert "<style" in svg
    assert "<style" not in inside
    assert 'aria-label="A &#34;quoted&#34; &lt;label&gt;"' in inside
    ids = set(re.findall(r' id="([^"]+)"', inside))
    assert ids
    assert ids == set(re.findall(r'(?:xlink:href="#|url\(#)([^")]+)', inside))
    assert all(name.startswith("first-") for name in ids)


def test_text_is_shown_and_never_obeyed(tmp_path: Path) -> None:
    evil = "<script>alert('x')</script>\"&"
    texts = ("id", "claim", "expected", "note", "label", "outcome")
    words = ("question", "found", "statement", "source", "protocol", "rule")
    run = RUN | {"deviations": [evil], "command": evil, "device": evil}
    claim = statement(evil, **dict.fromkeys(words, evil))
    write_page([claim], [point(**dict.fromkeys(texts, evil))], (), run, tmp_path / "index.html")
    page = Page(tmp_path / "index.html")
    assert "script" not in {tag for tag, _ in page.tags}
    assert page.text.count(evil) >= len(texts) + len(words) + 3
    write_page([statement(rule="See `a<b`.")], [point()], (), RUN, tmp_path / "index.html")
    assert "See <code>a&lt;b</code>." in (tmp_path / "index.html").read_text()


def test_points_without_number_or_expectation_still_make_a_page(tmp_path: Path) -> None:
    empty = dict.fromkeys(("expected", "measured", "interval", "successes", "trials", "seconds"))
    page = write(tmp_path, [point(**empty, verdict="new")])
    assert "+ new" in page.text


def test_the_page_replaces_the_one_before_as_a_whole(tmp_path: Path) -> None:
    write(tmp_path, [point()])
    with pytest.raises(InputError):
        write(tmp_path, [point(verdict="maybe")])
    kept = tmp_path / "report" / "index.html"
    assert "? undecided" in kept.read_text()
    write_bytes(kept, b"new")
    assert kept.read_bytes() == b"new"
    assert [path.name for path in kept.parent.iterdir()] == ["index.html"]


@pytest.mark.parametrize(
    ("points", "figures", "run", "sentence"),
    [
        ([{"id": "x"}], (), {}, "lacks claim"),
        ([point(verdict="maybe")], (), {}, "verdict 'maybe'"),
        ([point(unit="furlongs")], (), {}, "unit 'furlongs'"),
        ([point(interval=[0.1])], (), {}, "no pair"),
        ([point(), point()], (), {}, "share the id"),
        ([point()], (), {"outcome": "solved_somehow"}, "solved_somehow"),
        ([point()], (PageFigure("F", "C", Path("absent.svg"), "width"),), {}, "absent.svg"),
        ([point()], (PageFigure("F", "C", Path("absent.svg"), "unknown"),), {}, "'unknown'"),
    ],
)
def test_what_cannot_be_shown_is_refused_in_one_sentence(
    tmp_path: Path, points: list[dict[str, Any]], figures: tuple[PageFigure, ...], run: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        write(tmp_path, points, figures, **run)


def test_a_run_that_hides_its_deviations_is_refused(tmp_path: Path) -> None:
    silent = {key: value for key, value in RUN.items() if key != "deviations"}
    with pytest.raises(InputError, match="lacks deviations"):
        write_page([statement()], [point()], [], silent, tmp_path / "index.html")


def test_points_of_a_claim_that_is_not_stated_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'width'"):
        write_page([statement("other")], [point()], [], RUN, tmp_path / "index.html")


# The terminal


def test_the_summary_shows_every_point_and_takes_no_markup() -> None:
    console = Console(width=120, file=StringIO())
    console.print(SummaryTable([point(id="[bold]odd[/bold]"), point(id="other", verdict="reproduced")]))
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    for expected in ("[bold]odd[/bold]", "6.2 % (4/64)", "2.5 to 15 %", "? undecided", "✓ reproduced"):
        assert expected in shown
    with pytest.raises(InputError):
        SummaryTable([point(verdict="maybe")])


def test_corrected_p_values_second_hand_numbers_and_dates_are_shown(tmp_path):
    points = [point(p=0.00001, second_hand=True)]
    dates = Dates("2026-11-25 12:02:00", {"one": Dated(datetime(2026, 11, 26, tzinfo=UTC))})
    write_page([statement(dates=dates)], points, [], RUN, tmp_path / "index.html")
    html = (tmp_path / "index.html").read_text()
    assert '<td data-name="p, corrected">&lt; 0.0001</td>' in html
    assert "4.7 % †" in html
    assert "Second-hand: these numbers come from notes" in html
    assert "<dt>Dates</dt>" in html
    assert dates.words in html
