"""Every claim, computed again from the outcomes of docs/reference, gives its page and its figures in docs/claims.

Nothing is trained. The pages hold rounded numbers; an SVG holds all digits, and how matplotlib writes them.
"""

import re
import shlex
from pathlib import Path

import matplotlib
import pytest

from lottery.claims import CLAIMS
from lottery.claims.frame.plan import plan_from, typed_options
from lottery.experiments import KINDS
from lottery.replication import finished, needed_pieces
from lottery.report.markdown_pages import Statement, write_claim_pages
from lottery.runs.files import read_json

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
    assert where.startswith("On ")
    return lines


def _page(claim, figures, folder):
    """The page of a claim, written to a folder."""
    stated = Statement(claim.name, claim.statement, claim.source, claim.protocol, claim.rule)
    write_claim_pages([stated], list(claim.points()), figures, RUN, folder)
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
    assert [line for line in overview if line.startswith("## ")] == [f"## [{name}]({name}.md)" for name in CLAIMS]
    assert {page.stem for page in (DOCS / "claims").glob("*.md")} == {"README", *CLAIMS}


def test_the_claims_need_the_pieces_of_the_reference_and_no_other():
    needed = needed_pieces(list(CLAIMS.values()), PLAN)
    assert {piece.name for piece in needed} == {folder.name for folder in PIECES.iterdir()}
    assert {piece.kind for piece in needed} == set(KINDS)
