"""One row per network: of every kind that the committed run has, with the counts that its outcomes have."""

from pathlib import Path

import pandas as pd
import polars as pl
import pytest

from lottery.experiments.rows import COLUMNS, rows_of
from lottery.runs.files import read_json
from lottery.runs.pieces import Piece
from lottery.runs.tables import write_tables

REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "pieces"


def found(kind, label=""):
    """The rows and the outcomes of a committed piece, the first of its kind whose name begins so."""
    for folder in sorted(REFERENCE.iterdir()):
        stored = read_json(folder / "settings.json")
        if stored["kind"] == kind and folder.name.startswith(label):
            piece = Piece(folder.name.rpartition("-")[0], kind, stored["settings"], updates=0, seconds=0.0)
            assert piece.name == folder.name
            outcomes = read_json(folder / "outcomes.json")
            return list(rows_of(piece, outcomes)), outcomes
    raise AssertionError(f"no {kind} piece {label}")


def successes(rows, column="success_at_end", **where):
    """How many rows there are with these values, and in how many of them a column is True."""
    chosen = [row for row in rows if all(row[name] == value for name, value in where.items())]
    return sum(row[column] is True for row in chosen), len(chosen)


def test_trained_networks():
    rows, outcomes = found("train", "width-m3-")
    assert successes(rows, steps=1, wide=6, narrow=3, arm="dense", parameters=85, density=1.0) == (195, 256)
    assert [row["margin"] for row in rows] == outcomes["margins"]
    assert [row["first_success"] for row in rows if row["ever_success"]] == [
        update for update in outcomes["first_solved"] if update >= 0
    ]


def test_pruned_networks():
    rows, outcomes = found("prune")
    count = len(outcomes["levels"][0]["cut_solved"])
    for level in outcomes["levels"]:
        for name, arm in level["arms"].items():
            assert successes(rows, arm=name, level=level["level"]) == (sum(arm["solved_at_end"]), count)
    last = outcomes["levels"][-1]
    cut = {"arm": "as cut, not trained", "level": last["level"], "density": last["kept"] / last["prunable"]}
    assert successes(rows, **cut) == (sum(last["cut_solved"]), count)


def test_flipped_networks_share_the_number_of_their_winner():
    rows, outcomes = found("flips")
    one = next(arm for arm in outcomes["arms"] if (arm["variant"], arm["k"]) == ("weights", 1))
    firsts = [update for winner in one["first_solved"] for update in winner]
    count = sum(update >= 0 for update in firsts)
    assert successes(rows, "ever_success", arm="weights, 1 flipped") == (count, len(firsts))
    assert {row["replicate"] for row in rows if row["arm"] != "pool"} == set(outcomes["winners"])


@pytest.mark.parametrize(
    ("kind", "label", "where"),
    [
        ("rule", "rules-B012347S012568-m1", {"rule": "B012347/S012568", "parameters": 25}),
        ("transfer", "transfer-Life-m8", {"rule": "B36/S23", "arm": "ticket mask, own weights"}),
        ("popup", "popup-drawn-m16-0.3", {"arm": "scores", "updates": 10000}),
        ("shrink", "always-shrink-m8", {"arm": "shrunk", "success_at_end": True}),
        ("anatomy", "structure-m8", {"arm": "ticket", "level": 10}),
        ("connectivity", "connectivity-m3", {"arm": "ticket, rewound to 500", "level": 2}),
        ("planted", "planted-init-m16-matched-0", {"arm": "plant, layers known", "success_at_end": True}),
        ("chained", "transfer-two-steps-m4", {"steps": 2, "arm": "dense, two steps", "density": 1.0}),
    ],
)
def test_every_other_kind_has_a_row_for_every_network(kind, label, where):
    rows, outcomes = found(kind, label)
    settings = read_json(REFERENCE / rows[0]["piece"] / "settings.json")["settings"]
    count = len(outcomes.get("replicates") or range(*settings["replicates"]))
    assert successes(rows, **where)[1] == count
    for row in rows:
        assert row.keys() == COLUMNS.keys()
        assert all(value is None or type(value) is COLUMNS[name][0] for name, value in row.items())


def test_kinds_that_speak_of_counts_alone_have_no_rows():
    assert found("shapes")[0] == []


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    rows, _ = found("prune")
    folder = tmp_path_factory.mktemp("tables")
    files = write_tables(folder, [row | {"claim": "tenth"} for row in rows], COLUMNS)
    assert [path.name for path in files] == ["results.csv", "results.parquet"]
    return folder, rows


def test_pandas_and_polars_read_the_tables_in_a_line(tables):
    folder, rows = tables
    read = [
        pd.read_csv(folder / "results.csv", dtype_backend="numpy_nullable"),
        pd.read_parquet(folder / "results.parquet", dtype_backend="numpy_nullable"),
        pl.read_csv(folder / "results.csv", infer_schema_length=None).to_pandas(),
        pl.read_parquet(folder / "results.parquet").to_pandas(),
    ]
    for table in read:
        assert list(table.columns) == list(COLUMNS)
        ticket = table[(table.arm == "ticket") & (table.level == 0)]
        assert (ticket.success_at_end.sum(), len(ticket)) == successes(rows, arm="ticket", level=0)
    assert (read[1].dtypes[["level", "success_at_end"]] == ["Int64", "boolean"]).all()


def test_parquet_says_what_its_columns_are(tables):
    import pyarrow.parquet as pq

    schema = pq.read_schema(tables[0] / "results.parquet")
    assert {field.name: field.metadata[b"description"].decode() for field in schema} == {
        name: words for name, (_, words) in COLUMNS.items()
    }


def test_without_pyarrow_there_is_csv_alone(tmp_path, monkeypatch):
    monkeypatch.setattr("lottery.runs.tables.find_spec", lambda name: None)
    assert [path.name for path in write_tables(tmp_path, [], COLUMNS)] == ["results.csv"]
    assert (tmp_path / "results.csv").read_text() == ",".join(COLUMNS) + "\n"


def test_the_documentation_has_every_column():
    text = (REFERENCE.parents[1] / "data.md").read_text(encoding="utf-8")
    types = {str: "text", int: "integer", float: "number", bool: "true or false"}
    for name, (kind, words) in COLUMNS.items():
        assert f"| `{name}` | {types[kind]} | {words} |" in text
