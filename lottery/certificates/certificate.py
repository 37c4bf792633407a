"""Proofs that a network computes the Game of Life, refutations with a counterexample, and honest bounds otherwise.

One step: a network sees nothing but 3x3 neighbourhoods, so its 512 answers are all it can ever say. Two steps: its
answer depends on a 5x5 window, of which there are 2^25; at the edge of a zero-padded board on fewer cells. Any number
of steps, by composition: if every block answers all 512 neighbourhoods of two vectors "dead" and "alive" with again
exactly two vectors, split as the rule splits them, then the chain of blocks computes the chain of generations.
Otherwise fresh random boards give a bound on the error rate, which is never called exact, and a search for a window
that they hardly ever show may refute the network.

All this is computed from the parameters of a `LifeNet`. Any other network is called instead
(lottery/certificates/by_calling.py): on all windows where its program shows that they decide its answers
(lottery/certificates/receptive_field.py), else on random boards.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

import gol
from gol.errors import InputError
from lottery.certificates import all_windows, random_boards
from lottery.certificates.by_calling import check_windows, proof_radius
from lottery.certificates.receptive_field import UnknownProgramError
from lottery.inputs import numerics
from lottery.networks.lifenet import LifeNet, Network, Parameters, is_lifenet, padding_of, steps_of, untie
from lottery.networks.neighbourhoods import NEIGHBOURHOODS, right_side
from lottery.networks.parameter_checks import check_answers, check_lifenet_parameters, check_network, check_parameters
from lottery.networks.trees import on_host
from lottery.runs.saved_networks import SavedNetwork
from lottery.statistics.rates import error_rate_bound

METHODS = ("auto", "neighbourhoods", "windows", "composition", "sampled")


@dataclass(frozen=True)
class Certificate:
    """What is known about a network's correctness.

    Attributes:
        kind: "neighbourhoods" (of 3x3 cells), "windows" (of 5x5 cells), "composition" or "sampled".
        exact: whether the kind is a proof over every input; a sampled certificate never is, unless it found an error.
        correct: every answer looked at was right, in `dtype` and in float64.
        checked: how many windows (or, sampled, boards) were looked at. Where all sampled boards are right, one more is
            the least sure window that a search found, on an otherwise dead board (of a LifeNet only).
        wrong: how many of them were wrong.
        example: one wrong window as rows of `.` and `O`, or None; cells beyond a zero-padded edge are `-`.
        margin: the smallest absolute logit; 0 where any answer is wrong.
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


@numerics.pinned()
@np.errstate(over="ignore", invalid="ignore")  # a network that diverged is refuted, not complained about
def certify(
    params: Parameters | SavedNetwork,
    *,
    net: Network | None = None,
    padding: str | None = None,
    rule: str | None = None,
    activation: str | None = None,
    method: str = "auto",
    seed: int = 0,
) -> Certificate:
    """Prove or refute that a network predicts its rule on every board, or bound its error rate.

    Args:
        params: the parameters of one network, or a saved network, which knows its padding, rule and activation.
        net: the network that they are for. By default an untied `LifeNet`; steps and widths are read off them.
        padding: "torus" (the default) or "zero", as the network is used; where `net` is given it knows its own.
        rule: the cellular automaton, in B/S notation or as a MAP string; by default B3/S23.
        activation: of a LifeNet, a name of `lottery.networks.activations.ACTIVATIONS`, by default "relu"; as `padding`.
        method: "neighbourhoods" (n=1), "windows" (n=2), "composition" (any n, LifeNets), "sampled", or "auto": the
            first of these that applies. A network that is called has its 512 neighbourhoods or 2^25 windows by how far
            it sees, not below n.
        seed: of the boards of a sampled certificate.

    Returns:
        The certificate. It is in float32 and float64: an answer counts as right only where both are.

    Raises:
        InputError: for parameters that are not the network's, a network that cannot be called on boards, or a method
            that does not apply.
    """
    if isinstance(params, SavedNetwork):
        known = params.padding, params.rule, params.activation
        padding, rule, activation = (
            mine if mine is not None else its for mine, its in zip((padding, rule, activation), known, strict=True)
        )
        params = params.params
    rule = "B3/S23" if rule is None else rule
    if method not in METHODS:
        raise InputError(f"Unknown method {method!r}: it is one of {', '.join(METHODS)}.")
    if net is not None:
        check_network(net)
        for name, asked, own in (
            ("padding", padding, padding_of(net)),
            ("activation", activation, getattr(net, "activation", None)),
        ):
            if asked is not None and asked != own:
                raise InputError(f"{name} is {asked!r}, and the network's is {own!r}: leave it out.")
        check_parameters(net, params)
        if not is_lifenet(net):
            return _by_calling(net, params, rule, method, seed)
        padding, activation, params = net.padding, net.activation, untie(net, params)
    return _of_lifenet(params, padding or "torus", rule, activation or "relu", method, seed)


