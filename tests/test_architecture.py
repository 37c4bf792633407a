"""docs/architecture.md shows the rooms as they are: its arrows are imports, and no import goes up or around them."""

import ast
import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PICTURE = {(a, b) for a, b in re.findall(r"^  (\w+) --> (\w+)$", TEXT, re.MULTILINE)}


def room(parts):
    """The room of a module given by its parts, `("lottery", "networks", "masks")`: a folder of lottery, or else."""
    return parts[1] if parts[0] == "lottery" and len(parts) > 1 else parts[0]


def imported(path):
    """The modules of the project that a file imports anywhere in it, by their parts."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (tuple(name.split(".")) for name in names if name.split(".")[0] in ("gol", "lottery"))


def arrows():
    """(room, room that it imports from): the imports between rooms, with one file of each as a witness."""
    found = {}
    files = [path for folder in ("gol", "lottery", "scripts") for path in (ROOT / folder).rglob("*.py")]
    for path in files:
        parts = path.relative_to(ROOT).with_suffix("").parts
        if parts in (("lottery", "__init__"), ("lottery", "__main__")):  # the public names of all rooms, and a door
            continue
        for other in imported(path):
            found.setdefault((room(parts), room(other)), path.name)
    return {(a, b): file for (a, b), file in found.items() if a != b and b != "lottery"}


def below(start):
    """The rooms that can be reached along the picture's arrows."""
    steps = defaultdict(set)
    for a, b in PICTURE:
        steps[a].add(b)
    seen, todo = set(), [start]
    while todo:
        new = steps[todo.pop()] - seen
        seen |= new
        todo += new
    return seen


def test_every_arrow_of_the_picture_is_an_import():
    assert PICTURE
    assert PICTURE - set(arrows()) == set()


def test_no_room_imports_from_above_or_beside_it():
    assert {(a, b, file) for (a, b), file in arrows().items() if b not in below(a)} == set()


def test_no_room_is_above_itself():
    assert {a for a, _ in PICTURE if a in below(a)} == set()


def test_every_room_is_in_the_table_of_what_lives_where():
    table = TEXT.split("## What lives where")[1].split("\n## ")[0]
    folders = [path.name for path in (ROOT / "lottery").iterdir() if (path / "__init__.py").is_file()]
    assert [name for name in folders if f"`lottery/{name}" not in table] == []
