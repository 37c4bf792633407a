"""Proofs that a network computes the Game of Life, refutations with a counterexample, and honest bounds otherwise.

One step: a network sees nothing but 3x3 neighbourhoods, so its 512 answers are all it can ever say. Two steps: its
answer depends on a 5x5 window, of which there are 2^25; at the edge of a zero-padded board on fewer cells. Any number
of steps, by composition: if every block answers all 512 neighbourhoods of two vectors "dead" and "alive" with again
exactly two vectors, split as the rule splits them, then the chain of blocks computes the chain of generations.
Otherwise fresh random boards give a bound on the error rate, which is never called exact, and a search for a window
that they hardly ever show may refute the network.
"""

from dataclasses import asdict, dataclass
from typing import Any

import jax
import numpy as np

import gol
from gol.errors import InputError
from lottery import sampled, windows
from lottery.activations import ACTIVATIONS, slope_shape
from lottery.losses import NEIGHBOURHOODS
from lottery.networks import Parameters, steps_of
from lottery.sampled import right_side
from lottery.statistics import error_rate_bound
from lottery.storage import flatten

METHODS = ("auto", "neighbourhoods", "windows", "composition", "sampled")


@dataclass(frozen=True)
class Certificate:
    """What is known about a network's correctness.

    Attributes:
        kind: "neighbourhoods", "windows", "composition" or "sampled".
        exact: whether the kind is a proof over every input; a sampled certificate never is, unless it found an error.
        correct: every answer looked at was right, in `dtype` and in float64.
        checked: how many windows (or, sampled, boards) were looked at. Where all sampled boards are right, one more is
            the least sure window that a search found, on an otherwise dead board.
        wrong: how many of them were wrong.
        example: one wrong window as rows of `.` and `O`, or None; cells beyond a zero-padded edge are `-`.
        margin: the smallest |logit|; 0 where any answer is wrong.
        dtype: the floating-point type of the check, always beside float64.
        agrees: whether float64 comes to the same verdict on every window (by windows: finds as many wrong ones, and
            the same first one).
        error_rate_bound: for a sampled certificate without an error, the 95 % upper bound on the share of random
            boards with an error, 1 - 0.05^(1/N); else None.
        explanation: the argument in a sentence.
    """

    kind: str
    exact: bool
    correct: bool
    checked: int
    wrong: int
    example: str | None
    margin: float
    dtype: str
    agrees: bool
    error_rate_bound: float | None
    explanation: str

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


@np.errstate(over="ignore", invalid="ignore")  # a network that diverged is refuted, not complained about
def certify(
    params: Parameters,
    *,
    padding: str = "torus",
    rule: str = "B3/S23",
    activation: str = "relu",
    method: str = "auto",
    seed: int = 0,
) -> Certificate:
    """Prove or refute that a network predicts its rule on every board, or bound its error rate.

    Args:
        params: the parameters of a `LifeNet`, untied; steps and widths are read off them.
        padding: "torus" or "zero", as the network is used.
        rule: the cellular automaton, in B/S notation.
        activation: of the network, a name of `lottery.activations.ACTIVATIONS`.
        method: "neighbourhoods" (n=1), "windows" (n=2), "composition" (any n), "sampled", or "auto": the first of
            these that applies.
        seed: of the boards of a sampled certificate.

    Returns:
        The certificate. It is in float32 and float64: an answer counts as right only where both are.

    Raises:
        InputError: for parameters that are no LifeNet's, or a method that does not apply to them.
    """
    steps = _check(params, padding, activation, method)
    table = np.asarray(gol.truth_table(gol.parse_rule(rule)), bool)
    if method == "neighbourhoods" or (method == "auto" and steps == 1):
        return _by_neighbourhoods(params, table, activation)
    if method == "windows" or (method == "auto" and steps == 2):
        return windows_certificate(params, padding, table, activation)
    if method != "sampled":
        composed = _by_composition(params, padding, table, activation)
        if composed is not None:
            return composed
        if method == "composition":
            raise InputError("The argument by composition does not apply: a block gives more than two answers.")
    return _by_sampling(params, padding, rule, activation, seed)


