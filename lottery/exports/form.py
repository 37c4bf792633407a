"""A form: how a network becomes a file that others run, and how such a file is run to prove it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from jaxtyping import Bool, UInt8

from gol.errors import InputError
from lottery.runs.saved_networks import SavedNetwork

Answers = Callable[[UInt8[np.ndarray, "boards height width"]], Bool[np.ndarray, "boards height width"]]
"""What a file answers: boards of zeros and ones of one size -> the boards `steps` generations later."""


@dataclass(frozen=True)
class Form:
    """One form of an exported network.

    Attributes:
        about: what the file is and who runs it, in a few words.
        suffix: how the name of a file ends where nobody chooses another.
        module: where it is made: a module with `render(network, facts) -> bytes` and `answers(content) -> Answers`.
        options: arguments by name that both take besides, such as the type of the numbers.
        steps: the most generations ahead whose networks it can hold and prove.
    """

    about: str
    suffix: str
    module: str
    options: Mapping[str, Any]
    steps: int = 1

    def render(self, network: SavedNetwork, facts: Mapping[str, str]) -> bytes:
        """The file of a network.

        Args:
            network: compacted, float32.
            facts: what is known about it, to be written into the file: rule, padding, steps, origin, certificate,
                version.

        Raises:
            InputError: for a network that the form cannot hold.
        """
        return import_module(self.module).render(network, facts, **self.options)

    def answers(self, content: bytes) -> Answers:
        """The function that a file computes, run with what its users have.

        Raises:
            InputError: where something that is needed to run it is not installed.
        """
        return import_module(self.module).answers(content, **self.options)


_HERE = "lottery.exports"
FORMS: dict[str, Form] = {
    "safetensors": Form(
        "tensors, as numpy, JAX and PyTorch load them", ".safetensors", f"{_HERE}.safetensors_file", {}, 2
    ),
    "html": Form("an offline page on which it plays beside the rule", ".html", f"{_HERE}.html_page", {}),
    "c": Form("a C99 header, float32", ".h", f"{_HERE}.c_header", {"kind": "float32"}),
    "c-int8": Form("a C99 header, integers of 8 bits", "-int8.h", f"{_HERE}.c_header", {"kind": "int8"}),
    "c-bits": Form("a C99 header, logic on 32 cells at once", "-bits.h", f"{_HERE}.c_header", {"kind": "bits"}),
    "onnx": Form("a graph of standard operators, for onnxruntime", ".onnx", f"{_HERE}.onnx_file", {}, 2),
    "stablehlo": Form(
        "a function that jax loads, without this package", ".stablehlo", f"{_HERE}.stablehlo_file", {}, 2
    ),
}
"""All forms by the names that a user gives."""


def form_of(name: str) -> Form:
    """The form of a name.

    Raises:
        InputError: where there is none.
    """
    if name not in FORMS:
        raise InputError(f"Unknown form {name!r}: it is one of {', '.join(FORMS)}.")
    return FORMS[name]


def optional(module: str) -> Any:
    """Import a module of the extra `export`.

    Raises:
        InputError: where it is not installed.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        package = module.partition(".")[0]
        raise InputError(f"This form needs {package}, which comes with pip install 'gol-lottery[export]'.") from error
