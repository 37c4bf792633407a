"""Tables for an analysis elsewhere: CSV always, Parquet where pyarrow is installed (the extra `data`)."""

import csv
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from typing import Any

from lottery.runs.files import write_bytes

NAME = "results"
FORMATS = {
    f"{NAME}.csv": "text/csv",
    f"{NAME}.parquet": "application/vnd.apache.parquet",
}
"""File -> its media type."""


def write_tables(
    folder: Path, rows: Sequence[Mapping[str, Any]], columns: Mapping[str, tuple[type, str]]
) -> list[Path]:
    """Write rows to `results.csv` and, where pyarrow is installed, to `results.parquet`.

    Args:
        folder: that is there.
        rows: with these columns; None is an empty cell.
        columns: name -> type and description, which Parquet keeps.

    Returns:
        The files that were written.

    Raises:
        WriteError: where the disk is full or the system refuses.
    """
    files = {f"{NAME}.csv": _as_csv(rows, list(columns))}
    if find_spec("pyarrow") is not None:
        files[f"{NAME}.parquet"] = _as_parquet(rows, columns)
    for name, content in files.items():
        write_bytes(folder / name, content)
    return [folder / name for name in files]


def _as_csv(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> bytes:
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_cell(row[name]) for name in names] for row in rows)
    return text.getvalue().encode()


def _cell(value: Any) -> Any:
    """A value as both pandas and polars read it: truth values in lower case, None as nothing."""
    return str(value).lower() if isinstance(value, bool) else value


def _as_parquet(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, tuple[type, str]]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    # Dictionaries in the files of pandas and polars would be categories: strings stay strings, Parquet packs them.
    types = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
    fields = [pa.field(name, types[kind], metadata={"description": words}) for name, (kind, words) in columns.items()]
    arrays = [pa.array([row[field.name] for row in rows], field.type) for field in fields]
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_arrays(arrays, schema=pa.schema(fields)), sink, compression="zstd")
    return sink.getvalue().to_pybytes()
