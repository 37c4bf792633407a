"""docs/device-figures.md: what networks cost on a microcontroller, with every assumption, from one JSON document."""

from typing import Any

BYTES = {
    "own_bytes": "network and walk, bytes",
    "flash_bytes": "flash in all, bytes",
    "stack_bytes": "stack, bytes",
    "ram_bytes": "RAM in all, bytes",
    "instructions_per_cell": "instructions per cell",
}
"""Figures that are counted, and how they are headed."""
DERIVED = {
    "cells_per_second": "cells per second",
    "microjoules_per_generation": "µJ per generation",
    "coin_cell_generations": "generations of a coin cell",
    "coin_cell_years": "years of a coin cell",
    "solar_generations_per_second": "generations per second of a solar cell",
}
"""Figures that follow from them."""
_OF_DEVICE = {
    "chip": "chip",
    "source": "datasheet",
    "megahertz": "clock, MHz",
    "microamperes_per_megahertz": "while it computes, µA/MHz",
    "sleep_microamperes": "while it sleeps, µA",
    "volts": "supply, V",
    "cycles_per_instruction": "cycles per instruction (assumed, on the high side)",
    "machine": "machine of QEMU",
    "flags": "flags of the compiler",
}
_OF_SUPPLY = {
    "coin_cell": "coin cell",
    "coin_cell_milliampere_hours": "its capacity, mAh",
    "coin_cell_self_discharge": "the share of it that is lost in a year (assumed)",
    "generations_per_second": "generations per second, where a life is given in years",
    "solar_cell": "solar cell",
    "solar_microwatts": "its power, µW",
}

_PAGE = """\
# Device figures

A certified network becomes a C header (`lottery.export(network, "c")`, `"c-int8"` or `"c-bits"`) that needs no library.
This page says what such a header takes on two microcontrollers. It is written by
`gol-lottery bench device --json docs/bench/device.json --page docs/device-figures.md`. `shipped` is the ticket of the
package, and `fifteen` is the network of fifteen parameters. Every program was run in QEMU on all 512 neighbourhoods,
and all its answers were right.

```c
#include "ticket.h"

static uint8_t board[32 * 32], after[32 * 32]; /* with c-bits: uint32_t board[32], after[32] */

void step(void)
{{
    gol_lottery_board(board, after, 32, 32); /* rows of bytes, 0 or 1 */
}}
```

## Counted

{counted}

*Network and walk* is the code that answers a cell and walks over a board, with its tables. *Flash in all* also has the
compiler's routines for floating point, because the Cortex-M0+ has no unit for it. *RAM in all* is two boards of 32x32
cells and the stack at its deepest. The instructions are those of 16 generations of a random board of 32x32 cells. The
logic of `c-bits` is made from the 512 answers of a network, so all exact networks of a rule become the same logic. The
compiler was {compiler}, with {optimise}, and the emulator was {emulator}.

## Seconds and joules

{derived}

A generation is one of a board of 32x32 cells. *Generations of a coin cell* is for a chip that computes without pause,
and *years of a coin cell* is for one that sleeps between two generations. *Generations per second of a solar cell* is
what the light on it can pay for.

## Assumptions

{devices}

{supply}

QEMU counts instructions and no cycles, so the cycles per instruction are an assumption. The machine `microbit` has a
Cortex-M0, which has the instructions of a Cortex-M0+. The currents are those of the chip alone, without a display.
"""


def page(document: dict[str, Any]) -> str:
    """The page of a document of `lottery.exports.on_a_microcontroller.document`."""
    rows, devices = document["rows"], document["devices"]
    names = {"network": "network", "form": "form", "core": "core"}
    of_devices = [[label, *(text(device[name]) for device in devices)] for name, label in _OF_DEVICE.items()]
    of_supply = [[label, text(document["supply"][name])] for name, label in _OF_SUPPLY.items()]
    return _PAGE.format(
        counted=_of_rows(rows, names | BYTES),
        derived=_of_rows(rows, names | DERIVED),
        devices=_markdown(["device", *(device["core"] for device in devices)], of_devices),
        supply=_markdown(["supply", ""], of_supply),
        compiler=document["compiler"],
        optimise=document["optimise"],
        emulator=document["emulator"],
    )


def assumptions(document: dict[str, Any]) -> list[str]:
    """Every assumption, a line each, as a terminal shows them."""
    lines = ["A generation is one of a 32x32 board. Bytes and instructions are counted; the rest assumes:"]
    for device in document["devices"]:
        lines += [f"{device['core']}: {label}: {text(device[name])}" for name, label in _OF_DEVICE.items()]
    return lines + [f"{label}: {text(document['supply'][name])}" for name, label in _OF_SUPPLY.items()]


def text(value: float | int | str | None) -> str:
    """A value as a cell shows it: three digits that count, and a word where there is none."""
    if value is None:
        return "too slow"
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"


def _of_rows(rows: list[dict[str, Any]], columns: dict[str, str]) -> str:
    return _markdown(list(columns.values()), [[text(row[name]) for name in columns] for row in rows])


def _markdown(headings: list[str], cells: list[list[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *cells]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
