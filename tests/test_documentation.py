"""The pages of the site: their Python runs, and the reference has every public name."""

import ast
import re
from pathlib import Path

import pytest

import gol
import lottery
from lottery.claims import CLAIMS

DOCS = Path(__file__).parents[1] / "docs"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAGES = {
    path.relative_to(DOCS).as_posix(): code
    for path in [DOCS / "tutorial.md", *sorted(DOCS.glob("how-to/*.md")), *sorted(DOCS.glob("api/*.md"))]
    if (code := BLOCK.findall(path.read_text(encoding="utf-8")))
}
# Each of these compiles a program of its own; what they show has tests of its own, too.
LONG = (
    "api/networks.md",
    "api/tickets.md",
    "api/training.md",
    "how-to/boards.md",
    "how-to/cluster.md",
    "how-to/demo.md",
    "how-to/device.md",
    "how-to/network.md",
    "how-to/rule.md",
    "tutorial.md",
)


@pytest.fixture(autouse=True)
def somewhere_else(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the examples write files


@pytest.mark.usefixtures("registries")
@pytest.mark.parametrize(
    "page", [pytest.param(page, marks=pytest.mark.thorough if page in LONG else ()) for page in PAGES]
)
def test_the_python_of_a_page_runs(page, capsys):
    names = {"__name__": "example"}
    for code in PAGES[page]:
        exec(compile(code, page, "exec"), names)  # noqa: S102 - our own documentation
    check = {
        "how-to/network.md": lambda: names["result"].certificates[0].kind == "neighbourhoods",
        "how-to/claim.md": lambda: CLAIMS["linear"] is names["Linear"],
        "how-to/rule.md": lambda: ".O.\n.O.\n.O." in capsys.readouterr().out,
        "tutorial.md": lambda: names["ticket"].params["block0_3x3"]["kernel"].shape[-1] == names["small"].features[0],
    }.get(page, lambda: True)
    assert check()


def test_every_how_to_page_has_an_example():
    for path in DOCS.glob("how-to/*.md"):
        assert path.relative_to(DOCS).as_posix() in PAGES


def reference():
    """Page -> the public names that it documents."""
    return {
        path.name: re.findall(r"^\.\. (?:auto\w+|py:data):: (\S+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
        for path in DOCS.glob("api/*.md")
    }


def test_the_reference_has_every_public_name_once():
    wanted = [f"gol.{name}" for name in gol.__all__]
    wanted += [f"lottery.{name}" for name in lottery.__all__ if name != "statistics"]
    wanted += [f"lottery.statistics.{name}" for name in lottery.statistics.__all__]
    assert sorted(name for names in reference().values() for name in names) == sorted(wanted)


def test_the_example_of_a_reference_page_uses_every_name_of_the_page():
    for page, names in reference().items():
        (code,) = PAGES[f"api/{page}"]
        used = {node.attr for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Attribute)}
        unused = {name.rsplit(".", 1)[1] for name in names} - used
        assert unused == set(), page


def test_the_site_has_every_page():
    listed = set(re.findall(r"^([\w/-]+)$", (DOCS / "index.md").read_text(encoding="utf-8"), re.MULTILINE))
    pages = {path.relative_to(DOCS).with_suffix("").as_posix() for path in DOCS.rglob("*.md")}
    assert {page for page in pages if not page.startswith("claims/") and page != "index"} <= listed
