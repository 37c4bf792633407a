"""Many networks trained side by side, and what became of each."""

from lottery.training.loop import NEVER, Progress, TrainResult, certify_network, draw_initial, fill_masks, pick, train
from lottery.training.settings import TrainSettings

__all__ = [
    "NEVER",
    "Progress",
    "TrainResult",
    "TrainSettings",
    "certify_network",
    "draw_initial",
    "fill_masks",
    "pick",
    "train",
]
