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
from jaxtyping import Bool, Float

import gol
from gol.errors import InputError
from lottery.analysis.compaction import effective_parameters, tidy
from lottery.analysis.removal_cost import (
    candidates,
    compensated,
    flatten_in_order,
    losses,
    restored,
    saved,
    without_each,
)
from lottery.inputs.plain_types import Numbers, check_types, whole_numbers
from lottery.networks.lifenet import LifeNet, Parameters, require_lifenet
from lottery.networks.neighbourhoods import risk_weights
from lottery.networks.trees import stack
from lottery.training.loop import pick, train
from lottery.training.settings import TrainSettings


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
        check_types(self)
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
    replicates: Numbers,
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
    require_lifenet(net, "Shrinking")
    replicates = whole_numbers("replicates", replicates)
    if net.steps != 1 or net.activation != "relu" or not net.readout:
        raise InputError("Only one-step networks with ReLU and a read-out are shrunk.")
    net = net.clone(padding="torus")  # the 512 neighbourhoods are those of any board
    training = replace(training, updates=settings.updates, stop_when_solved=False)
    table = np.asarray(gol.truth_table(training.rule), bool)
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
    return jax.tree.map(lambda leaf: np.asarray(leaf, np.float32), tidy(params, functional=True))


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
    flat, shapes = flatten_in_order(params)
    step, singles = _first_step(len(places), settings) >> in_vain, _singles(len(places), in_vain, settings)
    before, plain = losses(flat[None], shapes, table, weights), without_each(flat, places)
    costs = losses(plain, shapes, table, weights)
    if step > 1:
        order = np.argsort((costs - before) / saved(params, places), kind="stable")
        flat[places[order[:step]]] = 0
        return _tidied(restored(flat, shapes))
    mended = compensated(params, places)
    costs_mended = losses(mended, shapes, table, weights)
    better = costs_mended < costs
    order = np.argsort((np.minimum(costs, costs_mended) - before) / saved(params, places), kind="stable")
    chosen = order[min(singles, len(order) - 1)]
    return _tidied(restored(mended[chosen] if better[chosen] else plain[chosen], shapes))
