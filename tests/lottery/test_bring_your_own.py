"""What the package does for its own networks, criteria and claims, it does for those that somebody brings along."""

import time
from dataclasses import replace

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from helpers import TINY, assert_same

import lottery
from gol.errors import InputError
from lottery import claims, experiments
from lottery.claims.frame.claim import Claim
from lottery.claims.frame.plan import plan_of
from lottery.inputs.registries import require_callable
from lottery.networks import ACTIVATIONS, Activation, LifeNet, full_mask, measure
from lottery.networks.masks import by_layer, effective_mask
from lottery.pruning import prune
from lottery.runs import pieces
from lottery.runs.pieces import Piece
from lottery.tickets import ARMS, PruningSettings, find_ticket, pick_mask
from lottery.tickets.arms import FAIR
from lottery.training.loop import draw_initial, pick

SHORT = replace(TINY, updates=50)


pytestmark = pytest.mark.usefixtures("registries")


class Block(nn.Module):
    """A convolution of 1x1, added to what comes in."""

    @nn.compact
    def __call__(self, x):
        return x + nn.relu(nn.Conv(x.shape[-1], (1, 1), name="mix")(x))


class Residual(nn.Module):
    """Two residual blocks between a convolution of 3x3 and a read-out."""

    steps: int = 1

    @nn.compact
    def __call__(self, boards):
        x = nn.relu(nn.Conv(3, (3, 3), padding="CIRCULAR", name="see")(boards[..., None]))
        x = Block(name="second")(Block(name="first")(x))
        return nn.Conv(1, (1, 1), name="read")(x)[..., 0]


