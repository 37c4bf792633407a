"""Boards of one's own to train on: pairs of boards and answers, of any height and width, in place of the bank."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import jax.numpy as jnp
import numpy as np
from jaxtyping import UInt8

import gol
from gol.arrays import AnyArray, Rows, as_boards
from gol.errors import InputError
from lottery.inputs.accelerator import on_accelerator
from lottery.networks.lifenet import Network, is_lifenet, padding_of
from lottery.networks.neighbourhoods import topology_of
from lottery.networks.trees import content
from lottery.training.settings import TrainSettings

Pairs: TypeAlias = tuple[AnyArray | Rows, AnyArray | Rows]
"""Boards (n, height, width) and what they become, in any form that `gol.evolve` takes."""
Data: TypeAlias = Pairs | Callable[[int], Pairs]
"""One bank of pairs, or a function of the number of the bank, from 0 on, that makes each of them."""


@dataclass(frozen=True, eq=False)
class OwnBoards:
    """Pairs that somebody brings along, as the engine takes a bank.

    Attributes:
        settings: of the training, with the number of boards and an arrangement that takes answers as they come.
        first: the pairs of the first bank, uint8 (n, height, width) each.
        bank: the number of a bank -> its pairs.
    """

    settings: TrainSettings
    first: tuple[np.ndarray, np.ndarray]
    bank: Callable[[int], tuple[np.ndarray, np.ndarray]]

    def identity(self) -> str:
        """What a checkpoint says of them: a hash of the first bank."""
        return content(list(self.first))

    @property
    def side(self) -> int:
        """Of square boards with at least as many cells as these."""
        _, height, width = self.first[0].shape
        return math.isqrt(height * width - 1) + 1

    def prepared(self, number: int, net: Network, form: str) -> Any:
        """A bank in the form that an arrangement works on (lottery/training/batches.py)."""
        boards, answers = (jnp.asarray(each) for each in self.bank(number))
        if form == "codes":
            return gol.neighbourhood_codes(boards, topology_of(padding_of(net))).astype(jnp.uint16), answers
        return boards, answers


def own_boards(net: Network, settings: TrainSettings, data: Data) -> OwnBoards:
    """Take pairs of boards in place of the bank that the settings describe.

    Args:
        net: what is trained.
        settings: `bank_boards`, `board` and `density` play no role in training then.
        data: see `Data`.

    Raises:
        InputError: for what are no pairs of boards, or settings that have no place for them.
    """
    if settings.stream not in ("bank", "shared"):
        raise InputError(f"Boards of your own are drawn from a bank: the stream is {settings.stream!r}, choose 'bank'.")
    if settings.arrangement not in ("auto", "tables", "columns", "boards"):
        raise InputError(
            f"The {settings.arrangement} arrangement does not take answers as they come: with boards of your own "
            "choose tables, columns, boards or auto."
        )
    first = _pairs(data(0) if callable(data) else data)

    def bank(number: int) -> tuple[np.ndarray, np.ndarray]:
        if number == 0 or not callable(data):
            return first
        pairs = _pairs(data(number))
        if pairs[0].shape != first[0].shape:
            raise InputError(
                f"Bank {number} has boards of the shape {pairs[0].shape}, and the first bank has {first[0].shape}."
            )
        return pairs

    arrangement = settings.arrangement
    if arrangement == "auto":
        by_parameters = "columns" if on_accelerator() else "tables"
        arrangement = by_parameters if is_lifenet(net) else "boards"
    return OwnBoards(replace(settings, arrangement=arrangement, bank_boards=len(first[0])), first, bank)


def _pairs(found: Any) -> tuple[UInt8[np.ndarray, "n height width"], UInt8[np.ndarray, "n height width"]]:
    """Boards and answers as arrays of 0 and 1."""
    if not isinstance(found, tuple | list) or len(found) != 2:
        raise InputError("Boards of your own are a pair: boards (n, height, width), and what they become.")
    boards, answers = (np.asarray(as_boards(each) != 0, np.uint8) for each in found)
    if boards.ndim != 3 or boards.shape != answers.shape or not len(boards):
        raise InputError(
            f"Boards and answers need one shape (n, height, width), and theirs are {boards.shape} and {answers.shape}."
        )
    return boards, answers
