"""One network in one file: its parameters as safetensors, and what it needs to be run and certified beside them."""

from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open

from gol.errors import InputError
from lottery.networks import Parameters
from lottery.storage import flatten, read_arrays, unflatten, write_arrays


@dataclass(frozen=True)
class SavedNetwork:
    """A network as it was saved.

    Attributes:
        params: numpy arrays.
        padding: "torus" or "zero".
        rule: what it predicts, in B/S notation.
        origin: a sentence that says where it comes from.
        activation: between its layers, a name of `lottery.activations.ACTIVATIONS`.
    """

    params: Parameters
    padding: str
    rule: str
    origin: str
    activation: str = "relu"


def save_network(path: Path, network: SavedNetwork) -> None:
    """Write a network to a safetensors file, whole or not at all."""
    metadata = {"padding": network.padding, "rule": network.rule, "origin": network.origin}
    metadata["activation"] = network.activation
    write_arrays(path, flatten(network.params), metadata)


def load_network(path: Path) -> SavedNetwork:
    """Read a network that `save_network` wrote.

    Raises:
        InputError: where there is no such file, or it is damaged or none of ours.
    """
    arrays = read_arrays(path)
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
    except (SafetensorError, OSError) as error:
        raise InputError(f"{path} is not a readable safetensors file ({error}).") from error
    if missing := {"padding", "rule"} - set(metadata):
        raise InputError(f"{path} does not say its {' and '.join(sorted(missing))}: it was not saved as a network.")
    for name, array in arrays.items():
        if not name.endswith(("/kernel", "/bias", "/slope")) or not np.issubdtype(array.dtype, np.floating):
            raise InputError(f"{path} holds {name} ({array.dtype}), which is no layer of a LifeNet.")
    return SavedNetwork(
        unflatten(arrays),
        metadata["padding"],
        metadata["rule"],
        metadata.get("origin", ""),
        metadata.get("activation", "relu"),
    )


def shipped_ticket() -> SavedNetwork:
    """The certified winning ticket that comes with the package."""
    with as_file(files("lottery") / "shipped" / "ticket.safetensors") as path:
        return load_network(path)
