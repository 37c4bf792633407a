"""How many bytes a network takes: as numbers in several encodings, and as a file of every form.

Every encoding is bytes that are really made here, and `decode` gets the parameters back. Names and shapes are no part
of them: whoever reads them knows the architecture, and for a compact network its two numbers of channels.
"""

import lzma
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import jax
import numpy as np

from gol.errors import InputError
from lottery.analysis.compaction import compact
from lottery.certificates.certificate import certify
from lottery.exports.exporting import facts
from lottery.exports.form import FORMS, Form
from lottery.networks.lifenet import Parameters
from lottery.networks.trees import on_host
from lottery.networks.trees import size as count
from lottery.runs.saved_networks import SavedNetwork

Measure = Callable[[SavedNetwork], int]
"""What is measured of a network, compacted and right: bytes. It raises InputError where it cannot be."""

LARGEST = 127  # of an 8-bit integer, on both sides of zero


@dataclass(frozen=True)
class Encoding:
    """A way to write parameters.

    Attributes:
        about: what it is, in a few words.
        encode: parameters -> bytes.
        decode: (bytes, parameters of the same shapes) -> parameters.
        compacted: whether units that do nothing are taken out first.
    """

    about: str
    encode: Callable[[Parameters], bytes]
    decode: Callable[[bytes, Parameters], Parameters]
    compacted: bool = False


@dataclass(frozen=True)
class Stored:
    """What one network takes.

    Attributes:
        parameters: how many there are.
        nonzero: how many are not zero.
        wrong: on how many inputs of its certificate it is wrong; 0 for a network that is proved.
        encodings: bytes by the names of `ENCODINGS`; None where the network is right and what is decoded is wrong.
        files: bytes of a file by the names of the `FORMS` of so many steps, and what is measured besides; None for a
            network that is wrong, or that the form cannot hold.
    """

    parameters: int
    nonzero: int
    wrong: int
    encodings: dict[str, int | None]
    files: dict[str, int | None]


def stored(network: SavedNetwork, beside: Mapping[str, Measure] = MappingProxyType({})) -> Stored:
    """Encode a network in every way, and render it in every form.

    Args:
        network: saved, not compacted; pruned weights are zero.
        beside: what else is measured of a network that is right, such as the flash memory of a device that it takes.
    """
    whole = on_host(network.params, np.float32)
    found = compact(whole, padding=network.padding, activation=network.activation, functional=True)
    small = on_host(found.params, np.float32)
    wrong = certify(network).wrong
    encodings: dict[str, int | None] = {}
    for name, encoding in ENCODINGS.items():
        params = small if encoding.compacted else whole
        content = encoding.encode(params)
        decoded = replace(network, params=encoding.decode(content, params))
        encodings[name] = None if certify(decoded).wrong and not wrong else len(content)
    nonzero = sum(int(np.count_nonzero(leaf)) for leaf in jax.tree.leaves(whole))
    forms = {name: _file_of(form) for name, form in FORMS.items() if network.steps <= form.steps}
    measures = {**forms, **beside}
    to_measure = None if wrong else replace(network, params=small)
    files = {name: None if to_measure is None else _of(to_measure, each) for name, each in measures.items()}
    return Stored(count(whole), nonzero, wrong, encodings, files)


def _file_of(form: Form) -> Measure:
    """The bytes of a file; it is rendered and not run, because `lottery.export` does that before it writes one."""
    return lambda network: len(form.render(network, facts(network)))


def _of(network: SavedNetwork, measure: Measure) -> int | None:
    try:
        return measure(network)
    except InputError as error:
        if isinstance(error.__cause__, ModuleNotFoundError):  # which says nothing about the network
            raise
        return None


def _dense(params: Parameters) -> bytes:
    return _flat(params).tobytes()


def _from_dense(content: bytes, like: Parameters) -> Parameters:
    return _shaped(np.frombuffer(content, np.float32), like)


def _masked(params: Parameters) -> bytes:
    """A bit for every parameter, in whole bytes, then the values of those that are not zero."""
    flat = _flat(params)
    return np.packbits(flat != 0).tobytes() + flat[flat != 0].tobytes()


def _from_masked(content: bytes, like: Parameters) -> Parameters:
    total = count(like)
    bits = -(-total // 8)
    flat = np.zeros(total, np.float32)
    flat[np.unpackbits(np.frombuffer(content[:bits], np.uint8), count=total) == 1] = np.frombuffer(
        content[bits:], np.float32
    )
    return _shaped(flat, like)


def _integers(params: Parameters) -> bytes:
    """For every kernel and every bias its scale as a float32 and its values as multiples of it, 8 bits each."""
    content = b""
    for leaf in jax.tree.leaves(params):
        scale = np.float32(np.abs(leaf).max() / LARGEST) or np.float32(1)
        content += scale.tobytes() + np.rint(leaf / scale).astype(np.int8).tobytes()
    return content


def _from_integers(content: bytes, like: Parameters) -> Parameters:
    leaves, tree = jax.tree.flatten(like)
    found, start = [], 0
    for leaf in leaves:
        scale = np.frombuffer(content, np.float32, 1, start)
        values = np.frombuffer(content, np.int8, leaf.size, start + scale.nbytes)
        found.append((scale * values.astype(np.float32)).reshape(leaf.shape))
        start += scale.nbytes + values.nbytes
    return jax.tree.unflatten(tree, found)


def _flat(params: Parameters) -> np.ndarray:
    return np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(params)])


def _shaped(flat: np.ndarray, like: Parameters) -> Parameters:
    leaves, tree = jax.tree.flatten(like)
    parts = np.split(flat, np.cumsum([leaf.size for leaf in leaves])[:-1])
    return jax.tree.unflatten(tree, [part.reshape(leaf.shape) for part, leaf in zip(parts, leaves, strict=True)])


def _packed(by: Any) -> Encoding:
    """The dense numbers, compressed by a module of the standard library that has `compress` and `decompress`."""
    return Encoding(
        f"dense, compressed by {by.__name__}",
        lambda params: by.compress(_dense(params)),
        lambda content, like: _from_dense(by.decompress(content), like),
    )


ENCODINGS: Mapping[str, Encoding] = {
    "dense": Encoding("float32, all of them", _dense, _from_dense),
    "dense, xz": _packed(lzma),
    "dense, zlib": _packed(zlib),
    "mask, values": Encoding("a bit for each number, float32 where it is not zero", _masked, _from_masked),
    "compact": Encoding("float32, without units that do nothing", _dense, _from_dense, compacted=True),
    "compact, int8": Encoding(
        "8 bits, with a scale for each kernel and bias", _integers, _from_integers, compacted=True
    ),
}
"""The encodings of the table, the largest first."""
