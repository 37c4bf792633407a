"""Rows of the table of records: the networks written by hand, and any small network told by its numbers."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lottery.handmade import handmade_parameters, smallest_parameters, sparsest_parameters


@dataclass(frozen=True)
class Entry:
    """A row of the table of records.

    Attributes:
        origin: who wrote it, or which search found it.
        parameters: the network, with a read-out.
        seed: of the search and replicate, or "".
    """

    origin: str
    parameters: Mapping[str, Mapping[str, np.ndarray]]
    seed: str = ""


def by_hand() -> list[Entry]:
    """The networks written by hand."""
    return [
        Entry("by hand, the paper's shape", handmade_parameters()),
        Entry("by hand, the smallest dense", smallest_parameters()),
        Entry("by hand, the sparsest", sparsest_parameters()),
    ]


def in_words(parameters: Mapping[str, Mapping[str, np.ndarray]]) -> str:
    """A small network told by its numbers: each 3x3 unit, what the 1x1 units make of them, and the logit."""
    first, second, last = (parameters[layer] for layer in ("block0_3x3", "block0_1x1", "readout"))
    wide = []
    for unit, (weights, bias) in enumerate(zip(first["kernel"].reshape(9, -1).T, first["bias"], strict=True)):
        kernel = " / ".join(" ".join(f"{weight:.3g}" for weight in row) for row in weights.reshape(3, 3))
        wide.append(f"A{unit + 1} = relu({kernel} on the cells{_signed(bias)})")
    names = [f"A{unit + 1}" for unit in range(len(wide))]
    narrow = [
        f"B{unit + 1} = relu({_sum(weights, names)}{_signed(bias)})"
        for unit, (weights, bias) in enumerate(zip(second["kernel"][0, 0].T, second["bias"], strict=True))
    ]
    outer = [f"B{unit + 1}" for unit in range(len(narrow))]
    logit = f"logit = {_sum(last['kernel'][0, 0, :, 0], outer)}{_signed(last['bias'][0])}"
    return "; ".join([*wide, *narrow, logit]) + "."


def _signed(value: float | np.floating) -> str:
    return "" if not value else f" {'+' if value > 0 else '-'} {abs(value):.3g}"


def _sum(weights: np.ndarray, names: list[str]) -> str:
    terms = [
        name if f"{weight:.3g}" == "1" else f"{weight:.3g} {name}"
        for weight, name in zip(weights, names, strict=True)
        if weight
    ]
    return " + ".join(terms).replace("+ -", "- ") or "0"