class Wide(nn.Module):
    """A kernel of 5x5, the bare parameters of the network itself."""

    steps: int = 1

    @nn.compact
    def __call__(self, boards):
        seen = self.param("seen", nn.initializers.glorot_uniform(), (5, 5, 1, 2))
        x = jnp.pad(boards[..., None], ((0, 0), (2, 2), (2, 2), (0, 0)), mode="wrap")
        x = jax.lax.conv_general_dilated(x, seen, (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC"))
        return nn.Dense(1, name="read")(nn.relu(x))[..., 0]


@pytest.mark.thorough
def test_a_residual_network_is_pruned_to_tickets_beside_all_controls():
    controls = tuple(name for name in ARMS if name not in ("ticket", FAIR))
    pruning = PruningSettings(levels=1, prune_fraction=0.5, criterion="snip", controls=controls)
    dense, ticket = find_ticket(Residual(), SHORT, pruning, seed=0, replicates=[0, 1])
    mask = pick_mask(ticket.masks, 1)
    counted = measure(pick(ticket.rewound, 1), mask)
    assert [row.layer for row in counted.layers] == ["first/mix", "read", "second/mix", "see"]
    assert (counted.kept, counted.prunable, counted.parameters) == (24, 48, 58)
    assert counted.effective is None
    assert counted.effective_density is None
    assert set(ticket.arms) == set(ARMS) - {FAIR}
    assert ticket.arms["ticket"].can_be_exact is None
    with pytest.raises(InputError, match="Here it is Residual"):
        next(find_ticket(Residual(), SHORT, replace(pruning, controls=(FAIR,)), seed=0, replicates=[0]))
    trained = pick(ticket.arms["ticket"].params, 1)
    assert (trained["first"]["mix"]["kernel"][~mask["first"]["mix"]["kernel"]] == 0).all()
    assert mask["first"]["mix"]["bias"] is None
    assert_same(ticket.rewound, dense.rewound)


@pytest.mark.parametrize("scope", ["global", "layerwise", "erk"])
def test_a_network_of_5x5_kernels_is_pruned_by_every_scope(scope):
    params = pick(draw_initial(Wide(), 0, [0]), 0)
    mask = prune(
        params, full_mask(params), prune_fraction=0.5, rng=np.random.default_rng(0),
        criterion="snip", scope=scope, floor=2, net=Wide(), settings=SHORT,
    )  # fmt: skip
    assert measure(params, mask).kept == (27 if scope == "layerwise" else 26)  # of 50 and 2, at least 2 each
    assert {layer: set(leaves) for layer, leaves in by_layer(mask).items()} == {
        ".": {"seen"},
        "read": {"bias", "kernel"},
    }


@pytest.mark.thorough
def test_a_mask_says_what_can_be_pruned():
    mask = full_mask(pick(draw_initial(Residual(), 0, [0]), 0))
    mask["see"]["kernel"] = None
    pruning = PruningSettings(levels=1, prune_fraction=0.5, controls=())
    *_, ticket = find_ticket(Residual(), SHORT, pruning, seed=0, replicates=[0], mask=mask)
    assert ticket.masks["see"]["kernel"] is None
    assert sum(leaf.sum() for leaf in jax.tree.leaves(ticket.masks)) == 11  # of 21, from which round(10.5) = 10 go
    with pytest.raises(InputError, match="mask: read/kernel has the shape"):
        next(
            find_ticket(
                Residual(),
                SHORT,
                pruning,
                seed=0,
                replicates=[0],
                mask={**mask, "read": {"kernel": [True], "bias": None}},
            )
        )


def test_what_a_lifenets_layers_tell_is_refused_for_others():
    mask = full_mask(pick(draw_initial(Residual(), 0, [0]), 0))
    with pytest.raises(InputError, match="known for a LifeNet"):
        effective_mask(mask)


def test_a_criterion_of_ones_own_is_a_function_or_a_name():
    def closest_to_one(context):
        return jax.tree.map(lambda w: -np.abs(w - 1), context.final)

    params = pick(draw_initial(LifeNet(), 0, [0]), 0)
    lottery.register_criterion("closest_to_one", closest_to_one)
    by_name, by_function = (
        prune(params, full_mask(params), prune_fraction=0.5, rng=np.random.default_rng(0), criterion=criterion)
        for criterion in ("closest_to_one", closest_to_one)
    )
    assert_same(by_name, by_function)
    assert params["readout"]["kernel"].shape == (1, 1, 1, 1)
    weights = {layer: leaves["kernel"] for layer, leaves in params.items()}
    far = max(abs(weights[layer][by_name[layer]["kernel"]] - 1).max(initial=0) for layer in weights)
    near = min(abs(weights[layer][~by_name[layer]["kernel"]] - 1).min(initial=9) for layer in weights)
    assert far <= near
    assert PruningSettings(criterion="closest_to_one").criterion == "closest_to_one"


def test_scores_that_do_not_fit_are_refused_in_a_sentence():
    params = pick(draw_initial(LifeNet(), 0, [0]), 0)
    for wrong in (lambda context: {}, lambda context: jax.tree.map(np.sum, context.final)):
        with pytest.raises(InputError, match="gives scores of other shapes"):
            prune(params, full_mask(params), prune_fraction=0.5, rng=np.random.default_rng(0), criterion=wrong)


def test_a_start_of_ones_own_is_what_tickets_start_from():
    def doubled(replicate):
        return jax.tree.map(lambda w: 2 * w, replicate.rewound)

    lottery.register_start("doubled", doubled)
    pruning = PruningSettings(levels=1, prune_fraction=0.5, start="doubled", controls=())
    still = replace(SHORT, learning_rate=1e-20)
    _, ticket = find_ticket(LifeNet(), still, pruning, seed=0, replicates=[0])
    expected = jax.tree.map(lambda w: 2 * w, ticket.rewound["readout"]["kernel"])
    found = ticket.arms["ticket"].params["readout"]["kernel"]
    np.testing.assert_allclose(found, np.where(ticket.masks["readout"]["kernel"], expected, 0))


def test_an_activation_of_ones_own_is_trained_and_certified():
    lottery.register_activation(
        "softsign",
        Activation(train=lambda x, _: x / (1 + jnp.abs(x)), check=lambda x, _: x / (1 + np.abs(x))),
    )
    result = lottery.train(LifeNet(activation="softsign"), SHORT, seed=0, replicates=[0])
    assert result.certificates[0].kind == "neighbourhoods"
    with pytest.raises(InputError, match="not the same function in training and in certificates"):
        lottery.register_activation("odd", Activation(train=lambda x, _: x, check=lambda x, _: -x))


def count_run(settings, folder, on_progress):
    """Compute a `count` piece: how many parameters networks of some widths have."""
    started = time.monotonic()
    counts = [lottery.parameter_count(LifeNet(width=width)) for width in settings["widths"]]
    return {"counts": counts, "seconds": time.monotonic() - started}


class Linear(Claim):
    """Parameter counts of some widths."""

    name = "linear"
    statement = "A network m times overcomplete has at least m times the parameters."
    source = "a test"
    protocol = "We count them."
    rule = "Reproduced if it is so at every width, contradicted otherwise."
    outcome = None

    def pieces(self):
        return {"counts": Piece("counts", "count", {"widths": [1, 2, 4]}, updates=0, seconds=1.0)}

    def points(self):
        first, *others = self["counts"]["counts"]
        grown = all(count >= width * first for width, count in zip((2, 4), others, strict=True))
        yield self.point("all", verdict="reproduced" if grown else "contradicted")


def test_a_kind_of_piece_and_a_claim_of_ones_own_are_computed_and_judged(tmp_path):
    lottery.register_kind("count", count_run)
    lottery.register_claim(Linear)
    (chosen,) = claims.chosen(["linear"])
    plan = plan_of("smoke")
    results = {
        piece.name: pieces.compute(piece, tmp_path, experiments.KINDS, lambda share, words: None)
        for piece in chosen(plan).needed()
    }
    (point,) = chosen(plan, results).points()
    assert (point["id"], point["verdict"]) == ("linear/all", "reproduced")
    assert claims.chosen(["all"])[-1] is Linear


def test_a_name_that_exists_is_refused():
    relu = ACTIVATIONS["relu"]
    for add in (
        lambda: lottery.register_criterion("snip", len),
        lambda: lottery.register_start("rewind", len),
        lambda: lottery.register_activation("relu", relu),
        lambda: lottery.register_kind("train", len),
        lambda: lottery.register_claim(type("Width", (Linear,), {"name": "width"})),
    ):
        with pytest.raises(InputError, match="exists already: choose another name"):
            add()


@pytest.mark.parametrize(
    ("add", "sentence"),
    [
        (lambda: require_callable("criterion", None), "A criterion has to be a function, not NoneType"),
        (lambda: lottery.register_criterion("mine", len, rounds=0), "rounds is 0"),
        (lambda: lottery.register_start("../mine", len), "it takes letters, digits"),
        (lambda: lottery.register_activation("mine", replace(ACTIVATIONS["relu"], learned="row")), "learned is 'row'"),
        (lambda: lottery.register_claim(Claim), "The claim Claim lacks name"),
        (lambda: lottery.register_claim(type("All", (Linear,), {"name": "all"})), "a name for several claims"),
    ],
)
def test_what_cannot_be_registered_is_refused_in_a_sentence(add, sentence):
    with pytest.raises(InputError, match=sentence):
        add()
