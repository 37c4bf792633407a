"""A genetic search for a mask under which a random network is right, without any gradient.

Altmann et al. 2024 (arXiv 2411.04658) find strong tickets so: a gene says whether a weight is there, and masks that
answer more inputs rightly have more children. Their rates are not taken over. Here two parents are the better ones of
two random pairs, each gene of a child comes from either parent, a few genes flip, and the best of parents and children
live on. Where a child is as good as its elder it takes the place, so that a population moves on a plateau.

Their data have as many examples of either answer. Of the 512 neighbourhoods 140 live on, so that a network that always
says dead has few wrong answers and is hard to leave by small steps: the error counts either answer as a half.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

import gol
from gol.errors import InputError
from lottery.inputs import numerics
from lottery.inputs.plain_types import check_types
from lottery.networks.lifenet import Parameters
from lottery.networks.neighbourhoods import NEIGHBOURHOODS, right_side_traced


@dataclass(frozen=True)
class GeneticSettings:
    """How masks are bred.

    Attributes:
        population: masks that live at a time.
        generations: how often as many children are born.
        flips: genes of a child that change, on average.
        rule: that the network is to answer by.
    """

    population: int = 256
    generations: int = 250
    flips: float = 2.0
    rule: str = "B3/S23"

    def __post_init__(self) -> None:
        """Refuse numbers that no search can have."""
        check_types(self)
        for name in ("population", "generations"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} is {getattr(self, name)}: it has to be at least 1.")
        if not self.flips > 0:
            raise InputError(f"flips is {self.flips}: it has to be above 0.")


class Bred(NamedTuple):
    """What a search found.

    Attributes:
        params: the network under its best mask.
        errors: of the best mask of each generation, the first one before any child is born: the mean of the shares of
            neighbourhoods that live on, and of those that do not, which it answers wrongly. 1/2 for one answer to all.
    """

    params: Parameters
    errors: Float[np.ndarray, " generations_and_one"]


class _Living(NamedTuple):
    masks: Bool[Array, "population genes"]
    errors: Int[Array, " population"]  # times twice the numbers of neighbourhoods of either answer: exact


@numerics.pinned()
def breed(weights: Parameters, settings: GeneticSettings, key: Array) -> Bred:
    """Search a one-step network with a read-out, all of whose weights and biases may be left out.

    Args:
        weights: of one network.
        settings: of the search.
        key: of all draws.

    Raises:
        InputError: for another network.
    """
    if set(weights) != {"block0_3x3", "block0_1x1", "readout"}:
        raise InputError("The genetic search takes a one-step network with a read-out.")
    leaves, tree = jax.tree.flatten(jax.tree.map(lambda leaf: np.asarray(leaf, np.float32), weights))
    alive = jnp.asarray(gol.truth_table(settings.rule) != 0)
    best, errors = _breed(tree, settings, tuple(map(jnp.asarray, leaves)), alive, key)
    kept = _under(np.asarray(best), leaves)
    living = int(alive.sum())
    return Bred(jax.tree.unflatten(tree, kept), np.asarray(errors) / (2 * living * (len(alive) - living)))


def _under(mask: Any, leaves: Any) -> list[Any]:
    """The leaves times their genes, which stand one leaf after the other."""
    ends = np.cumsum([leaf.size for leaf in leaves])
    return [
        leaf * mask[end - leaf.size : end].reshape(leaf.shape).astype(leaf.dtype)
        for leaf, end in zip(leaves, ends.tolist(), strict=True)
    ]


@partial(jax.jit, static_argnums=(0, 1))
def _breed(
    tree: Any, settings: GeneticSettings, leaves: tuple[Array, ...], alive: Bool[Array, " 512"], key: Array
) -> tuple[Bool[Array, " genes"], Int[Array, " generations_and_one"]]:
    count, genes = settings.population, sum(leaf.size for leaf in leaves)
    cells, living = jnp.asarray(NEIGHBOURHOODS), jnp.sum(alive, dtype=jnp.int32)
    weights = jnp.where(alive, len(NEIGHBOURHOODS) - living, living)

    def error_of(mask: Bool[Array, " genes"]) -> Int[Array, ""]:
        logit = _logits(jax.tree.unflatten(tree, _under(mask, leaves)), cells)
        return jnp.sum(jnp.where(right_side_traced(logit, alive), 0, weights))

    def next_generation(found: _Living, key: Array) -> tuple[_Living, Int[Array, ""]]:
        chosen, mixed, flipped = jax.random.split(key, 3)
        pairs = jax.random.randint(chosen, (2, count, 2), 0, count)
        better = jnp.where(found.errors[pairs[..., 0]] <= found.errors[pairs[..., 1]], pairs[..., 0], pairs[..., 1])
        mother, father = found.masks[better[0]], found.masks[better[1]]
        children = jnp.where(jax.random.bernoulli(mixed, 0.5, (count, genes)), mother, father)
        children ^= jax.random.bernoulli(flipped, settings.flips / genes, (count, genes))
        masks = jnp.concatenate([children, found.masks])
        errors = jnp.concatenate([jax.vmap(error_of)(children), found.errors])
        order = jnp.argsort(errors, stable=True)[:count]
        return _Living(masks[order], errors[order]), errors[order[0]]

    first, later = jax.random.split(key)
    masks = jax.random.bernoulli(first, 0.5, (count, genes))
    begun = _Living(masks, jax.vmap(error_of)(masks))
    end, course = jax.lax.scan(next_generation, begun, jax.random.split(later, settings.generations))
    return end.masks[0], jnp.concatenate([jnp.min(begun.errors)[None], course])


def _logits(params: Any, cells: Float[Array, "512 9"]) -> Float[Array, " 512"]:
    """Logits of a one-step network for all neighbourhoods."""
    first, second, last = params["block0_3x3"], params["block0_1x1"], params["readout"]
    multiply = partial(jnp.matmul, precision="highest")
    wide = jax.nn.relu(multiply(cells, first["kernel"].reshape(9, -1)) + first["bias"][None])
    narrow = jax.nn.relu(multiply(wide, second["kernel"][0, 0]) + second["bias"][None])
    return (multiply(narrow, last["kernel"][0, 0]) + last["bias"][None])[:, 0]
