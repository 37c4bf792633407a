"""Settings that are what their annotations say: plain Python values, whole numbers where whole numbers are meant.

Types that a user means are made plain (numpy's numbers, lists for tuples), so that equal settings are equal and have
the same name on disk; others are refused in a sentence, where the settings are made and not deep inside a run.
"""

from collections.abc import Iterable
from functools import lru_cache
from inspect import get_annotations
from math import isfinite
from types import NoneType, UnionType
from typing import Any, TypeAlias, Union, get_args, get_origin, get_type_hints

import jax
import numpy as np

from gol.errors import InputError

Numbers: TypeAlias = Iterable[int | np.integer]
"""Whole numbers, such as those of replicates: a range, a list, an array, ..."""

_WORDS = {int: "a whole number", float: "a finite number", bool: "True or False", str: "a text", NoneType: "None"}
_PLURALS = {int: "whole numbers", float: "finite numbers", str: "texts"}


class _MismatchError(Exception):
    """A value is not of a type."""


def check_types(settings: Any, of: type | None = None) -> None:
    """Make the fields of a settings dataclass plain, in place, and refuse what is not of the annotated type.

    Args:
        settings: just made; frozen or not.
        of: the class whose annotations count, by default the settings' own.

    Raises:
        InputError: for a value of another type, or a number that is not finite.
    """
    for name, kind in _hints(of or type(settings)):
        value = getattr(settings, name)
        try:
            plain = _plain(value, kind)
        except _MismatchError as error:
            raise InputError(f"{name} is {_short(value)}: it has to be {_words(kind)}.") from error
        if plain is not value:
            object.__setattr__(settings, name, plain)


@lru_cache(maxsize=32)
def _hints(kind: type) -> tuple[tuple[str, Any], ...]:
    own = get_annotations(kind)
    return tuple((name, hint) for name, hint in get_type_hints(kind).items() if name in own)


def _plain(value: Any, kind: Any) -> Any:
    if isinstance(value, np.generic):
        # The number that a float32 is written as is meant, not the double that it happens to be.
        value = float(str(value)) if isinstance(value, np.floating) else value.item()
    if get_origin(kind) in (Union, UnionType):
        for each in get_args(kind):
            try:
                return _plain(value, each)
            except _MismatchError:
                continue
        raise _MismatchError
    if get_origin(kind) is tuple:
        if not isinstance(value, tuple | list | np.ndarray):
            raise _MismatchError
        kinds = get_args(kind)
        if kinds[-1] is Ellipsis:
            kinds = (kinds[0],) * len(value)
        if len(kinds) != len(value):
            raise _MismatchError
        found = tuple(_plain(each, its) for each, its in zip(value, kinds, strict=True))
        same = isinstance(value, tuple) and all(a is b for a, b in zip(found, value, strict=True))
        return value if same else found
    # A bool is an int to Python, and an int is as good as a float; the latter stays what it is, and so does its name.
    fits = isinstance(value, (int, float) if kind is float else kind) and (kind is bool or not isinstance(value, bool))
    if not fits or (kind is float and not isfinite(value)):
        raise _MismatchError
    return value


def _words(kind: Any) -> str:
    if get_origin(kind) in (Union, UnionType):
        return " or ".join(_words(each) for each in get_args(kind))
    if get_origin(kind) is tuple:
        kinds = get_args(kind)
        count = "" if kinds[-1] is Ellipsis else f"{len(kinds)} "
        return f"a tuple of {count}{_PLURALS.get(kinds[0], 'tuples')}"
    return _WORDS.get(kind) or f"a {kind.__name__}"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 60 else f"{text[:56]} ..."


def whole_numbers(name: str, values: Numbers) -> list[int]:
    """Whole numbers from 0 on, out of anything that gives them one after the other, as a list of Python's integers.

    Args:
        name: of the argument, for the sentence of a refusal.
        values: the numbers.

    Raises:
        InputError: where there is none, or one is no whole number or below 0.
    """
    try:
        found = [each.item() if isinstance(each, np.generic | jax.Array) else each for each in values]
    except (TypeError, ValueError) as error:  # one number, or an array of several axes
        raise InputError(f"{name} is {_short(values)}: it takes several whole numbers, such as range(8).") from error
    if not found or any(type(each) is not int or each < 0 for each in found):
        raise InputError(f"{name} is {_short(found)}: it takes at least one number, and whole numbers from 0 on.")
    return [int(each) for each in found]
