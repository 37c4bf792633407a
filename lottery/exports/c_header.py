"""C: one freestanding C99 header that needs no library and no heap, in three kinds.

    float32    the weights as they are (lottery/exports/c_floats.py)
    int8       weights and biases of eight bits, proved anew (lottery/exports/c_integers.py)
    bits       logic on words of 32 cells (lottery/exports/c_logic.py)

The text around them is `c_header.h.jinja`. The last proof compiles the header with the C compiler of this machine and
runs it (lottery/exports/c_compiler.py).
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from gol.errors import InputError, shown
from lottery.exports.c_compiler import answers_of, require_compiler
from lottery.exports.c_floats import in_floats
from lottery.exports.c_integers import in_integers
from lottery.exports.c_logic import in_words
from lottery.exports.form import Answers
from lottery.runs.saved_networks import SavedNetwork

KINDS: dict[str, Callable[[SavedNetwork], dict[str, Any]]] = {
    "float32": in_floats,
    "int8": in_integers,
    "bits": in_words,
}
"""What the template needs of each kind: `about` in sentences, and `layers` or `gates`."""
_LONGEST = 600  # characters of one fact: C99 lets a compiler refuse strings of more than 4,095
_PLAIN = {chr(code) for code in range(32, 127)} - set('"\\?')


def render(network: SavedNetwork, facts: Mapping[str, str], kind: str) -> bytes:
    """The header of a network of one step.

    Args:
        network: compacted, float32.
        facts: what is known about it; they become macros, which cost a program nothing unless it uses them.
        kind: a name of `KINDS`.

    Raises:
        InputError: for an activation other than ReLU, or where the kind cannot hold the network.
    """
    if network.activation != "relu":
        raise InputError(f"Only a network with ReLU can be exported to C, and this one has {network.activation}.")
    found = KINDS[kind](network)
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - C, no HTML
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    texts = {name.upper(): c_string(value) for name, value in facts.items()}
    return environment.get_template("c_header.h.jinja").render(**found, facts=texts, padding=network.padding).encode()


def answers(content: bytes, kind: str) -> Answers:
    """What a header answers, compiled and run on this machine.

    Raises:
        InputError: where there is no C compiler.
    """
    return answers_of(content, kind, require_compiler())


def c_string(text: str) -> str:
    r"""A text as a C99 string: what is no plain ASCII in octal, and question marks too, which might be trigraphs.

    Example:
        >>> print(c_string('say "??/" é'))
        "say \042\077\077/\042 \303\251"
    """
    cut = shown(text, longest=_LONGEST)
    return '"' + "".join(c if c in _PLAIN else "".join(f"\\{byte:03o}" for byte in c.encode()) for c in cut) + '"'