def _check(params: Parameters, padding: str, activation: str, method: str) -> int:
    if method not in METHODS:
        raise InputError(f"Unknown method {method!r}: it is one of {', '.join(METHODS)}.")
    if padding not in ("torus", "zero"):
        raise InputError(f"Unknown padding {padding!r}: a certificate is for torus or zero.")
    if activation not in ACTIVATIONS:
        raise InputError(f"Unknown activation {activation!r}: it is one of {', '.join(ACTIVATIONS)}.")
    steps = steps_of(params)
    expected = {f"block{i}_{size}" for i in range(steps) for size in ("3x3", "1x1")}
    activated = set(expected)
    if steps == 1 and "readout" not in params:
        activated -= {"block0_1x1"}  # it gives the logits
    else:
        expected |= {"readout"}
    if ACTIVATIONS[activation].learned:
        expected |= {f"{layer}_slope" for layer in activated}
    if steps == 0 or set(params) != expected:
        raise InputError(f"These are not the parameters of a LifeNet: found {', '.join(sorted(params)) or 'nothing'}.")
    found = {name: leaf.shape for name, leaf in flatten(params).items()}
    a, b = ((0, *found.get(f"block0_{size}/kernel", ()))[-1] for size in ("3x3", "1x1"))
    # Without a read-out the one channel of the 1x1 convolution is the logit.
    shapes = _shapes(steps, a, b if "readout" in params else 1, "readout" in params)
    for layer in activated:
        if (slope := slope_shape(activation, shapes[f"{layer}/bias"][0])) is not None:
            shapes[f"{layer}_slope/slope"] = slope
    for name, shape in shapes.items():
        if found.pop(name, None) != shape:
            raise InputError(f"These are not the parameters of a LifeNet: {name} should have the shape {shape}.")
    if found:
        raise InputError(f"These are not the parameters of a LifeNet: {min(found)} is none of its layers.")
    needed = {"neighbourhoods": 1, "windows": 2}.get(method)
    if needed is not None and steps != needed:
        raise InputError(f"Method {method} is for networks of {needed} step(s), and this one has {steps}.")
    return steps


def _shapes(steps: int, a: int, b: int, readout: bool) -> dict[str, tuple[int, ...]]:
    """The shape of every weight and bias of `LifeNet(steps, features=(a, b))`, by its flat name."""
    shapes: dict[str, tuple[int, ...]] = {"readout/kernel": (1, 1, b, 1), "readout/bias": (1,)} if readout else {}
    for i in range(steps):
        shapes |= {f"block{i}_3x3/kernel": (3, 3, b if i else 1, a), f"block{i}_3x3/bias": (a,)}
        shapes |= {f"block{i}_1x1/kernel": (1, 1, a, b), f"block{i}_1x1/bias": (b,)}
    return shapes


def read_out(params: Parameters, x: np.ndarray) -> np.ndarray:
    """The logits (patterns,) of vectors (patterns, b), numpy; without a read-out the vectors are the logits."""
    if "readout" not in params:
        return x[:, 0]
    return (x @ params["readout"]["kernel"][0, 0] + params["readout"]["bias"])[:, 0]


def _as(params: Parameters, dtype: type) -> Parameters:
    return jax.tree.map(lambda leaf: np.asarray(leaf, dtype), params)


def _by_neighbourhoods(params: Parameters, table: np.ndarray, activation: str) -> Certificate:
    logit = {}
    for dtype in (np.float32, np.float64):
        inputs = NEIGHBOURHOODS.astype(dtype)[:, :, None]
        typed = _as(params, dtype)
        logit[dtype] = read_out(typed, windows.block_answers(typed, 0, inputs, activation))
    right = {dtype: right_side(z, table) for dtype, z in logit.items()}
    good = right[np.float32] & right[np.float64]
    wrong = int(np.sum(~good))
    return Certificate(
        kind="neighbourhoods",
        exact=True,
        correct=wrong == 0,
        checked=512,
        wrong=wrong,
        example=None if wrong == 0 else windows.picture(int(np.argmin(good)), 3),
        margin=float(np.min(np.abs(logit[np.float32]))) if wrong == 0 else 0.0,
        dtype="float32",
        agrees=bool(np.all(right[np.float32] == right[np.float64])),
        error_rate_bound=None,
        explanation="A one-step network sees only 3x3 neighbourhoods; all 512 were tried.",
    )


