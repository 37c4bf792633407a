"""HTML: one offline page in which the network plays Life beside the rule, drawn with the weights that are left.

The page holds the weights as JSON and does the network's arithmetic itself, in doubles. A network of one step can be
asked 512 questions, so the page asks all of them once and looks the answers up while it plays. Its script and its style
are the files demo.js and demo.css, written into demo.html.jinja; a content security policy lets nothing else run and
nothing be fetched.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, UInt8
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

import gol
from gol.errors import InputError
from gol.patterns import KNOWN_PATTERNS, pattern
from gol.rules import Rule, parse_any_rule
from lottery.exports.form import Answers
from lottery.networks.activations import ACTIVATIONS
from lottery.networks.lifenet import slope_of
from lottery.networks.masks import layers_in_order
from lottery.networks.neighbourhoods import NEIGHBOURHOODS, right_side, topology_of
from lottery.runs.saved_networks import SavedNetwork

HELD = ("relu", "leaky_relu", "prelu", "prelu_channels", "silu", "celu", "tanh", "sigmoid", "square", "sine")
"""The activations that the page's script knows."""

_HERE = Path(__file__).parent
_DATA = re.compile(rb'<script type="application/json" id="data">(.*?)</script>', re.DOTALL)


def render(network: SavedNetwork, facts: Mapping[str, str]) -> bytes:
    """The page of one network.

    Args:
        network: of one step.
        facts: what is known about it.

    Raises:
        InputError: for an activation that the page's script does not know.
    """
    return render_levels([network], [facts])


def render_levels(networks: Sequence[SavedNetwork], facts: Sequence[Mapping[str, str]]) -> bytes:
    """The page of one network at several levels of pruning, with a slider from the first to the last.

    It opens with the last level that is always right, or with the first one if none is.

    Args:
        networks: of one step, one rule, one padding and one activation; all of one shape or each of its own.
        facts: what is known about each.

    Raises:
        InputError: for networks that cannot be on one page.
    """
    check(networks)
    first = networks[0]
    levels = [
        {"layers": _layers(network), "origin": known["origin"], "certificate": known["certificate"]}
        for network, known in zip(networks, facts, strict=True)
    ]
    right = [index for index, level in enumerate(levels) if _is_right(level, first)]
    start = right[-1] if right else 0
    data = {
        "rule": _rule(first.rule),
        "activation": first.activation,
        "padding": first.padding,
        "start": start,
        "levels": levels,
        "patterns": [
            {
                "name": known.name,
                "kind": known.kind,
                "rows": ["".join(".O"[cell] for cell in row) for row in pattern(known.name)],
            }
            for known in KNOWN_PATTERNS.values()
        ],
    }
    return _page(data, facts[start]).encode()


def check(networks: Sequence[SavedNetwork]) -> None:
    """Refuse networks that cannot be on one page.

    Raises:
        InputError: where there are none, they differ in rule, padding or activation, look further ahead than one step,
            or have an activation that the page's script does not know.
    """
    if not networks:
        raise InputError("A page needs at least one network.")
    if len({(network.rule, network.padding, network.activation) for network in networks}) > 1:
        raise InputError("The levels of a page have to be of one rule, one padding and one activation.")
    if (steps := max(network.steps for network in networks)) > 1:
        raise InputError(f"A network of {steps} steps cannot be on a page, which is for networks of 1 step.")
    if (activation := networks[0].activation) not in HELD:
        raise InputError(f"A page cannot hold the activation {activation!r}: it is one of {', '.join(HELD)}.")


def answers(content: bytes, level: int | None = None) -> Answers:
    """What a page answers, from the weights in it and by its script's operations in their order, in float64.

    Args:
        content: the page.
        level: of pruning; None is the one that the page opens with.
    """
    data = read(content)
    table = logits(data, level) > 0

    def ask(boards: UInt8[np.ndarray, "boards height width"]) -> Bool[np.ndarray, "boards height width"]:
        return table[np.asarray(gol.neighbourhood_codes(boards, topology_of(data["padding"])))]

    return ask


