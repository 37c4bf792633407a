"""One replicate at one level of pruning: what its criterion, its starts and its arms can draw on."""

from dataclasses import dataclass

import numpy as np

from gol.errors import InputError
from lottery.networks.lifenet import Network, Parameters
from lottery.networks.masks import Mask
from lottery.pruning.criteria import Context
from lottery.training.settings import TrainSettings


@dataclass(frozen=True)
class Replicate:
    """What one replicate at one level is. Parameters and masks are numpy arrays without a replicate axis.

    Attributes:
        net: the architecture.
        seed: of the run.
        number: of the replicate.
        level: prunings done so far, at least 1.
        mask: the ticket's.
        rewound: the weights at the step rewound to.
        trained: the weights at the end of the level that the mask was found in, or of the dense network.
        initial: the weights at initialisation; None stands for the rewound ones.
        before: what the ticket's mask was chosen among; None where it is not known.
        settings: of the training; None where they are not known.
        start: what the ticket's kept weights start from, a name of `lottery.tickets.starts.STARTS`.
        criterion: what the ticket's mask was found by, a name of `lottery.pruning.criteria.CRITERIA`.
        when: networks were pruned, as in `PruningSettings`.
        pruned: what pruned weights hold, as in `PruningSettings`.
    """

    net: Network
    seed: int
    number: int
    level: int
    mask: Mask
    rewound: Parameters
    trained: Parameters
    initial: Parameters | None = None
    before: Mask | None = None
    settings: TrainSettings | None = None
    start: str = "rewind"
    criterion: str = "magnitude"
    when: str = "levels"
    pruned: str = "zero"

    def rng(self, purpose: int) -> np.random.Generator:
        """Numbers of this replicate and level for one purpose.

        0 is pruning, 1 the shuffled mask, 2 the shuffled weights, 3 the inverted mask, 4 the signs, 5 the
        shuffled mask that can be exact.
        """
        return np.random.default_rng([self.seed, self.number, self.level, purpose])

    def scored(self) -> Context:
        """What the ticket's mask is found from.

        Raises:
            InputError: where it is not known what was kept before.
        """
        if self.before is None:
            raise InputError("Nothing says what the ticket's mask was chosen among: give it as `before`.")
        return Context(
            final=self.rewound if self.when == "init" else self.trained,
            mask=self.before,
            rng=self.rng(0),
            initial=self.initial,
            net=self.net,
            settings=self.settings,
            pruned=self.pruned,
        )
