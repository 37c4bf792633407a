"""The totals of a run's claims as rows of text, and `docs/ledger.md`, a page of them."""

from collections.abc import Sequence
from pathlib import Path

from lottery.ledger.account import Total
from lottery.ledger.factors import JOULES_PER_KWH, Factors
from lottery.report.markdown_pages import grid
from lottery.runs.files import write_bytes

HEADS = (
    *("claim", "pieces", "updates (10^6)", "flop (10^12)", "masked (10^12)"),
    *("hours", "kWh", "kg CO2e", "US$"),
)
START, END = "<!-- totals -->", "<!-- /totals -->"


def rows(totals: Sequence[Total]) -> list[tuple[str, ...]]:
    """One row of text per total, as `HEADS` names them.

    Args:
        totals: of claims, and of all.
    """
    return [
        (
            one.name,
            f"{one.pieces}",
            *map(_number, (one.updates / 1e6, one.operations / 1e12, one.operations_as_masked / 1e12)),
            *map(_number, (one.seconds / 3600, one.joules / JOULES_PER_KWH, one.grams / 1000, one.cents / 100)),
        )
        for one in totals
    ]


def _number(value: float) -> str:
    """Three digits that count, of numbers that do."""
    if 0 < value < 0.001:
        return "< 0.001"
    return f"{value:,.0f}" if value >= 999.5 else f"{value:.3g}"


def sentence(total: Total) -> str:
    """A total in one sentence.

    Args:
        total: of all pieces.
    """
    _, pieces, updates, operations, masked, hours, kwh, carbon, money = rows([total])[0]
    return (
        f"{pieces} pieces took {updates} million network updates of {operations} * 10^12 floating-point operations "
        f"({masked} * 10^12 if pruned weights are skipped) and {hours} hours, {kwh} kWh, {carbon} kg of CO2 equivalent "
        f"and {money} US dollars."
    )


def explanation(totals: Sequence[Total], factors: Factors) -> str:
    """What the numbers of a table of totals are, in a few sentences.

    Args:
        totals: with that of all pieces last.
        factors: what was assumed.
    """
    every = totals[-1]
    counted = 100 * every.joules_counted / every.joules if every.joules else 0.0
    return (
        "Flop are floating-point operations, masked those without pruned weights. A piece that claims share counts in "
        "each of them, and once in the last row. Hours are by the clock of the "
        f"machine that computed a piece. Counters of the machine gave {counted:.0f} % of the energy; all else is "
        f"estimated from assumptions: {factors.words}"
    )


def write_page(path: Path, totals: Sequence[Total], factors: Factors) -> None:
    """Write the table between the markers of a Markdown page, or a page of it where there is none yet.

    Args:
        path: of the page.
        totals: with that of all pieces last.
        factors: what was assumed.
    """
    text = path.read_text(encoding="utf-8") if path.is_file() else f"# What it cost\n\n{START}\n{END}\n"
    before, _, rest = text.partition(START)
    after = rest.partition(END)[2]
    table = "\n".join([*grid(HEADS, rows(totals)), "", explanation(totals, factors)])
    write_bytes(path, f"{before}{START}\n{table}\n{END}{after or chr(10)}".encode())
