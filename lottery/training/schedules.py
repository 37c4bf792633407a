"""Learning rates over the course of training, as the share of `learning_rate` that is used at an update.

With s = t / budget, the share of the budget that is over, and f, the share of the rate that is left at its end:

    constant    1
    linear      1 - (1 - f) s
    cosine      f + (1 - f) (1 + cos(pi s)) / 2        (Loshchilov and Hutter 2017, arXiv 1608.03983, without restarts)

After the budget the rate stays at f: this is what fine-tuning trains with (Renda et al. 2020, arXiv 2003.02389), while
learning-rate rewinding goes through the schedule again. f = 0 would make fine-tuning do nothing.
"""

from collections.abc import Callable

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

SCHEDULES: dict[str, Callable[[Array, float], Array]] = {
    "constant": lambda s, f: jnp.ones_like(s),
    "linear": lambda s, f: 1 - (1 - f) * s,
    "cosine": lambda s, f: f + (1 - f) * (1 + jnp.cos(jnp.pi * s)) / 2,
}


def rate_factor(update: Int[Array, "*shape"], schedule: str, budget: int, final_rate: float) -> Float[Array, "*shape"]:
    """The share of `learning_rate` that the update of this number (from 0 on) is made with.

    Args:
        update: numbers of updates; from `budget` on the rate is the final one.
        schedule: a name of `SCHEDULES`.
        budget: updates over which the rate decays.
        final_rate: f, the share that is left at the end.
    """
    share = jnp.minimum(update, budget).astype(jnp.result_type(float)) / budget
    return SCHEDULES[schedule](share, final_rate)
