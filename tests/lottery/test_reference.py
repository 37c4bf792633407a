"""Every claim, computed again from the outcomes of docs/reference, gives its page and its figures in docs/claims.

Nothing is trained. The pages hold rounded numbers; an SVG holds all digits, and how matplotlib writes them.
"""

import json
import re
import shlex
import shutil
from pathlib import Path

import matplotlib
import pytest

from lottery.claims import CLAIMS
from lottery.claims.frame.answers import Points
from lottery.claims.frame.plan import plan_from, typed_options
from lottery.experiments import KINDS
from lottery.ledger.factors import Factors
from lottery.ledger.page import write_page as write_costs
from lottery.replication import costs_of_folder, finished, needed_pieces, stated_with_dates
from lottery.report.markdown_pages import write_claim_pages
from lottery.report.points import VERDICTS, check_points, short_id, unit
from lottery.report.readme import ROWS, table, write_readme
from lottery.runs.crate import NAME as CRATE
from lottery.runs.crate import SPECIFICATION, write_crate
from lottery.runs.files import read_json
from lottery.statistics.verdicts import ALPHA

DOCS = Path(__file__).parents[2] / "docs"
PIECES = DOCS / "reference" / "pieces"
PLAN = plan_from(read_json(DOCS / "reference" / "run.json"))
DRAWN_WITH = "3.11"  # matplotlib's version that drew docs/claims/*.svg
RUN = {"device": "a machine", "versions": {}, "seed": PLAN.seed, "command": "a command"}
FIGURE = re.compile(r"!\[.*\]\(.*\.svg\)\n\n\*.*\*\n\n")
RUN["base_command"] = shlex.join(["python", "scripts/replicate.py", *typed_options(PLAN.size, PLAN)])


@pytest.fixture(scope="module")
def results():
    return finished(PLAN, PIECES)


def _said(page):
    """A page without its last line, which names the machine and the versions that made it."""
    *lines, where = page.rstrip("\n").split("\n")
    assert where.startswith("Page written with ")
    return lines


def _page(claim, figures, folder):
    """The page of a claim, written to a folder."""
    points = list(claim.points())
    write_claim_pages([stated_with_dates(claim, PIECES, points)], points, figures, RUN, folder)
    return (folder / f"{claim.name}.md").read_text()


@pytest.mark.parametrize("name", CLAIMS)
def test_a_claim_computed_again_gives_its_points(name, results, tmp_path):
    without_figures = FIGURE.sub("", (DOCS / "claims" / f"{name}.md").read_text())
    assert _said(_page(CLAIMS[name](PLAN, results), [], tmp_path)) == _said(without_figures)


@pytest.mark.thorough
@pytest.mark.parametrize("name", CLAIMS)
def test_a_claim_computed_again_gives_its_page_and_its_figures(name, results, tmp_path):
    claim = CLAIMS[name](PLAN, results)
    figures = claim.drawn(tmp_path / "figures")
    assert _said(_page(claim, figures, tmp_path)) == _said((DOCS / "claims" / f"{name}.md").read_text())
    if matplotlib.__version__.startswith(f"{DRAWN_WITH}."):
        for figure in figures:
            assert figure.svg.read_bytes() == (DOCS / "claims" / figure.svg.name).read_bytes(), figure.svg.name


def test_the_claims_have_the_pages_of_the_overview_in_its_order():
    overview = (DOCS / "claims" / "README.md").read_text().split("\n")
    rows = [line for line in overview if re.match(r"\| \[.*\?\]", line)]
    assert [re.search(r"\]\((\w+)\.md\)", row)[1] for row in rows] == list(CLAIMS)
    assert {page.stem for page in (DOCS / "claims").glob("*.md")} == {"README", *CLAIMS}


def test_the_claims_need_the_pieces_of_the_reference_and_no_other():
    needed = needed_pieces(list(CLAIMS.values()), PLAN)
    assert {piece.name for piece in needed} == {folder.name for folder in PIECES.iterdir()}
    assert {piece.kind for piece in needed} == set(KINDS)


@pytest.fixture(scope="module")
def points(results):
    found = [point for claim in CLAIMS.values() for point in claim(PLAN, results).points()]
    check_points(found)  # also that each has one of the four verdicts
    return found


def test_pages_have_no_other_words_for_verdicts_than_the_four():
    said = set()
    for page in (DOCS / "claims").glob("*.md"):
        place = None
        for line in page.read_text().split("\n"):
            cells = line.strip("| ").split(" | ")
            if cells[0] == "what":
                place = cells.index("verdict") if "verdict" in cells else None
            elif place is not None and line.startswith("| "):
                said.add(cells[place].split(" ")[-1])
    assert said == {verdict for verdict in VERDICTS if verdict != "new"}


