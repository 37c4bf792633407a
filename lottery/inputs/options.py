"""A command's options, made of the settings classes that they set.

A field of a settings class is an option of its own accord: with its name, its type, its default, and the text that the
class's docstring has of it. Where the text says "a name of `some.module.REGISTRY`", the option lists the names.

We read the classes from their source and do not import them, because jax takes seconds to import and `--help` should
not wait for it. A test holds what is read against the imported classes.
"""

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, make_dataclass
from functools import cache
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

import docstring_parser
import tyro

ROOT = Path(__file__).parents[2]
_NAMES = re.compile(r"\b(a name|names) of `([\w.]+)`(?: except (\w+))?")
_AS_IN = re.compile(r"as in `([\w.]+)`\.?")

Own = TypeVar("Own")


@dataclass(frozen=True)
class Source:
    """A settings class whose fields become options.

    Attributes:
        of: the class, by its full name.
        leave_out: fields that are no options.
        defaults: defaults that a command has in place of the class's own.
        unset: what --help says of the default where an option that is not given is None instead of the class's
            default; "" where it has the default.
        first: fields that a short help shows; the others are options all the same.
    """

    of: str
    leave_out: tuple[str, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    unset: str = ""
    first: tuple[str, ...] = ()


@dataclass(frozen=True)
class Declared:
    """A field of a settings class as its source declares it: its type, its default and what its docstring says."""

    kind: Any
    default: Any
    text: str


def with_settings(own: type[Own], *sources: Source, short: bool = False) -> type[Own]:
    """A dataclass of options for `tyro.cli`: a command's own options and those of some settings classes.

    Args:
        own: a frozen dataclass of the options that are no settings.
        sources: the settings classes, no two of which have an option of the same name.
        short: leave what is not among the `first` of its source out of the help.
    """
    made: list[tuple[str, Any, Any]] = []
    for source in sources:
        for name, found in _fields(source).items():
            annotation, default = _option(source, name, found)
            hidden = short and name not in source.first
            made.append((name, Annotated[annotation, tyro.conf.Suppress] if hidden else annotation, default))
    return make_dataclass(own.__name__, made, bases=(own,), frozen=True)


def given(options: Any, source: Source) -> dict[str, Any]:
    """The settings of one class among the options of a command, without those that are None."""
    values = {name: getattr(options, name) for name in _fields(source)}
    return {name: value for name, value in values.items() if value is not None}


def _option(source: Source, name: str, found: Declared) -> tuple[Any, Any]:
    """The annotation and the default of the option for one field."""
    default = None if source.unset else source.defaults.get(name, found.default)
    kind = found.kind if default is not None else found.kind | None
    hint = source.unset or ("not set by default" if default in (None, ()) else None)
    words = tyro.conf.arg(
        help=found.text.rstrip("."),
        # A flag, `--inverted`, takes nothing after it.
        metavar=None if kind is bool else _metavar(found.kind),
        help_behavior_hint=None if hint is None else f"({hint})",
    )
    return Annotated[kind, words], default


def _metavar(kind: Any) -> str:
    """What --help shows in the place of a value: tyro would show that of `int | None` as `{None}|INT`."""
    kinds = [one for one in get_args(kind) or (kind,) if one not in (NoneType, Ellipsis)]
    several = [one for one in (kind, *kinds) if get_origin(one) is tuple]
    if several:
        return f"{_metavar(get_args(several[0])[0])} ..."
    return {int: "INT", float: "FLOAT", bool: "{True,False}"}.get(kinds[0], "NAME")


def _fields(source: Source) -> dict[str, Declared]:
    return {name: found for name, found in declared(source.of).items() if name not in source.leave_out}


@cache
def declared(of: str) -> dict[str, Declared]:
    """The fields of a settings class, read from its source.

    Args:
        of: full name of the class; its fields have literal defaults, and a text each in its docstring.

    Raises:
        LookupError: where there is no such class, or one of its fields cannot be an option.
    """
    node = _definition(of)
    if not isinstance(node, ast.ClassDef):
        raise LookupError(f"{of} is no class.")
    texts = {
        entry.arg_name: entry.description for entry in docstring_parser.parse(ast.get_docstring(node) or "").params
    }
    found = {}
    for line in node.body:
        # A field that holds settings itself, made by a call, is no option: its class is a source of its own.
        if isinstance(line, ast.AnnAssign) and not isinstance(line.value, ast.Call):
            name = ast.unparse(line.target)
            if line.value is None or not (text := texts.get(name)):
                raise LookupError(f"{name} of {of} needs a default and a text in the docstring to be an option.")
            found[name] = Declared(_kind(line.annotation), ast.literal_eval(line.value), _written_out(text, name))
    return found


@cache
def names_of(registry: str) -> tuple[str, ...]:
    """The names in a registry (a literal dict) or a literal tuple of names, read from its source.

    Args:
        registry: its full name.
    """
    node = _definition(registry)
    literal = next((part for part in ast.walk(node) if isinstance(part, ast.Dict | ast.Tuple)), None)
    if literal is None:
        raise LookupError(f"{registry} is no literal dict or tuple.")
    # Of a dict that is added to another, `**other`, the key is None: literal_eval refuses it.
    names: list[Any] = [*(literal.keys if isinstance(literal, ast.Dict) else literal.elts)]
    return tuple(map(ast.literal_eval, names))


def _kind(annotation: ast.expr) -> Any:
    """The type that an annotation of builtin types means."""
    return get_type_hints(type("Holder", (), {"__annotations__": {"it": ast.unparse(annotation)}}))["it"]


def _written_out(text: str, name: str) -> str:
    """A field's text on one line, with the names or the text that it refers to in place of the reference."""
    if elsewhere := _AS_IN.fullmatch(text):
        return declared(elsewhere[1])[name].text

    def listed(match: re.Match[str]) -> str:
        names = [each for each in names_of(match[2]) if each != match[3]]
        return f"{'one' if match[1] == 'a name' else 'some'} of {', '.join(names)}"

    return _NAMES.sub(listed, " ".join(text.split()))


@cache
def _parsed(module: str) -> ast.Module:
    path = ROOT.joinpath(*module.split("."))
    return ast.parse((path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text("utf-8"))


def _definition(of: str) -> ast.AST:
    """Where a class or a value is defined, by its full name in a module that defines or imports it."""
    module, _, name = of.rpartition(".")
    for node in _parsed(module).body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            return node
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if name in map(ast.unparse, targets):
                return node.value
        if isinstance(node, ast.ImportFrom) and name in [each.name for each in node.names]:
            return _definition(f"{node.module}.{name}")
    raise LookupError(f"{module} has no {name}.")
