"""One network in one file: its parameters as safetensors, and what it needs to be run and certified beside them."""

import re
from dataclasses import dataclass, field
from importlib.resources import as_file, files
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Shaped
from safetensors import SafetensorError, safe_open

import gol
from gol.arrays import AnyArray, Rows, as_boards
from gol.errors import InputError
from lottery.inputs import numerics
from lottery.networks.lifenet import PADDINGS, LifeNet, Parameters, logits, steps_of
from lottery.networks.parameter_checks import check_lifenet_parameters
from lottery.networks.trees import flatten, unflatten
from lottery.runs.files import read_arrays, write_arrays

_A_LAYER = re.compile(r"\w+/(kernel|bias|slope)", re.ASCII)  # the flat name of its array


@dataclass(frozen=True)
class SavedNetwork:
    """A `LifeNet` as it was saved.

    Attributes:
        params: numpy arrays.
        padding: "torus" or "zero".
        rule: what it predicts, in B/S notation or as a MAP string.
        origin: a sentence that says where it comes from.
        activation: between its layers, a name of `lottery.networks.activations.ACTIVATIONS`.
    """

    params: Parameters = field(repr=False)
    padding: str
    rule: str
    origin: str
    activation: str = "relu"

    @property
    def network(self) -> LifeNet:
        """The architecture, as the parameters show it."""
        channels = (self.params[f"block0_{size}"]["kernel"].shape[-1] for size in ("3x3", "1x1"))
        return LifeNet(
            steps=self.steps,
            features=(next(channels), next(channels)),
            padding=self.padding,
            activation=self.activation,
            readout="readout" in self.params,
        )

    @property
    def steps(self) -> int:
        """How many generations ahead the network looks."""
        return steps_of(self.params)

    def predict(
        self, boards: Shaped[AnyArray, "*batch height width"] | Rows
    ) -> Bool[np.ndarray, "*batch height width"]:
        """The boards `steps` generations later, as the network sees them: alive where its logit is above 0.

        Args:
            boards: (..., height, width) of zeros and ones in any form that `gol.evolve` takes, a side of 3 or more.

        Raises:
            InputError: for what are no boards.
        """
        cells = jnp.asarray(as_boards(boards) != 0, jnp.float32)  # any other integer is alive
        with numerics.pinned():
            return np.asarray(logits(self.network, jax.tree.map(jnp.asarray, self.params), cells) > 0)

    def __str__(self) -> str:
        """What it is, in a line."""
        a, b = self.network.channels
        left = sum(int(np.count_nonzero(leaf)) for leaf in jax.tree.leaves(self.params))
        return (
            f"{self.steps} step{'s' if self.steps > 1 else ''} of {self.rule} on a {self.padding} board, "
            f"features ({a}, {b}), {left} parameters that are not zero. {self.origin}"
        )


def save_network(path: Path | str, network: SavedNetwork) -> None:
    """Write a network to a safetensors file, whole or not at all."""
    path = Path(path)
    metadata = {"padding": network.padding, "rule": network.rule, "origin": network.origin}
    metadata["activation"] = network.activation
    write_arrays(path, flatten(network.params), metadata)


def load_network(path: Path | str) -> SavedNetwork:
    """Read a network that `save_network` wrote.

    Raises:
        InputError: where there is no such file, or it is damaged or none of ours.
    """
    path = Path(path)
    arrays = read_arrays(path)
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
    except (SafetensorError, OSError) as error:
        raise InputError(f"{path} is not a readable safetensors file ({error}).") from error
    if missing := {"padding", "rule"} - set(metadata):
        raise InputError(f"{path} does not say its {' and '.join(sorted(missing))}: it was not saved as a network.")
    for name, array in arrays.items():
        if not _A_LAYER.fullmatch(name) or not np.issubdtype(array.dtype, np.floating):
            raise InputError(f"{path} holds {name[:60]!r} ({array.dtype}), which is no layer of a LifeNet.")
    found = SavedNetwork(
        unflatten(arrays),
        metadata["padding"],
        metadata["rule"],
        metadata.get("origin", ""),
        metadata.get("activation", "relu"),
    )
    try:
        check_lifenet_parameters(found.params, found.activation)
        gol.parse_any_rule(found.rule)
        if found.padding not in PADDINGS:
            raise InputError(f"Unknown padding {found.padding[:60]!r}: it is one of {', '.join(PADDINGS)}.")
    except InputError as error:
        raise InputError(f"{path} is no saved network. {error}") from error
    return found


def shipped_ticket() -> SavedNetwork:
    """The certified winning ticket that comes with the package."""
    with as_file(files("lottery") / "shipped" / "ticket.safetensors") as path:
        return load_network(path)