def test_the_readme_holds_the_answers_and_the_table_of_today(points, tmp_path):
    readme = (DOCS.parent / "README.md").read_bytes()
    (tmp_path / "README.md").write_bytes(readme)
    write_readme(tmp_path / "README.md", points)
    assert (tmp_path / "README.md").read_bytes() == readme


def test_the_page_of_costs_holds_the_table_of_today(tmp_path):
    page = (DOCS / "ledger.md").read_bytes()
    (tmp_path / "ledger.md").write_bytes(page)
    write_costs(tmp_path / "ledger.md", costs_of_folder(DOCS / "reference"), Factors())
    assert (tmp_path / "ledger.md").read_bytes() == page


def test_the_readmes_table_has_at_most_twenty_rows_and_no_other_words_for_verdicts_than_the_four(points):
    rows = [line.strip("| ").split(" | ") for line in table(points).split("\n") if line.startswith("| ")]
    assert {len(row) for row in rows} == {5}
    assert len(rows) - 1 == len(ROWS) <= 20
    assert {row[3] for row in rows[1:]} <= set(VERDICTS)


@pytest.mark.parametrize("name", CLAIMS)
def test_a_claim_answers_from_its_points_and_every_point_has_words(name, results):
    claim = CLAIMS[name](PLAN, results)
    points = list(claim.points())
    said = claim.answered(points)
    assert said == claim.answer(Points(points))  # and not the default
    assert [point["id"] for point in points if not point.get("label")] == []
    assert len({point["label"] for point in points}) == len(points)
    assert not any("/" in short_id(point) and short_id(point) in said for point in points)


def test_where_nothing_is_expected_there_is_no_verdict_on_it(points):
    assert [point["id"] for point in points if point["expected"] is None and point["verdict"] != "new"] == []


def test_a_gain_whose_interval_excludes_zero_is_undecided_for_a_p_value_that_the_table_shows(points):
    gains = [point for point in points if point["expected"] == "above 0" and unit(point) == "difference"]
    undecided = [one for one in gains if one["verdict"] == "undecided" and one["interval"] and one["interval"][0] > 0]
    assert undecided
    assert [one["id"] for one in undecided if one.get("p", 0) < ALPHA] == []


def test_published_numbers_for_two_steps_and_more_are_second_hand(points):
    published = [p for p in points if p["claim"] in ("depth", "handmade") and p["expected"] is not None]
    assert {p["id"] for p in published if not p.get("second_hand")} == {"handmade/n=1"}


def test_a_claim_with_verdicts_says_when_its_rule_was_fixed_and_its_page_whether_that_was_before_its_numbers(points):
    judged = {point["claim"] for point in points if point["verdict"] != "new"}
    assert {name for name, claim in CLAIMS.items() if claim.fixed is not None} == judged
    for name in judged:
        dates = stated_with_dates(CLAIMS[name](PLAN), PIECES).dates
        assert None not in dates.outcomes.values()
        page = (DOCS / "claims" / f"{name}.md").read_text()
        assert f"**Dates.** {dates.words}\n" in page
        assert ("cannot be shown to be older" in page) == (dates.older != "yes")


def test_the_crate_of_the_reference_has_what_the_specification_requires(tmp_path):
    shutil.copytree(PIECES, tmp_path / "pieces", ignore=shutil.ignore_patterns("outcomes.json*", "settings.json"))
    write_crate(tmp_path, [folder.name for folder in PIECES.iterdir()])
    kept = (DOCS / "reference" / CRATE).read_bytes()
    assert (tmp_path / CRATE).read_bytes() == kept
    crate = json.loads(kept)
    entities = {entity["@id"]: entity for entity in crate["@graph"]}
    assert crate["@context"] == f"{SPECIFICATION}/context"
    assert len(entities) == len(crate["@graph"])
    about = {"about": {"@id": "./"}, "conformsTo": {"@id": SPECIFICATION}}
    assert entities[CRATE] == {"@id": CRATE, "@type": "CreativeWork", **about}
    root = entities["./"]
    assert root["@type"] == "Dataset"
    assert all(root[key] for key in ("name", "description", "license"))
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", root["datePublished"])
    assert _referred(crate["@graph"]) <= {*entities, SPECIFICATION}
    for path in {"run.json", *(name for name in entities if name.startswith("pieces/"))}:
        assert (DOCS / "reference" / path).exists()
        assert entities[path]["@type"] == ("File" if path == "run.json" else "Dataset")


def _referred(graph):
    """Ids of the entities that others refer to."""
    values = [value for entity in graph for value in entity.values()]
    flat = [one for value in values for one in (value if isinstance(value, list) else [value])]
    return {one["@id"] for one in flat if isinstance(one, dict)}
