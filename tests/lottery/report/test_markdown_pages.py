"""The pages of docs/claims, from made-up claims and points."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from made_up_report import RUN, point, statement

from lottery.report.dates import Dates
from lottery.report.figures.figure import Rates, save_figure
from lottery.report.figures.rates_by_name import NamedRates, rates_against, rates_by_name
from lottery.report.markdown_pages import write_claim_pages
from lottery.report.page import PageFigure
from lottery.runs.manifests import Dated
from lottery.statistics.rates import wilson

WIDTH = statement("width")
SIGNS = statement("signs", question="Do signs matter?")


@pytest.fixture
def pages(tmp_path):
    figure, table = rates_by_name([NamedRates("ours", ["m=1"], [4], [64])])
    svg = save_figure(figure, table, tmp_path / "run", "width")
    points = [point(note="A | b.\nSecond line."), point(id="width/m=3", verdict="reproduced")]
    drawn = [PageFigure("Rates", "With intervals.", svg, "width")]
    write_claim_pages([WIDTH, SIGNS], points, drawn, RUN, tmp_path / "docs")
    return tmp_path / "docs"


def test_a_claim_with_points_has_a_page_that_states_it_and_its_figure(pages):
    text = (pages / "width.md").read_text()
    assert text.startswith(f"# {WIDTH.question}\n\n**What we found.** {WIDTH.found}\n\n![Rates](width.svg)\n")
    for words in (WIDTH.statement, WIDTH.source, WIDTH.protocol, WIDTH.rule):
        assert words in text
    assert f"\n    {RUN['base_command']} --claims width\n" in text
    assert "![Rates](width.svg)" in text
    assert (pages / "width.svg").read_text().startswith("<?xml")
    assert "| `m=1` | 4.7 % | 6.2 % (4/64) | 2.5 to 15 % | ? undecided | 5.0 s |" in text


def test_what_would_break_a_table_is_escaped(pages):
    assert "- `m=1`: A \\| b. Second line." in (pages / "width.md").read_text()


def test_a_note_that_points_share_stands_once(tmp_path):
    points = [point(note="Same."), point(id="width/m=3", note="Same."), point(id="width/m=8", note="Other.")]
    write_claim_pages([WIDTH], points, [], RUN, tmp_path)
    assert "\n- `m=1`, `m=3`: Same.\n- `m=8`: Other.\n" in (tmp_path / "width.md").read_text()


def test_a_claim_that_was_not_run_has_no_page_and_no_row(pages):
    assert not (pages / "signs.md").exists()
    overview = (pages / "README.md").read_text()
    assert f"| [{WIDTH.question}](width.md) | {WIDTH.found} | 1 reproduced, 1 undecided |" in overview
    assert "signs" not in overview
    assert RUN["command"] in overview


def test_corrected_p_values_and_second_hand_numbers_are_marked_and_explained(tmp_path):
    points = [
        point(p=0.0123, second_hand=True),
        point(id="width/m=3"),
        point(id="signs/m=3", claim="signs", expected="no loss"),
    ]
    write_claim_pages([WIDTH, SIGNS], points, [], RUN, tmp_path)
    text = (tmp_path / "width.md").read_text()
    assert "| 95 % interval | p, corrected | verdict |" in text
    assert "| `m=1` | 4.7 % † | 6.2 % (4/64) | 2.5 to 15 % | 0.012 | ? undecided |" in text
    assert "| `m=3` | 4.7 % | 6.2 % (4/64) | 2.5 to 15 % |  | ? undecided |" in text
    assert "† Second-hand: these numbers come from notes about Springer and Kenyon's paper" in text
    assert "after Holm's correction" in text
    other = (tmp_path / "signs.md").read_text()
    assert "corrected" not in other
    assert "Second-hand" not in other
    assert "No loss, as dense: the difference is held against the loss that the rule allows" in other
    assert "No loss" not in text


def test_the_dates_of_rules_and_outcomes_are_told_where_they_are_known(tmp_path):
    dated = replace(WIDTH, dates=Dates("2026-11-25 12:02:00", {"one": Dated(datetime(2026, 11, 26, tzinfo=UTC))}))
    write_claim_pages([dated, SIGNS], [point(), point(id="signs/m=3", claim="signs")], [], RUN, tmp_path)
    assert f"**Dates.** {dated.dates.words}" in (tmp_path / "width.md").read_text()
    assert "**Dates.**" not in (tmp_path / "signs.md").read_text()
    row = "| [width](width.md) | 2026-11-25 12:02:00 | 2026-11-26 00:00 | 2026-11-26 00:00 | yes |"
    assert row in (tmp_path / "README.md").read_text()


def test_named_rates_are_drawn_with_wilsons_intervals_and_new_names_get_new_rows():
    ours, others = NamedRates("ours", ["a", "b"], [1, 2], [4, 4]), NamedRates("other", ["c"], [4], [4])
    figure, table = rates_by_name([ours, others])
    assert [row["name"] for row in table] == ["a", "b", "c"]
    assert (table[0]["low"], table[0]["high"]) == (wilson(1, 4).low, wilson(1, 4).high)
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()] == ["a", "b", "c"]
    assert len(figure.axes[0].get_legend_handles_labels()[1]) == 2


def test_rates_against_a_number_have_its_values_as_ticks_on_a_logarithmic_axis():
    figure, table = rates_against([Rates("ours", (1, 3, 8), (1, 2, 4), (4, 4, 4))], xlabel="m", logarithmic=True)
    assert [row["x"] for row in table] == [1, 3, 8]
    assert list(figure.axes[0].xaxis.get_major_locator()()) == [1, 3, 8]
