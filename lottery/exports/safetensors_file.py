"""Safetensors: the compacted network as this package and every reader of the format loads it."""

import json
from collections.abc import Mapping

import numpy as np
from jaxtyping import Bool, UInt8
from safetensors.numpy import load, save

from lottery.exports.form import Answers
from lottery.networks.trees import flatten, unflatten
from lottery.runs.saved_networks import SavedNetwork


def render(network: SavedNetwork, facts: Mapping[str, str]) -> bytes:
    """The file: kernels (height, width, in, out) and biases (out,) by layer, float32, facts as its metadata.

    Args:
        network: compacted.
        facts: what is known about it.
    """
    return save(flatten(network.params), {**facts, "activation": network.activation})


def answers(content: bytes) -> Answers:
    """What a loaded file answers, by the package's own network."""
    header = int.from_bytes(content[:8], "little")
    metadata = json.loads(content[8 : 8 + header])["__metadata__"]
    saved = SavedNetwork(unflatten(load(content)), metadata["padding"], metadata["rule"], "", metadata["activation"])

    def ask(boards: UInt8[np.ndarray, "boards height width"]) -> Bool[np.ndarray, "boards height width"]:
        return saved.predict(boards)

    return ask
