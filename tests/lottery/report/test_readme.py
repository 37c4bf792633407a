"""The answers and the table of results are written between a README's markers, and nothing else is touched."""

import re

import pytest

from gol.errors import InputError
from lottery.report.readme import ANSWERS, ROWS, answers, table, write_readme

TEXT = "# Title\n\n<!-- answers -->\nSTALE\n<!-- /answers -->\nMIDDLE\n<!-- results -->\n<!-- /results -->\nEND\n"


def point(name, **changes):
    rate = {"expected": 0.5, "measured": 0.25, "interval": [0.1, 0.4], "successes": 5, "trials": 20}
    return {"id": name, "claim": name.split("/")[0], "verdict": "undecided", **rate, **changes}


@pytest.fixture
def points():
    return [point(name) for name in {*(name for _, name in ROWS), *re.findall(r"\{([^}]+)\}", "".join(ANSWERS))}]


def test_what_is_between_the_markers_is_replaced_and_the_rest_stays(points, tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text(TEXT)
    for _ in range(2):  # writing again changes nothing
        write_readme(readme, points)
        found = readme.read_text()
        assert found.startswith("# Title\n\n<!-- answers -->\n- **")
        assert "STALE" not in found
        assert found.count("MIDDLE") == found.count("END") == 1
    assert answers(points) in found
    assert table(points) in found


def test_a_cell_holds_one_number_with_its_interval(points):
    rows = {row.split(" | ")[0].strip("| "): row.split(" | ") for row in table(points).split("\n")}
    words, name = ROWS[0]
    assert rows[words][1:4] == ["50 %", "25 (10 to 40) %", "undecided"]
    assert f"[{name.split('/')[0]}](docs/claims/{name.split('/')[0]}.md)" in rows[words][4]


def test_numbers_and_differences_are_worded_as_such(points):
    names = [name for _, name in ROWS[:3]]
    own = {
        names[0]: point(names[0], unit="difference", trials=None, measured=-0.125, interval=[-0.25, 0.1]),
        names[1]: point(names[1], trials=None, measured=15.0, interval=None, expected=None),
        names[2]: point(names[2], trials=None, measured=None, interval=[4.0, 16.0], second_hand=True),
    }
    found = table([own.get(one["id"], one) for one in points])
    for text in ("−12.5 (−25 to +10) points |", "| – | 15 |", "| – (4 to 16) |", "0.5 † |", "† Second-hand"):
        assert text in found
    assert "† Second-hand" not in table(points)


def test_answers_hold_counts_of_rates(points):
    assert "5 of 20 minimal networks" in answers(points)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (TEXT.replace("<!-- /results -->", ""), "once each"),
        (TEXT + "<!-- answers -->", "once each"),
        ("<!-- /answers -->\n<!-- answers -->\n<!-- results -->\n<!-- /results -->", "this order"),
    ],
)
def test_a_readme_without_its_markers_is_refused_and_stays(text, words, points, tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text(text)
    with pytest.raises(InputError, match=words):
        write_readme(readme, points)
    assert readme.read_text() == text


def test_a_missing_claim_is_named_and_a_file_that_is_no_text_refused(points, tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text(TEXT)
    with pytest.raises(InputError, match=f"tells of {re.escape(ROWS[0][1])}"):
        write_readme(readme, [one for one in points if one["id"] != ROWS[0][1]])
    readme.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="UTF-8"):
        write_readme(readme, points)
