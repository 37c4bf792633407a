"""What a criterion can look at when it scores the weights of one network."""

from dataclasses import dataclass

import jax
import numpy as np

from gol.errors import InputError
from lottery.networks.lifenet import Network, Parameters
from lottery.networks.masks import Mask, fill_pruned
from lottery.training.settings import TrainSettings


@dataclass(frozen=True)
class Context:
    """One network whose weights are to be scored. Parameters and masks are numpy arrays without a replicate axis.

    Attributes:
        final: the weights that are scored: trained, or the initial ones where pruning comes before training.
        mask: what is still kept; None where nothing is ever pruned.
        rng: for criteria that draw something. A criterion that draws nothing leaves it as it is.
        initial: the weights at initialisation; None where they are not known.
        net: the architecture; None where only weights are known.
        settings: of its training: loss, rule, density of the boards.
        density: kept / prunable that is to be reached.
        pruned: what pruned weights hold, "zero" or "frozen" (at their initial values).
    """

    final: Parameters
    mask: Mask
    rng: np.random.Generator
    initial: Parameters | None = None
    net: Network | None = None
    settings: TrainSettings | None = None
    density: float = 1.0
    pruned: str = "zero"

    @property
    def start(self) -> Parameters:
        """The initial weights, where the criterion cannot do without."""
        if self.initial is None:
            raise InputError("This criterion looks at the initial weights: give them as `initial`.")
        return self.initial

    @property
    def task(self) -> tuple[Network, TrainSettings]:
        """The architecture and its training, where the criterion needs the loss."""
        if self.net is None or self.settings is None:
            raise InputError("This criterion computes the loss: give `net` and `settings` of the training.")
        return self.net, self.settings

    @property
    def removed(self) -> Parameters:
        """What each weight holds once it is pruned."""
        return self.start if self.pruned == "frozen" else jax.tree.map(np.zeros_like, self.final)

    @property
    def weights(self) -> Parameters:
        """What the network computes with: the final weights, pruned ones replaced by what they hold."""
        return fill_pruned(self.final, self.mask, self.removed)
