"""Masks that are trained while weights stay as they were drawn: what edge-popup and supermasks have in common."""

from collections.abc import Sequence
from typing import ClassVar

from jaxtyping import Array

from lottery.networks.lifenet import Parameters
from lottery.networks.trees import full_like, pick, stack


class ScoredMasks:
    """Every weight has a score, which is trained instead of it and decides whether the weight is there.

    Attributes:
        biases: whether biases have scores; without, all of them are there.
        noisy: whether masks are drawn at random while scores are trained.
    """

    biases: bool
    noisy: ClassVar[bool] = False

    def begin(self, weights: Parameters, seed: int, replicates: Sequence[int]) -> tuple[Parameters, Parameters]:
        """What the engine trains, {"scores", "weights"}, and its masks: scores are trained, weights are not.

        Args:
            weights: leaves (R, ...).
            seed: of the run.
            replicates: their numbers; a replicate's scores follow from the seed and its number alone.
        """
        draws = [self.first_scores(pick(weights, 0), seed, replicate) for replicate in replicates]
        params = {"scores": stack(draws), "weights": weights}
        return params, {"scores": full_like(params["scores"], 1), "weights": full_like(weights, 0)}

    def scored(self, leaves: Parameters) -> list[str]:
        """Which leaves of a layer have scores, in order."""
        return [name for name in sorted(leaves) if name == "kernel" or self.biases]

    def first_scores(self, weights: Parameters, seed: int, replicate: int) -> Parameters:
        """The scores of one network before training, leaves like those of its weights that have scores."""
        raise NotImplementedError

    def network(self, params: Parameters) -> Parameters:
        """The weights that one network computes with once it is judged."""
        raise NotImplementedError

    def sample(self, params: Parameters, key: Array) -> Parameters:
        """The weights that one update computes with, differentiable by the scores; only where masks are noisy."""
        raise NotImplementedError