def windows_certificate(params: Parameters, padding: str, table: np.ndarray, activation: str = "relu") -> Certificate:
    """Certificate of a two-step network on all 2^25 windows, and on the edge and corner windows of zero padding.

    Args:
        params: of a two-step network.
        padding: "torus" or "zero".
        table: (512,) bool, the rule's truth table.
        activation: a name of `lottery.activations.ACTIVATIONS`.
    """
    single = windows.check_all(_as(params, np.float32), padding, table, activation)
    double = windows.check_all(_as(params, np.float64), padding, table, activation)
    worse = single if single.wrong >= double.wrong else double
    correct = single.wrong == 0 and double.wrong == 0
    edges = " and at every edge and corner of a zero-padded board" if padding == "zero" else ""
    return Certificate(
        kind="windows",
        exact=True,
        correct=correct,
        checked=single.checked,
        wrong=worse.wrong,
        example=worse.example,
        margin=single.margin if correct else 0.0,
        dtype="float32",
        agrees=single.wrong == double.wrong and single.example == double.example,
        error_rate_bound=None,
        explanation=f"A two-step network sees only 5x5 windows; all 2^25 were tried{edges}.",
    )


def _by_composition(params: Parameters, padding: str, table: np.ndarray, activation: str) -> Certificate | None:
    """The argument by composition, or None where it does not apply (which refutes nothing)."""
    margins = {}
    for dtype in (np.float32, np.float64):
        typed = _as(params, dtype)
        dead, alive = np.zeros(1, dtype), np.ones(1, dtype)
        for block in range(steps_of(params)):
            inputs = np.where(NEIGHBOURHOODS[:, :, None] > 0, alive, dead)
            answers = windows.block_answers(typed, block, inputs, activation)
            dead, alive = answers[np.argmin(table)], answers[np.argmax(table)]
            if not np.array_equal(answers, np.where(table[:, None], alive, dead)):
                return None
            last = block == steps_of(params) - 1
            if padding == "zero" and dead.any() and not last:  # beyond the edge a hidden layer is 0: it must mean dead
                return None
        logit = read_out(typed, np.stack([dead, alive]))
        if not right_side(logit, np.array([False, True])).all():
            return None
        margins[dtype] = float(np.min(np.abs(logit)))
    steps = steps_of(params)
    return Certificate(
        kind="composition",
        exact=True,
        correct=True,
        checked=512 * steps,
        wrong=0,
        example=None,
        margin=margins[np.float32],
        dtype="float32",
        agrees=True,
        error_rate_bound=None,
        explanation=(
            f"Each of the {steps} blocks, tried on all 512 neighbourhoods of the two vectors that the block before it "
            "gives, answers with exactly two vectors, split as the rule splits them; so the chain computes "
            f"{steps} generations."
        ),
    )


def _by_sampling(params: Parameters, padding: str, rule: str, activation: str, seed: int) -> Certificate:
    found = sampled.check_boards(params, padding, rule, activation, seed)
    tried = f"{sampled.BOARDS} fresh boards with densities from U(0,1) were tried"
    if not found.searched:
        outcome = ": a counterexample refutes the network."
    elif found.wrong:
        outcome = ", all right, but a search for windows where the network is unsure found one that refutes it."
    else:
        outcome = (
            ", and the window where a search found the network least sure: a bound on the error rate, not a proof."
        )
    return Certificate(
        kind="sampled",
        exact=found.wrong > 0,
        correct=found.wrong == 0,
        checked=found.checked,
        wrong=found.wrong,
        example=found.example,
        margin=0.0 if found.wrong else found.margin,
        dtype="float32",
        agrees=found.agrees,
        error_rate_bound=None if found.wrong else error_rate_bound(sampled.BOARDS),
        explanation=tried + outcome,
    )
