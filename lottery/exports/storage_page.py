"""The page and the figure about bytes: docs/storage.md and docs/bench/storage.svg."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from lottery.exports.on_a_microcontroller import C_FORMS, flash_of
from lottery.exports.storage import ENCODINGS, Measure, Stored, stored
from lottery.report.figures.bytes_by_level import bytes_by_level
from lottery.report.figures.figure import save_figure
from lottery.runs.files import write_bytes
from lottery.runs.saved_networks import SavedNetwork, load_network

NOT_DRAWN = ("dense, xz",)  # its line would lie on that of zlib

PAGE = """# How many bytes a ticket takes

{about}.
We encode each network in several ways, decode it, and certify it again. Names and shapes are not counted.

![Bytes of every level of pruning, by encoding](bench/storage.svg)

Hollow markers are networks that are wrong on some board.

{encodings}

{legend}

{findings}

## Files

A file of a [form](how-to/export.md) holds more than the numbers: the program or the graph that computes with them, and
what we know about the network. A network that is wrong cannot be exported and has no file (–), and neither has a
network that a form cannot hold. *Flash* is what the code and the numbers of a C header take on a Cortex-M0+, with the
routines of the compiler that they call. The sizes depend a little on the versions of the libraries that write them.

{files}

In a checkout, this makes the page again:

    python -c "from lottery.exports.storage_page import write_page; write_page()"
"""


# The flash memory of a Cortex-M0+ that each form of C takes: code and numbers.
FLASH: Mapping[str, Measure] = {f"{form}, flash": partial(flash_of, form=form) for form in C_FORMS}


def write_page(docs: Path = Path("docs"), beside: Mapping[str, Measure] = FLASH) -> None:
    """Write the page and its figure from the levels of the demonstration (docs/demo/levels).

    Args:
        docs: the folder of the pages.
        beside: what else is measured of every network, as in `stored`.
    """
    networks = [load_network(path) for path in sorted((docs / "demo" / "levels").glob("*.safetensors"))]
    rows = [stored(network, beside) for network in networks]
    kept, right = [row.nonzero / row.parameters for row in rows], [row.wrong == 0 for row in rows]
    lines = {name: [row.encodings[name] for row in rows] for name in ENCODINGS if name not in NOT_DRAWN}
    save_figure(*bytes_by_level(kept, right, lines), docs / "bench", "storage")
    write_bytes(docs / "storage.md", page(networks, rows).encode())


def page(networks: Sequence[SavedNetwork], rows: Sequence[Stored]) -> str:
    """The page as Markdown.

    Args:
        networks: the levels of a pruning experiment, from the dense one on; not compacted.
        rows: what each of them takes.
    """
    net = networks[0].network
    a, b = net.channels
    return PAGE.format(
        about=f"The networks are {len(rows)} levels of pruning of one network with {a} and {b} channels, "
        f"{rows[0].parameters} parameters",
        encodings=_table(
            ["level", "not zero", "right on every board", *ENCODINGS],
            [
                [level, row.nonzero, "yes" if row.wrong == 0 else "no", *row.encodings.values()]
                for level, row in enumerate(rows)
            ],
        ),
        legend="\n".join(f"- *{name}*: {encoding.about}" for name, encoding in ENCODINGS.items()),
        findings=findings(rows),
        files=_table(["level", *rows[0].files], [[level, *row.files.values()] for level, row in enumerate(rows)]),
    )


def findings(rows: Sequence[Stored]) -> str:
    """What the table says, in sentences that its numbers write."""
    right = [(level, row) for level, row in enumerate(rows) if row.wrong == 0]
    changed = sum(row.encodings["compact, int8"] is None for _, row in right)
    level, best = right[-1]
    sizes = {name: size or 0 for name, size in best.encodings.items()}
    share = 100 * (sizes["compact, int8"] / sizes["dense"])
    return (
        f"Rounding to 8 bits makes {changed or 'none'} of the {len(right)} networks wrong that are right. The last of "
        f"these,\nlevel {level}, takes {sizes['mask, values']} bytes with a mask and {sizes['compact']} "
        f"without units that do nothing. As integers it takes {sizes['compact, int8']} bytes,\n"
        f"which is {share:.1f} % of the {sizes['dense']:,} bytes of the dense network."
    )


def _table(heads: Sequence[str], rows: Sequence[Sequence[int | str | None]]) -> str:
    lines = [heads, ["---:"] * len(heads), *([_cell(cell) for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cell(value: int | str | None) -> str:
    return "–" if value is None else f"{value:,}" if isinstance(value, int) else value
