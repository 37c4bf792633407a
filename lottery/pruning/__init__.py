"""Which weights stay: scores, how many of which layer, and the mask that comes of both."""

from lottery.pruning.criteria import CRITERIA, register_criterion
from lottery.pruning.ranking import invert_within_layers, keep_highest, prune, shuffle_within_layers

__all__ = ["CRITERIA", "invert_within_layers", "keep_highest", "prune", "register_criterion", "shuffle_within_layers"]
