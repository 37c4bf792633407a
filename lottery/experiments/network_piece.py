"""What pieces about networks have in common: an architecture, how it is trained, a seed and replicates."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from lottery.networks.lifenet import LifeNet, require_lifenet
from lottery.networks.trees import flatten
from lottery.runs import pieces
from lottery.runs.files import non_defaults, settings_from, write_arrays
from lottery.runs.pieces import OnProgress, Piece
from lottery.training.feasibility import refuse_what_cannot_fit
from lottery.training.loop import TrainResult, train
from lottery.training.settings import TrainSettings


def seconds_per_update(net: LifeNet, settings: TrainSettings) -> float:
    """Rough time of one network update on two cores, for the estimate of a plan.

    Fitted to `bench train` and, from two steps on, to `bench c` (docs/engine.md); a run corrects it as it goes.
    """
    a, b = net.channels
    if net.steps == 1 and settings.arrangement != "boards":
        return 1e-6 * (1.3 + 0.05 * (9 * a + a * b + b) / 2) * settings.group / 8
    later = net.steps - 1
    # The fused kernels: a convolution costs by its weights, the second one of wide networks by its nine tables.
    micro = 10 + 0.33 * 10 * a * b * later if a < 10 else 12 + 7 * a + 0.35 * a * b + 0.19 * 10 * a * b * (later - 1)
    unknown_to_kernels = settings.optimiser != "adam" or settings.clip is not None  # tables take their place
    arrangement = "tables" if settings.arrangement in ("auto", "fused") and unknown_to_kernels else settings.arrangement
    slower = {"auto": 1, "fused": 1, "tables": 6}.get(arrangement, 30)
    return 1e-6 * micro * slower * settings.batch * settings.board**2 / 8192


def network_settings(net: LifeNet) -> dict[str, Any]:
    """What differs from the minimal network's settings, as plain JSON values; `settings_from` undoes it.

    Raises:
        InputError: for a network that is no LifeNet: its settings would name a LifeNet's results.
    """
    require_lifenet(net, "A piece")
    return {name: value for name, value in non_defaults(net).items() if name not in ("parent", "name")}  # Flax's own


def size_label(net: LifeNet) -> str:
    """The readable part of a piece's name that says which network: `n1-m8`, or `n1-a6-b3` of free widths."""
    width = f"m{net.width}" if net.features is None else "a{}-b{}".format(*net.features)
    return f"n{net.steps}-{width}"


def network_piece(
    kind: str,
    label: str,
    net: LifeNet,
    training: TrainSettings,
    *,
    seed: int,
    replicates: range,
    updates: int,
    overhead: float,
    more: dict[str, Any] | None = None,
) -> Piece:
    """A piece that does something with one network per replicate.

    Args:
        kind: how it is computed.
        label: readable part of its name.
        net: the architecture.
        training: how networks are trained.
        seed: of the run.
        replicates: their numbers.
        updates: network updates that it takes, for the estimate of its time.
        overhead: seconds that it takes beside them.
        more: what else its results depend on, plain JSON values.
    """
    settings = {
        "network": network_settings(net),
        "training": non_defaults(training),
        "seed": seed,
        "replicates": [replicates.start, replicates.stop],
    }
    return Piece(label, kind, settings | (more or {}), updates, overhead + updates * seconds_per_update(net, training))


class Asked(NamedTuple):
    """What the settings of a `network_piece` ask for."""

    net: LifeNet
    training: TrainSettings
    seed: int
    replicates: range


def asked(settings: dict[str, Any]) -> Asked:
    """Read the settings that all network pieces have."""
    return Asked(
        settings_from(LifeNet, settings["network"]),
        settings_from(TrainSettings, settings["training"]),
        settings["seed"],
        range(*settings["replicates"]),
    )


def trained(piece: Asked, folder: Path, on_progress: OnProgress, **how: Any) -> TrainResult:
    """Train what a piece asks for, going on from a checkpoint in `folder`; the weights are stored there.

    Args:
        piece: what is asked for.
        folder: of the piece.
        on_progress: is told how far it is.
        how: other arguments of `train`.
    """
    net, training, seed, replicates = piece
    result = train(
        net,
        training,
        seed=seed,
        replicates=replicates,
        checkpoint=folder / "checkpoint.safetensors",
        progress=lambda update, solved: on_progress(update / training.updates, f"{solved}/{len(replicates)} solved"),
        **how,
    )
    write_arrays(folder / "weights.safetensors", flatten(result.params))
    return result


def refuse_pieces(needed: Iterable[Piece], root: Path) -> None:
    """Refuse a run where a piece of trained or pruned networks, not done yet, cannot fit.

    Args:
        needed: its pieces.
        root: the folder of all pieces, which need not be there.

    Raises:
        InputError: from `refuse_what_cannot_fit`.
    """
    for piece in needed:
        if piece.kind in ("train", "watched", "spikes", "prune") and not pieces.is_done(
            piece, root
        ):  # `train` refuses in all others
            net, training, _, replicates = asked(piece.settings)
            refuse_what_cannot_fit(net, training, replicates)
