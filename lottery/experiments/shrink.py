"""Pieces that train dense networks and make certified ones as small as can be (lottery/tickets/shrinking.py)."""

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax

from lottery.analysis.compaction import compact, effective_parameters
from lottery.analysis.fifteen_parameters import architecture, from_numbers, numbers_of, scaled
from lottery.experiments.network_piece import asked, network_piece
from lottery.networks.lifenet import LifeNet
from lottery.networks.trees import flatten, pick, stack
from lottery.runs.files import non_defaults, settings_from, write_arrays
from lottery.runs.pieces import OnProgress, Outcomes, Piece
from lottery.tickets.shrinking import ShrinkSettings, Shrunk, shrink
from lottery.training.loop import certify_network, draw_initial, train
from lottery.training.settings import TrainSettings

# How what is left is trained after each removal: on the expected loss over all boards, and fast.
RATE = 3e-3


def shrink_piece(
    label: str,
    net: LifeNet,
    training: TrainSettings,
    shrinking: ShrinkSettings,
    *,
    seed: int,
    replicates: range,
    chains: int,
    rewind: tuple[int, ...] = (),
) -> Piece:
    """A piece that trains one dense network per replicate and shrinks those that were certified.

    Args:
        label: of the piece's folder.
        net: the dense network, one step.
        training: of the dense networks.
        shrinking: how they are made smaller.
        seed: of the run.
        replicates: their numbers.
        chains: certified networks that are shrunk, the first ones.
        rewind: also train what is left of each from its initial weights, as the dense networks were trained: the
            smallest, and for each of these sizes the first that was no larger.
    """
    chains = min(chains, len(replicates))
    dense = training.updates * len(replicates)
    again = (len(rewind) + 1) * training.updates if rewind else 0
    later = chains * (shrinking.rounds * shrinking.updates + again)
    return network_piece(
        "shrink",
        label,
        net,
        training,
        seed=seed,
        replicates=replicates,
        updates=dense + later,
        overhead=10.0 + (0.35 + 0.012 * chains) * shrinking.rounds,
        more={"shrinking": non_defaults(shrinking), "rate": RATE, "chains": chains, "rewind": list(rewind)},
    )


def run(settings: dict[str, Any], folder: Path, on_progress: OnProgress) -> Outcomes:
    """Compute a piece; its lists have one entry per network that was shrunk."""
    started = time.monotonic()
    net, training, seed, replicates = asked(settings)
    shrinking = settings_from(ShrinkSettings, settings["shrinking"])
    result = train(
        net,
        training,
        seed=seed,
        replicates=replicates,
        checkpoint=folder / "checkpoint.safetensors",
        progress=lambda update, solved: on_progress(0.3 * update / training.updates, f"{solved} solved"),
    )
    certified = [index for index, certificate in enumerate(result.certificates) if certificate.correct]
    chosen = certified[: settings["chains"]]
    numbers = [replicates[index] for index in chosen]
    small: list[Shrunk] = []
    if chosen:
        small = shrink(
            net,
            replace(training, stream="risk", learning_rate=settings["rate"]),
            [pick(result.params, index) for index in chosen],
            shrinking,
            seed=seed,
            replicates=numbers,
            progress=lambda share, words: on_progress(0.3 + 0.65 * share, words),
        )
        write_arrays(folder / "weights.safetensors", flatten(stack([one.params for one in small])))
    return {
        "trials": len(replicates),
        "certified": len(certified),
        "replicates": numbers,
        **describe(net, training, numbers, small),
        "rewound": rewound(net, training, seed, numbers, small, settings["rewind"]) if settings["rewind"] else None,
        "seconds": time.monotonic() - started,
    }


def describe(net: LifeNet, training: TrainSettings, numbers: Sequence[int], small: Sequence[Shrunk]) -> dict[str, Any]:
    """Shrunk networks as plain JSON values: counts, margins, what they consist of, and the smallest one itself."""
    certificates = [certify_network(net, training, one.params) for one in small]
    effective = [effective_parameters(one.params) for one in small]
    apart = [architecture(one.params) for one in small]
    record = min(range(len(small)), key=lambda i: (effective[i].nonzero, -certificates[i].margin), default=None)
    return {
        "begun": [one.sizes[0] for one in small],
        "sizes": [count.nonzero for count in effective],
        "weights": [count.weights for count in effective],
        "biases": [count.biases for count in effective],
        "with_all_biases": [count.with_all_biases for count in effective],
        "rounds": [len(one.sizes) - 1 + one.failures for one in small],
        "margins": [float(f"{certificate.margin:.4g}") for certificate in certificates],
        "architectures": [found.words for found in apart],
        "record": None if record is None else _record(net, training, numbers[record], small[record]),
    }


def _record(net: LifeNet, training: TrainSettings, replicate: int, one: Shrunk) -> dict[str, Any]:
    """The smallest network with its weights, as few digits as keep it certified, and the certificate of just these."""
    params = scaled(compact(one.params).params)
    for digits in range(4, 10):
        parameters = numbers_of(params, digits)
        read = from_numbers(parameters)
        features = (len(read["block0_3x3"]["bias"]), len(read["block0_1x1"]["bias"]))
        certificate = certify_network(net.clone(features=features), training, read)
        if certificate.correct:
            break
    return {
        "replicate": replicate,
        "way": list(one.sizes),
        "certificate": {name: getattr(certificate, name) for name in ("kind", "correct", "margin", "dtype", "checked")},
        "parameters": parameters,
    }


def rewound(
    net: LifeNet,
    training: TrainSettings,
    seed: int,
    numbers: Sequence[int],
    small: Sequence[Shrunk],
    limits: Sequence[int],
) -> list[int | None]:
    """The smallest network on each way that is certified when trained from its initial weights, as the dense were.

    Tried are the smallest of each way, and for each limit the first that is no larger.

    Returns:
        Its size, or None where none is certified.
    """
    tried = [(chain, place) for chain, one in enumerate(small) for place in on_the_way(one.sizes, limits)]
    if not tried:
        return []
    result = train(
        net,
        replace(training, stop_when_solved=False),
        seed=seed,
        replicates=[numbers[chain] for chain, _ in tried],
        initial=stack([pick(draw_initial(net, seed, [numbers[chain]]), 0) for chain, _ in tried]),
        masks=stack([jax.tree.map(lambda leaf: leaf != 0, small[chain].way[place]) for chain, place in tried]),
    )
    found: list[int | None] = [None] * len(small)
    for (chain, place), certificate in zip(tried, result.certificates, strict=True):
        size, best = small[chain].sizes[place], found[chain]
        if certificate.correct and (best is None or size < best):
            found[chain] = size
    return found


def on_the_way(sizes: Sequence[int], limits: Sequence[int]) -> list[int]:
    """Places of the smallest network on a way, and of the first that is no larger than each limit; sizes fall."""
    first = [next((place for place, size in enumerate(sizes) if size <= limit), None) for limit in limits]
    return sorted({len(sizes) - 1, *(place for place in first if place is not None)})
