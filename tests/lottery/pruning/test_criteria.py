"""One body over all criteria, hand-computed scores, and derivatives against a direct computation of them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from helpers import TINY, assert_same, leaves, random_parameters

import gol
from gol.errors import InputError
from lottery.networks.lifenet import LifeNet, logits
from lottery.networks.masks import apply_mask, full_mask, map_masked, measure
from lottery.networks.neighbourhoods import NEIGHBOURHOODS, risk_weights
from lottery.pruning.criteria import CRITERIA, ROUNDS, Context
from lottery.pruning.criteria.curvature import inverse_diagonal
from lottery.pruning.ranking import prune
from lottery.training.losses import binary_cross_entropy

NET = LifeNet(width=2)
INITIAL, FINAL = random_parameters(NET, 1), random_parameters(NET, 2)
KNOWN = {"initial": INITIAL, "net": NET, "settings": TINY}
BEFORE = prune(FINAL, full_mask(FINAL), prune_fraction=10 / 46, rng=np.random.default_rng(5), criterion="random")


def rng(seed=0):
    return np.random.default_rng(seed)


def context(**changes):
    return Context(**{"final": FINAL, "mask": BEFORE, "rng": rng(), **KNOWN, **changes})


def flat(tree):
    return np.concatenate([leaf.ravel() for leaf in leaves(tree)])


def survivors(mask):
    return int(flat(mask).sum())


@pytest.mark.parametrize("name", CRITERIA)
def test_every_criterion_keeps_the_right_count_of_the_highest_and_nothing_comes_back(name):
    huge = map_masked(lambda keep, w: np.where(keep, w, 1e6).astype(w.dtype), BEFORE, FINAL)
    params = {layer: {**FINAL[layer], **{n: w for n, w in new.items() if w is not None}} for layer, new in huge.items()}
    mask = prune(params, BEFORE, prune_fraction=0.5, rng=rng(), criterion=name, **KNOWN)
    now, before = flat(mask), flat(BEFORE)
    assert before.sum() == 36
    assert now.sum() == 18
    assert not (now & ~before).any()
    assert mask["readout"]["bias"] is None
    again = prune(params, BEFORE, prune_fraction=0.5, rng=rng(), criterion=name, **KNOWN)
    assert_same(mask, again)
    if name not in ROUNDS:
        scores = flat(map_masked(lambda _, score: score, BEFORE, CRITERIA[name](context(final=params))))
        assert np.isfinite(scores[before]).all()
        assert scores[now].min() >= scores[before & ~now].max()
    assert before.sum() == 36  # and the old mask was not written into


@pytest.mark.parametrize("name", CRITERIA)
def test_ties_are_broken_by_chance_and_prefer_no_layer(name):
    """All weights zero, as far as a criterion can see: signed constants and dead networks look like this."""
    zero = jax.tree.map(np.zeros_like, FINAL)
    masks = [
        prune(zero, full_mask(zero), prune_fraction=0.5, rng=rng(s), criterion=name, **{**KNOWN, "initial": zero})
        for s in range(12)
    ]
    assert {survivors(mask) for mask in masks} == {23}
    assert len({flat(mask).tobytes() for mask in masks}) == 12
    share = np.mean([[mask[layer]["kernel"].mean() for layer in ("block0_3x3", "block0_1x1")] for mask in masks], 0)
    np.testing.assert_allclose(share, 0.5, atol=0.2)


@pytest.mark.parametrize("name", CRITERIA)
def test_a_criterion_changes_nothing_that_it_is_shown(name):
    shown = context()
    kept = jax.tree.map(np.copy, (shown.final, shown.initial)), jax.tree.map(np.copy, shown.mask)
    CRITERIA[name](shown)
    assert_same(((shown.final, shown.initial), shown.mask), kept)


# Six weights w_i -> w_f of one layer, of which two stay; worked out by hand.
START = np.array([1.0, -2.0, 3.0, -4.0, 5.0, -6.0])
END = np.array([6.0, 5.5, 3.0, -7.0, 1.0, 2.0])
KEPT = {
    "magnitude": [0, 3],
    "large_final": [0, 3],  # 6 and -7
    "small_final": [4, 5],  # 1 and 2
    "large_init": [4, 5],
    "small_init": [0, 1],
    "large_init_large_final": [2, 3],  # ranks 1..6 and 5, 4, 3, 6, 1, 2: the smaller ones are 1, 2, 3, 4, 1, 2
    "small_init_small_final": [1, 2],  # the larger ones are 5, 4, 3, 6, 5, 6
    "magnitude_increase": [0, 1],  # 5, 3.5, 0, 3, -4, -4
    "movement": [1, 5],  # 5, 7.5, 0, 3, 4, 8
}


@pytest.mark.parametrize("name", KEPT)
def test_the_criteria_of_zhou_et_al_on_six_weights(name):
    params, initial = ({"one": {"kernel": w, "bias": np.ones(2)}} for w in (END, START))
    mask = prune(params, full_mask(params), prune_fraction=4 / 6, rng=rng(), criterion=name, initial=initial)
    assert np.flatnonzero(mask["one"]["kernel"]).tolist() == KEPT[name]


def test_random_is_another_mask_for_another_rng_and_takes_every_weight_equally_often():
    masks = [prune(FINAL, full_mask(FINAL), prune_fraction=0.5, rng=rng(s), criterion="random") for s in range(200)]
    often = np.mean([flat(mask) for mask in masks], axis=0)
    np.testing.assert_allclose(often, 0.5, atol=4.5 * (0.25 / 200) ** 0.5)


def exact_loss(params):
    """The expected loss over all boards, from the flax network on its 512 windows: nothing of the criteria."""
    windows = jnp.asarray(NEIGHBOURHOODS.reshape(512, 3, 3), jnp.float64)
    found = logits(NET.clone(padding="valid"), params, windows)[:, 0, 0]
    target = jnp.asarray(gol.truth_table(gol.parse_rule("B3/S23")), jnp.float64)
    return jnp.sum(jnp.asarray(risk_weights(None)) * binary_cross_entropy(found, target))


def masked():
    return jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float64), apply_mask(FINAL, BEFORE))


def close(one, other, tolerance=1e-9):
    np.testing.assert_allclose(flat(one), flat(other), rtol=tolerance, atol=tolerance * np.abs(flat(other)).max())


def test_snip_is_the_weight_times_its_gradient():
    with jax.enable_x64(True):
        expected = jax.tree.map(lambda w, g: jnp.abs(w * g), masked(), jax.jit(jax.grad(exact_loss))(masked()))
    close(CRITERIA["snip"](context()), expected)


def test_grasp_is_the_weight_times_the_hessian_times_the_gradient_of_the_survivors():
    with jax.enable_x64(True):
        params = masked()
        flat_params, restore = jax.flatten_util.ravel_pytree(params)
        curvature = jax.jit(jax.hessian(lambda x: exact_loss(restore(x))))(flat_params)
        slope = jax.jit(jax.grad(lambda x: exact_loss(restore(x))))(flat_params)
        survives = map_masked(lambda keep: keep.astype(float), BEFORE)
        filled = {la: {n: np.zeros(w.shape) if survives[la][n] is None else survives[la][n] for n, w in ls.items()}
                  for la, ls in params.items()}  # fmt: skip
        chosen = jax.flatten_util.ravel_pytree(filled)[0]
        # The authors' score is -w (H g), and they remove the highest.
        expected = restore(flat_params * (curvature @ (slope * chosen)))
    close(CRITERIA["grasp"](context()), expected)


@pytest.mark.thorough
def test_grasp_keeps_what_the_gradient_flow_needs():
    """Removing a weight that GraSP scores high lowers g^T g, by twice the score to first order."""
    scores = CRITERIA["grasp"](context(mask=full_mask(FINAL, prune_biases=True)))
    with jax.enable_x64(True):
        params = jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float64), FINAL)
        flow = lambda p: sum(jnp.sum(g * g) for g in jax.tree.leaves(jax.grad(exact_loss)(p)))  # noqa: E731
        step = 1e-6
        for at in ((0, 0, 0, 1), (1, 1, 0, 3), (2, 0, 0, 0)):
            less = params["block0_3x3"]["kernel"].at[at].multiply(1 - step)
            change = flow({**params, "block0_3x3": {**params["block0_3x3"], "kernel": less}}) - flow(params)
            np.testing.assert_allclose(change / step, -2 * scores["block0_3x3"]["kernel"][at], rtol=1e-3, atol=1e-9)


def test_saliency_is_the_loss_without_each_weight():
    scores = CRITERIA["saliency"](context())
    with jax.enable_x64(True):
        for layer, name, at in (("block0_3x3", "kernel", (1, 1, 0, 2)), ("readout", "kernel", (0, 0, 1, 0)),
                                ("block0_1x1", "bias", (1,))):  # fmt: skip
            params = masked()
            without = {**params, layer: {**params[layer], name: params[layer][name].at[at].set(0.0)}}
            np.testing.assert_allclose(scores[layer][name][at], exact_loss(without) - exact_loss(params), atol=1e-12)
        # Frozen weights are not set to zero but go back to where they started.
        scores = CRITERIA["saliency"](context(mask=full_mask(FINAL), pruned="frozen"))
        params = jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float64), FINAL)
        first = float(INITIAL["readout"]["kernel"][0, 0, 0, 0])
        back = {
            **params,
            "readout": {**params["readout"], "kernel": params["readout"]["kernel"].at[0, 0, 0].set(first)},
        }
        np.testing.assert_allclose(
            scores["readout"]["kernel"][0, 0, 0, 0], exact_loss(back) - exact_loss(params), atol=1e-12
        )


def test_obd_is_half_the_curvature_by_finite_differences_times_the_weight_squared():
    scores = CRITERIA["obd"](context())
    step = 1e-4
    with jax.enable_x64(True):
        for layer, at in (("block0_3x3", (0, 2, 0, 1)), ("block0_1x1", (0, 0, 3, 1)), ("readout", (0, 0, 0, 0))):
            params = masked()
            w = params[layer]["kernel"][at]
            moved = [
                exact_loss({**params, layer: {**params[layer], "kernel": params[layer]["kernel"].at[at].add(d)}})
                for d in (-step, 0.0, step)
            ]
            curvature = (moved[0] - 2 * moved[1] + moved[2]) / step**2
            np.testing.assert_allclose(scores[layer]["kernel"][at], curvature * w**2 / 2, rtol=1e-3, atol=1e-7)


def test_obs_is_what_is_left_of_the_rise_when_all_others_make_up_for_it():
    """On a quadratic, against the constrained minimum itself: min of d^T H d / 2 with d_q = 1 is 1 / (2 [H^-1]_qq)."""
    root = rng(3).normal(size=(6, 6))
    curvature = root @ root.T + 0.1 * np.eye(6)
    found = 1 / (2 * inverse_diagonal(curvature))
    for q in range(6):
        rest = [i for i in range(6) if i != q]
        direction = np.zeros(6)
        direction[q] = 1
        direction[rest] = -np.linalg.solve(curvature[np.ix_(rest, rest)], curvature[rest, q])
        np.testing.assert_allclose(found[q], direction @ curvature @ direction / 2, rtol=1e-9)
    assert (found <= np.diag(curvature) / 2 + 1e-12).all()  # which is OBD: making up for it never costs more


def test_obs_survives_directions_without_curvature():
    flat_direction = np.diag([1.0, 0.0, -1e-3])  # a dead weight, and one beyond a minimum
    found = inverse_diagonal(flat_direction)
    np.testing.assert_allclose(found, [1.0, 1e6, 1e6])


def test_synflow_adds_up_to_the_flow_in_every_layer():
    net = LifeNet(steps=2, width=3)
    params = random_parameters(net, 4)
    mask = prune(params, full_mask(params), prune_fraction=0.4, rng=rng(), criterion="random")
    scores = CRITERIA["synflow"](Context(params, mask, rng(), net=net, settings=TINY))
    through = np.ones(1)  # the all-ones window, layer by layer in numpy, |w| and no biases
    for layer in ("block0_3x3", "block0_1x1", "block1_3x3", "block1_1x1", "readout"):
        kernel = np.where(mask[layer]["kernel"], np.abs(params[layer]["kernel"].astype(np.float64)), 0)
        through = through @ kernel.sum((0, 1))
    assert through[0] > 0
    for layer in params:
        np.testing.assert_allclose(scores[layer]["kernel"].sum(), through[0], rtol=1e-12)
        assert (scores[layer]["bias"] == 0).all()


def test_synflow_leaves_no_layer_empty_where_one_round_and_magnitudes_do():
    net = LifeNet(width=8)
    params = random_parameters(net, 4)
    params["readout"]["kernel"] = params["readout"]["kernel"] * np.float32(1e-3)
    arguments = {"prune_fraction": 0.95, "net": net, "settings": TINY, "initial": params}
    for name, collapsed in (("synflow", ()), ("magnitude", ("readout",))):
        mask = prune(params, full_mask(params), rng=rng(), criterion=name, **arguments)
        assert measure(params, mask).collapsed == collapsed
        assert measure(params, mask).kept == 14


def test_rounds_follow_one_another_and_each_sees_what_the_last_has_left():
    seen = []

    def spy(shown):
        seen.append((survivors(shown.mask), round(shown.density * 46)))
        return CRITERIA["magnitude"](shown)

    CRITERIA["spy"] = spy
    try:
        mask = prune(FINAL, full_mask(FINAL), prune_fraction=0.75, rng=rng(), criterion="spy", rounds=2)
    finally:
        del CRITERIA["spy"]
    assert seen == [(46, 23), (23, 12)]  # 46 to 12 by way of 46 sqrt(12 / 46) = 23.495
    assert_same(mask, prune(FINAL, full_mask(FINAL), prune_fraction=0.75, rng=rng(7)))  # magnitudes do not change


def test_inverted_keeps_the_lowest():
    low = prune(FINAL, BEFORE, prune_fraction=0.5, rng=rng(), inverted=True)
    assert_same(low, prune(FINAL, BEFORE, prune_fraction=0.5, rng=rng(), criterion="small_final"))


@pytest.mark.thorough
def test_two_steps_are_scored_on_boards_that_follow_from_the_rng():
    net = LifeNet(steps=2)
    params = random_parameters(net, 4)
    shown = [Context(params, full_mask(params), rng(s), net=net, settings=TINY) for s in (0, 0, 1)]
    one, same, other = (CRITERIA["snip"](each) for each in shown)
    assert_same(one, same)
    assert not np.array_equal(flat(one), flat(other))
    np.testing.assert_allclose(flat(one), flat(other), atol=0.5 * flat(one).max())  # of one loss nevertheless


@pytest.mark.parametrize(
    ("name", "sentence"), [("movement", "give them as `initial`"), ("snip", "give `net` and `settings`")]
)
def test_a_criterion_that_has_to_know_more_says_so(name, sentence):
    with pytest.raises(InputError, match=sentence):
        prune(FINAL, full_mask(FINAL), prune_fraction=0.5, rng=rng(), criterion=name)
