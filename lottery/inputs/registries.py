"""Things that settings name: a registry is a dictionary, to which a user adds things of their own.

A run is identified by the names in its settings (and a piece by a hash of them), never by the code behind a name: give
a function that computes something else another name. So a name stands for one thing as long as a process runs.
"""

from typing import TypeVar

from gol.errors import InputError, shown

T = TypeVar("T")


def register(registry: dict[str, T], what: str, name: str, value: T) -> None:
    """Add something to a registry under a new name.

    Args:
        registry: what there is, by name.
        what: kind of thing, as a refusal calls it.
        name: of the new one, made of letters, digits, "_" and "-".
        value: the new one.

    Raises:
        InputError: where the name is taken or no proper one.
    """
    if not isinstance(name, str) or not name.replace("-", "_").isidentifier():
        raise InputError(f"The name of this {what} is {shown(str(name))!r}: it takes letters, digits, _ and -.")
    if name in registry:
        raise InputError(f"The {what} {name!r} exists already: choose another name.")
    registry[name] = value


def require_callable(what: str, function: object) -> None:
    """Refuse what cannot be called.

    Args:
        what: kind of thing, as a refusal calls it.
        function: what was given.

    Raises:
        InputError: where it is no function.
    """
    if not callable(function):
        raise InputError(f"A {what} has to be a function, not {type(function).__name__}.")
