"""Which of the ways to compute a loss a run takes, and what of the boards each of them works on (docs/engine.md)."""

import logging
from importlib.util import find_spec

from gol.errors import InputError
from lottery.networks.lifenet import Network, is_lifenet, require_lifenet
from lottery.training.settings import TrainSettings

log = logging.getLogger(__name__)

# The forms of lottery/training/batches.py.
FORM_OF = {
    "patterns": "histograms",
    "fused_patterns": "histograms",
    "tables": "codes",
    "fused": "codes",
    "columns": "boards",
    "boards": "boards",
}
FUSED = ("fused", "fused_patterns")  # kernels for a CPU


def choose_arrangement(net: Network, settings: TrainSettings, platform: str = "cpu", scored: bool = False) -> str:
    """The arrangement of a run: what the settings name, or the fastest that there is for this network.

    All but the boards arrangement compute from the parameters of a LifeNet. Any other network is called on boards.

    The fused kernels need a CPU, numba, a bank and the paper's kind of network and optimiser. Where one of these is
    missing the tables or patterns take their place, which is logged, unless it is the ordinary thing to do: nobody
    expects a CPU kernel on an accelerator. One step is trained on patterns unless the settings ask for the kernel:
    the two drift apart as any two orders of summation do, and published numbers stay what they are.

    Args:
        net: what is trained.
        settings: how.
        platform: "cpu" or the kind of accelerator.
        scored: whether scores are trained instead of weights.

    Raises:
        InputError: where the arrangement or the exact risk is asked of a network that cannot have it.
    """
    if not is_lifenet(net):
        if settings.arrangement not in ("auto", "boards"):
            require_lifenet(net, f"The {settings.arrangement} arrangement")
        if settings.stream == "risk":
            require_lifenet(net, "The exact risk")
        if scored:
            require_lifenet(net, "Training of scores")
        return "boards"
    if settings.arrangement in ("patterns", "fused_patterns") and net.steps != 1:
        raise InputError(
            f"The {settings.arrangement} arrangement needs steps=1, not {net.steps}: choose tables, boards or auto."
        )
    chosen = settings.arrangement
    if chosen == "auto":
        chosen = "patterns" if net.steps == 1 else "fused" if platform == "cpu" else "columns"
    if settings.stream == "risk" and (chosen != "patterns" or net.padding != "torus"):
        raise InputError(
            "The exact risk is known for steps=1, torus padding and the patterns arrangement: choose another stream."
        )
    if chosen not in FUSED:
        return chosen
    instead = "patterns" if chosen == "fused_patterns" else "tables" if platform == "cpu" else "columns"
    missing = {
        "they are for a CPU": platform != "cpu",
        "they train weights, not scores": scored,
        "they train from a bank, not on boards of each network's own": settings.stream == "own",
        "they need numba (pip install 'gol-lottery[fast]')": find_spec("numba") is None,
        "they know ReLU networks with a read-out and free blocks": (net.activation, net.readout, net.tied)
        != ("relu", True, False),
        "they know Adam without penalties or a clip, on cross-entropy or squared error": settings.optimiser != "adam"
        or settings.l1 + settings.l2 > 0
        or settings.clip is not None
        or settings.loss not in ("bce", "mse"),
    }
    reasons = [reason for reason, applies in missing.items() if applies]
    if reasons:
        log.warning("The %s arrangement takes the place of the fused kernels: %s.", instead, "; ".join(reasons))
    return instead if reasons else chosen
