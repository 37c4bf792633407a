"""Prove or refute a saved network: on every input there is, or on random boards where that is not possible.

    gol-lottery certify                 # the ticket of the package
    gol-lottery certify FILE            # any saved network
    gol-lottery certify FILE --json -   # the certificate as JSON

The exit code is 0 where no answer is wrong, and 1 where one is.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from lottery.commands.command import Command
from lottery.commands.outputs import JsonPath, console_beside, write_for_program
from lottery.runs import session

if TYPE_CHECKING:
    from rich.console import Console

    from lottery.certificates.certificate import Certificate
    from lottery.runs.saved_networks import SavedNetwork

SHIPPED = "shipped"


@dataclass(frozen=True)
class Options:
    """Prove or refute a saved network."""

    network: tyro.conf.Positional[Annotated[str, tyro.conf.arg(metavar="[FILE]")]] = SHIPPED
    """a file (.safetensors), or `shipped`"""
    json: JsonPath = None
    """also write the certificate as JSON to this file; - is the standard output"""


def run(options: Options) -> None:
    """Certify one network."""
    session.start()
    certify_network(console_beside(options.json), options.network, options.json)


def certify_network(console: "Console", name: str, json: Path | None = None) -> None:
    """Print what is known about a saved network; exit code 1 if it is wrong.

    Args:
        console: where to print.
        name: of its file, or `shipped`.
        json: where to write the certificate for a program.
    """
    from gol.errors import shown
    from lottery.certificates.certificate import certify
    from lottery.runs.saved_networks import load_network, shipped_ticket

    network = shipped_ticket() if name == SHIPPED else load_network(Path(name))
    console.print(shown(network.origin or name, longest=500), markup=False)
    certificate = certify(network.params, padding=network.padding, rule=network.rule, activation=network.activation)
    present, total = parameters_of(network)
    console.print(
        f"Rule {network.rule}, {network.padding} padding, {present} non-zero parameters of {total}.", markup=False
    )
    console.print("\n".join(sentences(certificate)), markup=False)
    more = {"network": name, "rule": network.rule, "padding": network.padding, "nonzero": present, "parameters": total}
    write_for_program(json, {**more, **asdict(certificate)})
    if not certificate.correct:
        raise SystemExit(1)


def parameters_of(network: "SavedNetwork") -> tuple[int, int]:
    """How many parameters of a network are not zero, and how many there are."""
    import jax
    import numpy as np

    leaves = [np.asarray(leaf) for leaf in jax.tree.leaves(network.params)]
    return sum(int(np.count_nonzero(leaf)) for leaf in leaves), sum(leaf.size for leaf in leaves)


def sentences(certificate: "Certificate") -> list[str]:
    """A certificate in words."""
    verdict = "correct" if certificate.correct else "WRONG"
    if certificate.correct and not certificate.exact:
        verdict = f"no error found (at most {certificate.error_rate_bound:.2g} of random boards, at 95 % confidence)"
    lines = [
        f"{verdict}: {certificate.wrong:,} of {certificate.checked:,} wrong, by {certificate.kind}.",
        certificate.explanation,
        f"Smallest |logit| {certificate.margin:.4g} in {certificate.dtype}; float64 agrees: {certificate.agrees}.",
    ]
    if certificate.example:
        lines += ["A wrong one:", certificate.example]
    return lines


COMMAND = Command(
    name="certify",
    about="Prove or refute a saved network.",
    description=__doc__,
    options=Options,
    run=run,
)