def _of_lifenet(params: Parameters, padding: str, rule: str, activation: str, method: str, seed: int) -> Certificate:
    """Certificate of an untied LifeNet, from its parameters."""
    steps = _check(params, padding, activation, method)
    table = np.asarray(gol.truth_table(rule), bool)
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
    features = params["block0_3x3"]["kernel"].shape[3], params["block0_1x1"]["kernel"].shape[3]
    net = LifeNet(steps, features=features, padding=padding, activation=activation, readout="readout" in params)
    return _by_sampling(net, params, rule, seed)


def _by_calling(net: Network, params: Parameters, rule: str, method: str, seed: int) -> Certificate:
    """Certificate of any network, from what it answers."""
    gol.parse_any_rule(rule)
    if padding_of(net) == "valid":
        raise InputError("A certificate is for a network with torus or zero padding.")
    check_answers(net, params, random_boards.SIDE)
    name = type(net).__name__
    if method == "composition":
        raise InputError(f"The argument by composition is for the blocks of a LifeNet: {name} has none that are known.")
    if method == "sampled":
        return _by_sampling(net, params, rule, seed)
    try:
        radius = proof_radius(net, params)
    except UnknownProgramError as reason:
        if method != "auto":
            raise InputError(f"Method {method} is no proof for {name}: {reason}.") from reason
        return _by_sampling(net, params, rule, seed, f" No windows were tried, because {reason}.")
    kind = "neighbourhoods" if radius == 1 else "windows"
    if method not in ("auto", kind):
        raise InputError(f"Method {method} is no proof for {name}, whose answers need windows of radius {radius}.")
    found = check_windows(net, params, radius, rule)
    side = 2 * radius + 1
    return Certificate(
        kind=kind,
        exact=True,
        correct=found.wrong == 0,
        checked=found.checked,
        wrong=found.wrong,
        example=found.example,
        margin=found.margin if found.wrong == 0 else 0.0,
        dtype="float32",
        agrees=found.agrees,
        error_rate_bound=None,
        explanation=(
            f"{name} was called on boards that show each of the {found.checked} windows of {side}x{side} cells once. "
            "Its program, followed on boards of several sizes, makes every answer on a torus the same function of such "
            "a window, and of nothing else; we assume the same of boards of other sizes."
            + ("" if found.double else " The network computes in a type of its own: float64 was not tried.")
        ),
    )


def _check(params: Parameters, padding: str, activation: str, method: str) -> int:
    if padding not in ("torus", "zero"):
        raise InputError(f"Unknown padding {padding!r}: a certificate is for torus or zero.")
    steps = check_lifenet_parameters(params, activation)
    needed = {"neighbourhoods": 1, "windows": 2}.get(method)
    if needed is not None and steps != needed:
        raise InputError(f"Method {method} is for networks of {needed} step(s), and this one has {steps}.")
    return steps


def read_out(params: Parameters, x: np.ndarray) -> np.ndarray:
    """The logits (patterns,) of vectors (patterns, b), numpy; without a read-out the vectors are the logits."""
    if "readout" not in params:
        return x[:, 0]
    return (x @ params["readout"]["kernel"][0, 0] + params["readout"]["bias"])[:, 0]


def _by_neighbourhoods(params: Parameters, table: np.ndarray, activation: str) -> Certificate:
    logit = {}
    for dtype in (np.float32, np.float64):
        inputs = NEIGHBOURHOODS.astype(dtype)[:, :, None]
        typed = on_host(params, dtype)
        logit[dtype] = read_out(typed, all_windows.block_answers(typed, 0, inputs, activation))
    right = {dtype: right_side(z, table) for dtype, z in logit.items()}
    good = right[np.float32] & right[np.float64]
    wrong = int(np.sum(~good))
    return Certificate(
        kind="neighbourhoods",
        exact=True,
        correct=wrong == 0,
        checked=512,
        wrong=wrong,
        example=None if wrong == 0 else all_windows.picture(int(np.argmin(good)), 3),
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
        activation: a name of `lottery.networks.activations.ACTIVATIONS`.
    """
    single = all_windows.check_all(on_host(params, np.float32), padding, table, activation)
    double = all_windows.check_all(on_host(params, np.float64), padding, table, activation)
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
        typed = on_host(params, dtype)
        dead, alive = np.zeros(1, dtype), np.ones(1, dtype)
        for block in range(steps_of(params)):
            inputs = np.where(NEIGHBOURHOODS[:, :, None] > 0, alive, dead)
            answers = all_windows.block_answers(typed, block, inputs, activation)
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


def _by_sampling(net: Network, params: Parameters, rule: str, seed: int, reason: str = "") -> Certificate:
    found = random_boards.check_boards(net, params, rule, seed)
    tried = f"{random_boards.BOARDS} fresh boards with densities from U(0,1) were tried"
    if not found.searched and found.wrong:
        outcome = ": a counterexample refutes the network."
    elif not found.searched:
        outcome = ", and no search, which is for LifeNets: a bound on the error rate, not a proof." + reason
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
        error_rate_bound=None if found.wrong else error_rate_bound(random_boards.BOARDS),
        explanation=tried + outcome,
    )