def read(content: bytes) -> dict[str, Any]:
    """The data of a page: rule, padding, activation, levels and patterns.

    Raises:
        InputError: where there is none in it.
    """
    found = _DATA.search(content)
    if found is None:
        raise InputError("This is no page of a network: it holds no data.")
    return json.loads(found[1])


def logits(data: Mapping[str, Any], level: int | None = None) -> Float[np.ndarray, "512"]:
    """A page's logits of all neighbourhoods, by code, in float64: every sum starts with the bias and goes in order.

    Args:
        data: of the page, as `read` finds it.
        level: of pruning; None is the one that the page opens with.
    """
    chosen = data["levels"][data["start"] if level is None else level]
    return _logits(chosen, data["activation"])


def _logits(level: Mapping[str, Any], activation: str) -> Float[np.ndarray, "512"]:
    values = NEIGHBOURHOODS.astype(np.float64)
    for layer in level["layers"]:
        weights, bias = _doubles(layer["weights"]), _doubles(layer["bias"])
        total = np.broadcast_to(bias, (len(values), len(bias)))
        for place in range(weights.shape[1]):
            total = total + weights[:, place] * values[:, place, None]
        slope = None if layer["slope"] is None else _doubles(layer["slope"])
        values = ACTIVATIONS[activation].check(total, slope) if layer["activated"] else total
    return values[:, 0]


def _doubles(numbers: Any) -> np.ndarray:
    """Decimal numbers -> the float32 that they are short for -> doubles, as `Math.fround` does in the page."""
    return np.array(numbers, np.float64).astype(np.float32).astype(np.float64)


def _is_right(level: Mapping[str, Any], network: SavedNetwork) -> bool:
    alive = np.asarray(gol.truth_table(network.rule), bool)
    return bool(right_side(_logits(level, network.activation), alive).all())


def _layers(network: SavedNetwork) -> list[dict[str, Any]]:
    """The layers from the cells to the logit: weights by unit, biases, slopes; the last one is not activated."""
    names = layers_in_order(network.params)
    found = []
    for name in names:
        kernel, bias = (np.asarray(network.params[name][part], np.float32) for part in ("kernel", "bias"))
        slope = slope_of(network.params, name)
        found.append(
            {
                "weights": [_decimals(unit) for unit in kernel.reshape(-1, kernel.shape[-1]).T],
                "bias": _decimals(bias),
                "slope": None if slope is None else _decimals(np.broadcast_to(slope, bias.shape)),
                "activated": name != names[-1],
            }
        )
    return found


def _decimals(numbers: np.ndarray) -> list[float | int]:
    """The shortest decimal numbers that are read as these float32; whole ones without a point."""
    decimals = (float(str(np.float32(number))) for number in numbers)
    return [int(number) if number.is_integer() else number for number in decimals]


def _rule(name: str) -> dict[str, Any]:
    """A rule for a script that counts neighbours, or by its 512 answers where counts do not decide."""
    rule = parse_any_rule(name)
    if isinstance(rule, Rule):
        return {"name": str(rule), "birth": sorted(rule.birth), "survival": sorted(rule.survival)}
    return {"name": "a rule of 512 answers", "table": "".join(map(str, rule.answers))}


def _page(data: Mapping[str, Any], facts: Mapping[str, str]) -> str:
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    script, style = ((_HERE / f"demo.{kind}").read_text(encoding="utf-8") for kind in ("js", "css"))
    # "<" in a string would end the element that holds it; JSON may write it otherwise.
    held = json.dumps(data, separators=(",", ":"), allow_nan=False, ensure_ascii=False).replace("<", "\\u003c")
    return environment.get_template("demo.html.jinja").render(
        facts=facts,
        rule=data["rule"],
        levels=len(data["levels"]),
        data=Markup(held),  # noqa: S704 - escaped above
        script=Markup(script),  # noqa: S704 - our own file
        style=Markup(style),  # noqa: S704 - our own file
        script_hash=_hash(script),
        style_hash=_hash(style),
    )


def _hash(text: str) -> str:
    """What a content security policy calls this text."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
