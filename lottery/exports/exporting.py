"""One network, one file: compacted, proved, rendered, and proved once more by running what was rendered.

The last proof asks the file itself about every window there is: 512 neighbourhoods for one step, 2^25 windows for two.
A file that is not right on all of them is not written.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

import jax
import numpy as np
from jaxtyping import UInt8

import gol
from gol.errors import InputError
from lottery.analysis.compaction import compact
from lottery.certificates.by_calling import every_window
from lottery.certificates.certificate import certify
from lottery.exports.form import Answers, form_of
from lottery.networks.neighbourhoods import NEIGHBOURHOODS, topology_of
from lottery.runs.files import write_bytes
from lottery.runs.saved_networks import SavedNetwork, load_network


@dataclass(frozen=True)
class Export:
    """A network in another form.

    Attributes:
        to: the name of the form.
        content: the file.
        network: what was rendered: the compacted network, float32.
        facts: what the file says of itself.
        checked: on how many cells the file was asked; among them every window stands, and it is right on all.
        explanation: the argument in a sentence.
    """

    to: str
    content: bytes
    network: SavedNetwork
    facts: dict[str, str]
    checked: int
    explanation: str


def export(network: SavedNetwork | Path | str, to: str, out: Path | str | None = None) -> Export:
    """Write a certified network in a form that runs without this package.

    Args:
        network: a saved network, or its file.
        to: the form, a name of `FORMS`.
        out: the file to write; None writes nothing.

    Raises:
        InputError: for an unknown form, a network that is wrong somewhere or not proved, one that the form cannot hold,
            or a form that is wrong where the network is right.
    """
    form = form_of(to)
    saved = network if isinstance(network, SavedNetwork) else load_network(network)
    if saved.steps > form.steps:
        raise InputError(
            f"A network of {saved.steps} steps cannot be exported to {to}, which is for at most {form.steps}."
        )
    if saved.steps > 1 and saved.padding != "torus":
        raise InputError(
            f"A network of {saved.steps} steps can be exported where its padding is torus, and not where it is "
            f"{saved.padding}: its windows at edges are of too many kinds."
        )
    small = compacted(saved)
    said = facts(small)
    content = form.render(small, said)
    checked = prove(form.answers(content), small, to)
    if out is not None:
        write_bytes(Path(out), content)
    side = 2 * small.steps + 1
    explanation = (
        f"The file was run on {checked:,} cells that show all windows of {side}x{side} cells, and is always right."
    )
    return Export(to, content, small, said, checked, explanation)


def compacted(network: SavedNetwork) -> SavedNetwork:
    """The smallest network that answers like this one, float32.

    Raises:
        InputError: where it is not proved to be right.
    """
    found = compact(network.params, padding=network.padding, activation=network.activation, functional=True)
    small = replace(network, params=jax.tree.map(lambda leaf: np.array(leaf, np.float32, order="C"), found.params))
    certificate = certify(small)
    if not certificate.exact or not certificate.correct:
        raise InputError(
            f"Only a network that is proved can be exported, and this one is not: {certificate.explanation}"
        )
    return small


def facts(network: SavedNetwork) -> dict[str, str]:
    """What a file says about the network in it."""
    return {
        "rule": network.rule,
        "padding": network.padding,
        "steps": str(network.steps),
        "origin": network.origin,
        "certificate": certify(network).explanation + " This file was run on all of them, too.",
        "version": f"gol-lottery {version('gol-lottery')}",
    }


def prove(answers: Answers, network: SavedNetwork, to: str) -> int:
    """Ask a file about every window, by boards on which each of them stands once; on how many cells.

    Raises:
        InputError: where it is wrong about one.
    """
    checked, wrong = 0, 0
    for boards, margin in _every_window(network):
        inner = slice(margin, boards.shape[2] - margin)
        after = np.asarray(gol.evolve(boards, network.steps, network.rule, topology_of(network.padding)), bool)
        right = np.asarray(answers(boards))[:, :, inner] == after[:, :, inner]
        checked, wrong = checked + right.size, wrong + int(np.sum(~right))
    if wrong:
        raise InputError(f"Exported to {to} the network would be wrong on {wrong:,} of {checked:,} cells: not written.")
    return checked


def _every_window(network: SavedNetwork) -> Iterator[tuple[UInt8[np.ndarray, "boards height width"], int]]:
    """Boards that show every window, and how many columns at either side do not count."""
    if network.padding == "torus":
        yield from ((boards, network.steps) for boards in every_window(network.steps))
    else:  # of one step
        yield NEIGHBOURHOODS.reshape(512, 3, 3).astype(np.uint8), 0
