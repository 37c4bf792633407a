"""Make a certified one-step network as small as it can be made, by removing parameters and training what is left.

Each round removes a few parameters from the best certified network so far, trains the rest on from where it was for a
small budget, and keeps the result if it is certified. If not, the next round removes half as many; once it is a single
one that fails, the next best candidate is tried instead. Candidates are ranked by what their removal costs in exact
expected loss for each parameter that goes: with the last weight that reads a unit go all weights of the unit. A single
parameter may also go with the others moved so that the logits stay, if that costs less.

Nothing is drawn by chance but the batches.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import jax
import numpy as np
from jaxtyping import Bool, Float, Int

import gol
from gol.errors import InputError
from lottery.compaction import effective_parameters, tidy
from lottery.data import risk_weights
from lottery.losses import NEIGHBOURHOODS
from lottery.masks import stack
from lottery.networks import LifeNet, Parameters
from lottery.settings import TrainSettings
from lottery.training import pick, train

AT_ONCE = 64  # candidates whose networks are computed together
RIDGE = 1e-3  # of the mean diagonal: of changes that the logits hardly feel, the smallest


@dataclass(frozen=True)
class ShrinkSettings:
    """How networks are made smaller.

    Attributes:
        rounds: at most.
        updates: of training in every round, a multiple of the training's `check_every`.
        share: of what is left that a round removes, unless the one before failed.
        tries: single parameters that are tried in vain before a network is left as it is.
    """

    rounds: int = 80
    updates: int = 2_000
    share: float = 0.15
    tries: int = 20

    def __post_init__(self) -> None:
        """Refuse settings that remove nothing."""
        if min(self.rounds, self.updates, self.tries) < 1 or not 0 < self.share < 1:
            raise InputError(f"Nothing shrinks with {self}.")


@dataclass(frozen=True)
class Shrunk:
    """One network after shrinking.

    Attributes:
        way: the certified networks on the way, the first one first, float32, at their places in the large network; what
            is not needed is 0.
        sizes: of each, parameters that are not zero.
        failures: rounds in which what was left could not be trained.
    """

    way: tuple[Parameters, ...]
    sizes: tuple[int, ...]
    failures: int

    @property
    def params(self) -> Parameters:
        """The smallest certified network."""
        return self.way[-1]


def shrink(
    net: LifeNet,
    training: TrainSettings,
    networks: Sequence[Parameters],
    settings: ShrinkSettings,
    *,
    seed: int,
    replicates: Sequence[int],
    progress: Callable[[float, str], None] = lambda share, words: None,
) -> list[Shrunk]:
    """Shrink certified networks side by side.

    Args:
        net: their architecture: one step, ReLU, with a read-out.
        training: how what is left is trained; its budget is replaced.
        networks: one or more, each certified.
        settings: how.
        seed: of the run, for the batches.
        replicates: their numbers, one per network, likewise.
        progress: told the share of the rounds that is done, and the size of the smallest network.

    Raises:
        InputError: for another architecture.
    """
    if net.steps != 1 or net.activation != "relu" or not net.readout:
        raise InputError("Only one-step networks with ReLU and a read-out are shrunk.")
    net = net.clone(padding="torus")  # the 512 neighbourhoods are those of any board
    training = replace(training, updates=settings.updates, stop_when_solved=False)
    table = np.asarray(gol.truth_table(gol.parse_rule(training.rule)), bool)
    weights = risk_weights(training.density)
    way = [[_tidied(params)] for params in networks]
    sizes = [[size_of(best)] for (best,) in way]
    in_vain, failures = [0] * len(way), [0] * len(way)
    for done in range(settings.rounds):
        left = [i for i in range(len(way)) if _singles(sizes[i][-1], in_vain[i], settings) < settings.tries]
        if not left:
            break
        progress(done / settings.rounds, f"{len(left)} networks left, the smallest has {min(min(s) for s in sizes)}")
        cut = {i: remove(way[i][-1], in_vain[i], settings, table, weights) for i in left}
        # As many slots as there are networks, or half, or a quarter: few programs are compiled.
        slots = len(way)
        while slots // 2 >= len(left):
            slots //= 2
        filled = [*left, *[left[0]] * (slots - len(left))]
        result = train(
            net,
            training,
            seed=seed,
            replicates=[replicates[i] for i in filled],
            initial=stack([cut[i] for i in filled]),
            masks=stack([jax.tree.map(lambda leaf: leaf != 0, cut[i]) for i in filled]),
        )
        for slot, i in enumerate(left):
            if result.certificates[slot].correct:
                way[i].append(_tidied(pick(result.params, slot)))
                sizes[i].append(size_of(way[i][-1]))
                in_vain[i] = 0
            else:
                in_vain[i] += 1
                failures[i] += 1
    return [
        Shrunk(tuple(networks), tuple(counts), failed)
        for networks, counts, failed in zip(way, sizes, failures, strict=True)
    ]


def size_of(params: Parameters) -> int:
    """Parameters that are not zero after compaction, without functionally dead units, a count."""
    return effective_parameters(params, functional=True).nonzero


def _tidied(params: Parameters) -> Parameters:
    return jax.tree.map(np.float32, tidy(params, functional=True))


def _first_step(size: int, settings: ShrinkSettings) -> int:
    return max(1, int(settings.share * size))


def _singles(size: int, in_vain: int, settings: ShrinkSettings) -> int:
    """How many single parameters have been tried in vain, after that many rounds in vain."""
    return max(0, in_vain - _first_step(size, settings).bit_length() + 1)


def remove(
    params: Parameters,
    in_vain: int,
    settings: ShrinkSettings,
    table: Bool[np.ndarray, "512"],
    weights: Float[np.ndarray, "512"],
) -> Parameters:
    """The network without the parameters that the next round removes, tidied.

    Args:
        params: of one network in which every parameter other than zero is needed.
        in_vain: rounds that have failed since it was found: the step is halved as many times, and once it is 1 the
            candidates are tried one after the other.
        settings: how.
        table: (512,) bool, the rule's truth table.
        weights: how probable each neighbourhood is.
    """
    places = candidates(params)
    flat, shapes = _flat(params)
    step, singles = _first_step(len(places), settings) >> in_vain, _singles(len(places), in_vain, settings)
    before, plain = losses(flat[None], shapes, table, weights), without_each(flat, places)
    costs = losses(plain, shapes, table, weights)
    if step > 1:
        order = np.argsort((costs - before) / saved(params, places), kind="stable")
        flat[places[order[:step]]] = 0
        return _tidied(_restored(flat, shapes))
    mended = compensated(params, places)
    costs_mended = losses(mended, shapes, table, weights)
    better = costs_mended < costs
    order = np.argsort((np.minimum(costs, costs_mended) - before) / saved(params, places), kind="stable")
    chosen = order[min(singles, len(order) - 1)]
    return _tidied(_restored(mended[chosen] if better[chosen] else plain[chosen], shapes))


LAYERS = ("block0_3x3", "block0_1x1", "readout")


def _flat(params: Parameters) -> tuple[Float[np.ndarray, " p"], dict[tuple[str, str], tuple[int, ...]]]:
    """All parameters in a row, kernels before biases, and the shapes that bring them back."""
    shapes = {(layer, name): params[layer][name].shape for layer in LAYERS for name in ("kernel", "bias")}
    return np.concatenate([np.ravel(params[layer][name]) for layer, name in shapes]), shapes


def _restored(flat: np.ndarray, shapes: dict[tuple[str, str], tuple[int, ...]]) -> Parameters:
    """Undo `_flat`; leading axes of `flat` become those of the leaves."""
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes.values()])
    parts = np.split(flat, ends[:-1], axis=-1)
    tree: dict[str, dict[str, np.ndarray]] = {layer: {} for layer in LAYERS}
    for ((layer, name), shape), part in zip(shapes.items(), parts, strict=True):
        tree[layer][name] = part.reshape(*flat.shape[:-1], *shape)
    return tree


def candidates(params: Parameters) -> Int[np.ndarray, " c"]:
    """Places of all parameters that are not zero, in the order of layers, kernels before biases."""
    return np.flatnonzero(_flat(params)[0])


def without_each(flat: Float[np.ndarray, " p"], places: Int[np.ndarray, " c"]) -> Float[np.ndarray, "c p"]:
    """All parameters in a row, once for each place, with a zero there."""
    rows = np.tile(flat, (len(places), 1))
    rows[np.arange(len(places)), places] = 0
    return rows


def losses(
    rows: Float[np.ndarray, "c p"],
    shapes: dict[tuple[str, str], tuple[int, ...]],
    table: Bool[np.ndarray, "512"],
    weights: Float[np.ndarray, "512"],
) -> Float[np.ndarray, " c"]:
    """The exact expected loss (cross-entropy) of many one-step networks.

    Args:
        rows: the parameters of each in a row, kernels before biases, layer by layer.
        shapes: of one network.
        table: the rule's truth table.
        weights: how probable each neighbourhood is.
    """
    sign = np.where(table, -1.0, 1.0).astype(np.float32)
    found = []
    for start in range(0, len(rows), AT_ONCE):
        some = rows[start : start + AT_ONCE].astype(np.float32)
        first, second, last = (_restored(some, shapes)[layer] for layer in LAYERS)
        x = NEIGHBOURHOODS @ first["kernel"].reshape(len(some), 9, -1) + first["bias"][:, None]
        x = np.maximum(x, 0) @ second["kernel"][:, 0, 0] + second["bias"][:, None]
        logit = (np.maximum(x, 0) @ last["kernel"][:, 0, 0] + last["bias"][:, None])[..., 0]
        found.append(np.logaddexp(0, sign * logit) @ weights)
    return np.concatenate(found)


def compensated(params: Parameters, places: Int[np.ndarray, " c"]) -> Float[np.ndarray, "c p"]:
    """The network without each parameter, the others moved so that the logits change least.

    Least squares over the 512 neighbourhoods, to first order and with a small ridge: the surgeon's step of Hassibi and
    Stork (1993, Optimal Brain Surgeon) with the logits in the place of the loss, which is flat where a network is sure.
    A bias of a 3x3 unit, say, can go if the biases after it take over.

    Args:
        params: of a one-step network.
        places: of the parameters that are not zero, as `candidates` gives them.

    Returns:
        All parameters in a row, one row per place.
    """
    flat, _ = _flat(params)
    values = flat[places].astype(np.float64)
    # In relative changes: else a bias would go by its whole unit shrinking to nothing, what reads it growing, which
    # changes no logit to first order.
    slopes = _slopes(params)[:, places] * values
    products = slopes.T @ slopes
    inverse = np.linalg.inv(products + RIDGE * np.trace(products) / len(places) * np.eye(len(places)))
    steps = -values * inverse / np.diag(inverse)[:, None]
    rows = np.tile(flat.astype(np.float64), (len(places), 1))
    rows[:, places] += steps
    rows[np.arange(len(places)), places] = 0
    return rows


def _slopes(params: Parameters) -> Float[np.ndarray, "512 p"]:
    """How each logit changes with each parameter."""
    first, second, last = ({k: np.asarray(v, float) for k, v in params[layer].items()} for layer in LAYERS)
    inner, outer = second["kernel"][0, 0], last["kernel"][0, 0, :, 0]
    x = NEIGHBOURHOODS @ first["kernel"].reshape(9, -1) + first["bias"]
    wide = np.maximum(x, 0)
    narrow = wide @ inner + second["bias"]
    of_narrow = (narrow > 0) * outer  # (512, b)
    of_wide = (x > 0) * (of_narrow @ inner.T)  # (512, a)
    parts = {
        ("block0_3x3", "kernel"): NEIGHBOURHOODS[:, :, None] * of_wide[:, None],
        ("block0_3x3", "bias"): of_wide,
        ("block0_1x1", "kernel"): wide[:, :, None] * of_narrow[:, None],
        ("block0_1x1", "bias"): of_narrow,
        ("readout", "kernel"): np.maximum(narrow, 0),
        ("readout", "bias"): np.ones((512, 1)),
    }
    return np.concatenate([parts[key].reshape(512, -1) for key in _flat(params)[1]], axis=1)


def saved(params: Parameters, places: Int[np.ndarray, " c"]) -> Int[np.ndarray, " c"]:
    """How many parameters go with each: itself, and those of units that nothing reads any more.

    A unit that reads nothing any more goes too. That its constant may need a bias where there was none is not counted.
    """
    first, second, _ = ({k: v != 0 for k, v in params[layer].items()} for layer in LAYERS)
    inner = second["kernel"][0, 0]  # (a, b)
    of_wide = first["kernel"].sum(axis=(0, 1, 2)) + first["bias"]
    readers, inputs = inner.sum(axis=1), inner.sum(axis=0)
    # With a 1x1 unit go its weights and bias, and the 3x3 units that it alone reads.
    of_narrow = inputs + second["bias"] + (inner & (readers == 1)[:, None]).T.astype(int) @ of_wide
    edge = 1 + (readers == 1)[:, None] * of_wide[:, None] + (inputs == 1) * (second["bias"].astype(int) + 1)
    by_leaf = {
        ("block0_3x3", "kernel"): np.ones(first["kernel"].shape, int),
        ("block0_3x3", "bias"): np.ones(first["bias"].shape, int),
        ("block0_1x1", "kernel"): edge[None, None],
        ("block0_1x1", "bias"): np.ones(second["bias"].shape, int),
        ("readout", "kernel"): 1 + of_narrow[None, None, :, None],
        ("readout", "bias"): np.ones(1, int),
    }
    return np.concatenate([by_leaf[layer, name].ravel() for layer, name in _flat(params)[1]])[places]
