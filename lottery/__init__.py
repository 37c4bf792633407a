"""Train, prune and certify small networks that predict the Game of Life.

Names are imported when they are first used, so that a command's `--help` does not wait for jax and flax.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lottery import statistics
    from lottery.analysis.compaction import compact
    from lottery.analysis.exact_masks import can_be_exact
    from lottery.certificates.certificate import Certificate, certify
    from lottery.claims import register_claim
    from lottery.claims.frame.claim import Claim
    from lottery.comparison import TicketComparison, compare
    from lottery.experiments import register_kind
    from lottery.exports import FORMS, Export, export
    from lottery.networks.activations import ACTIVATIONS, Activation, register_activation
    from lottery.networks.handmade import handmade_parameters
    from lottery.networks.lifenet import LifeNet, initial_parameters, logits, parameter_count
    from lottery.networks.masks import full_mask, measure
    from lottery.plots import plot_success
    from lottery.pruning.criteria import CRITERIA, register_criterion
    from lottery.pruning.ranking import prune
    from lottery.runs.pieces import Piece
    from lottery.runs.saved_networks import SavedNetwork, load_network, save_network, shipped_ticket
    from lottery.tickets.search import Arm, Level, find_ticket
    from lottery.tickets.settings import PruningSettings
    from lottery.tickets.starts import register_start
    from lottery.training.loop import TrainResult, pick, train
    from lottery.training.settings import TrainSettings

_HOMES = {
    "ACTIVATIONS": "networks",
    "CRITERIA": "pruning",
    "FORMS": "exports",
    "Activation": "networks",
    "Arm": "tickets",
    "Certificate": "certificates",
    "Claim": "claims.frame.claim",
    "Export": "exports",
    "Level": "tickets",
    "LifeNet": "networks",
    "Piece": "runs.pieces",
    "PruningSettings": "tickets",
    "SavedNetwork": "runs.saved_networks",
    "TicketComparison": "comparison",
    "TrainResult": "training",
    "TrainSettings": "training",
    "can_be_exact": "analysis.exact_masks",
    "certify": "certificates",
    "compact": "analysis.compaction",
    "compare": "comparison",
    "export": "exports",
    "find_ticket": "tickets",
    "full_mask": "networks",
    "handmade_parameters": "networks",
    "initial_parameters": "networks",
    "load_network": "runs.saved_networks",
    "logits": "networks",
    "measure": "networks",
    "parameter_count": "networks",
    "pick": "training",
    "plot_success": "plots",
    "prune": "pruning",
    "register_activation": "networks",
    "register_claim": "claims",
    "register_criterion": "pruning",
    "register_kind": "experiments",
    "register_start": "tickets",
    "save_network": "runs.saved_networks",
    "shipped_ticket": "runs.saved_networks",
    "train": "training",
}

__all__ = [
    "ACTIVATIONS",
    "CRITERIA",
    "FORMS",
    "Activation",
    "Arm",
    "Certificate",
    "Claim",
    "Export",
    "Level",
    "LifeNet",
    "Piece",
    "PruningSettings",
    "SavedNetwork",
    "TicketComparison",
    "TrainResult",
    "TrainSettings",
    "can_be_exact",
    "certify",
    "compact",
    "compare",
    "export",
    "find_ticket",
    "full_mask",
    "handmade_parameters",
    "initial_parameters",
    "load_network",
    "logits",
    "measure",
    "parameter_count",
    "pick",
    "plot_success",
    "prune",
    "register_activation",
    "register_claim",
    "register_criterion",
    "register_kind",
    "register_start",
    "save_network",
    "shipped_ticket",
    "statistics",
    "train",
]


def __getattr__(name: str) -> Any:
    """Import a public name from its room, or the room of statistics."""
    if name == "statistics":
        return import_module("lottery.statistics")
    if name not in _HOMES:
        raise AttributeError(f"module 'lottery' has no attribute {name!r}")
    return getattr(import_module(f"lottery.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    """The public names, for completion in a shell."""
    return __all__
