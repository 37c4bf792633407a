"""What a run's folder holds, as an RO-Crate 1.2: JSON-LD that archives and search engines read.

Source: https://w3id.org/ro/crate/1.2, "Root Data Entity" and "Data Entities". The file is plain JSON-LD, because
the library `rocrate` brings several others for the sake of a dozen entities.
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import metadata
from pathlib import Path
from typing import Any
from urllib.parse import quote

from lottery.runs.files import write_bytes
from lottery.runs.manifests import Dated, date_of
from lottery.runs.tables import FORMATS

NAME = "ro-crate-metadata.json"
SPECIFICATION = "https://w3id.org/ro/crate/1.2"
PAPER = "https://doi.org/10.1109/IJCNN52387.2021.9534060"
LICENCE = "https://spdx.org/licenses/MIT"
PACKAGE = "gol-lottery"

Entity = dict[str, Any]


def write_crate(out: Path, pieces: Iterable[str]) -> None:
    """Describe a run's settings and its finished pieces in `ro-crate-metadata.json`.

    The same pieces give the same file. The report is left out, because it is made of the pieces alone; tables for an
    analysis are named where they lie in the folder.

    Args:
        out: the run's folder.
        pieces: names of the finished ones.

    Raises:
        WriteError: where the file cannot be written.
    """
    found = {name: date_of(out / "pieces" / name) for name in sorted(pieces)}
    newest = max((dated.at for dated in found.values() if dated), default=datetime.now(UTC)).date().isoformat()
    folders = [_piece(name, dated) for name, dated in found.items()]
    tables = [_table(name) for name in FORMATS if (out / name).is_file()]
    graph = [
        *_root(newest, tables),
        *_action(newest),
        _settings(),
        *tables,
        _all_pieces(folders),
        *folders,
        *_context(),
    ]
    crate = {"@context": f"{SPECIFICATION}/context", "@graph": graph}
    # Without the seal of other JSON files: a key beside @graph would make the graph a named one.
    write_bytes(out / NAME, (json.dumps(crate, indent=1, ensure_ascii=False) + "\n").encode())


def _root(date: str, tables: Iterable[Entity]) -> list[Entity]:
    descriptor = {
        "@id": NAME,
        "@type": "CreativeWork",
        "about": _to("./"),
        "conformsTo": _to(SPECIFICATION),
    }
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": "Lottery tickets in the Game of Life: settings and outcomes of a run",
        "description": "What the claims about networks that learn the Game of Life and about their lottery tickets are "
        "judged by. The package turns it into the report without training anything.",
        "datePublished": date,
        "license": _to(LICENCE),
        "citation": _to(PAPER),
        "hasPart": [_to("run.json"), *(_to(table["@id"]) for table in tables), _to("pieces/")],
        "mentions": _to("#run"),
    }
    return [descriptor, root]


def _action(date: str) -> list[Entity]:
    package = metadata(PACKAGE)
    run = {
        "@id": "#run",
        "@type": "CreateAction",
        "name": "Run of scripts/replicate.py",
        "instrument": _to("#package"),
        "object": _to("run.json"),
        "result": _to("pieces/"),
        "endTime": date,
    }
    software = {
        "@id": "#package",
        "@type": "SoftwareApplication",
        "name": PACKAGE,
        "description": package["Summary"],
        "softwareVersion": package["Version"],
        "license": _to(LICENCE),
    }
    return [run, software]


def _settings() -> Entity:
    return {
        "@id": "run.json",
        "@type": "File",
        "name": "Settings of the run",
        "encodingFormat": "application/json",
    }


def _table(name: str) -> Entity:
    return {
        "@id": name,
        "@type": "File",
        "name": "Results by network",
        "description": "One row per network of the pieces: its claim and arm, how much of it is kept, and whether and "
        "when it was certified.",
        "encodingFormat": FORMATS[name],
    }


def _all_pieces(folders: Iterable[Entity]) -> Entity:
    return {
        "@id": "pieces/",
        "@type": "Dataset",
        "name": "Pieces",
        "description": "One folder for each experiment, named by a label and a hash of its settings. It holds the "
        "settings, the outcomes, and a manifest with their checksums, dates and what made them.",
        "hasPart": [_to(folder["@id"]) for folder in folders],
    }


def _piece(name: str, dated: Dated | None) -> Entity:
    date = {} if dated is None else {"dateCreated": dated.at.isoformat()}
    return {"@id": f"pieces/{quote(name)}/", "@type": "Dataset", "name": name, **date}


def _context() -> list[Entity]:
    licence = {
        "@id": LICENCE,
        "@type": "CreativeWork",
        "name": "MIT License",
        "description": "Free use, also changed and commercial, as long as the notice is kept.",
    }
    paper = {
        "@id": PAPER,
        "@type": "ScholarlyArticle",
        "name": "J. M. Springer, G. T. Kenyon: It's Hard for Neural Networks To Learn the Game of Life (IJCNN 2021)",
    }
    return [licence, paper]


def _to(entity: str) -> Entity:
    return {"@id": entity}
