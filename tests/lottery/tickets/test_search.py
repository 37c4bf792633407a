"""Iterative magnitude pruning, held against the paper's own description of it."""

import itertools
from dataclasses import replace

import jax
import numpy as np
import pytest
from helpers import TINY, assert_same, leaves, rows

import lottery.tickets.search
import lottery.training.checkpoints
from gol.errors import InputError
from lottery.analysis.exact_masks import can_be_exact
from lottery.certificates.certificate import certify
from lottery.networks.handmade import handmade_parameters
from lottery.networks.lifenet import LifeNet
from lottery.networks.masks import apply_mask, full_mask
from lottery.networks.trees import stack
from lottery.pruning.criteria import CRITERIA
from lottery.pruning.ranking import prune
from lottery.runs.files import settings_from
from lottery.tickets.arms import ARMS
from lottery.tickets.replicate import Replicate
from lottery.tickets.search import find_ticket, pick_mask
from lottery.tickets.settings import PruningSettings
from lottery.tickets.starts import STARTS
from lottery.training.engine import make_engine
from lottery.training.loop import draw_initial, pick, train

NET = LifeNet(width=2)
PRUNING = PruningSettings(levels=2, prune_fraction=0.4, controls=("reinit", "shuffled", "finetuned"))
WHO = [2, 5]


@pytest.fixture(scope="module")
def levels():
    return list(find_ticket(NET, TINY, PRUNING, seed=1, replicates=WHO))


def assert_same_level(one, other):
    assert one.level == other.level
    assert_same(one.masks, other.masks)
    assert_same(one.rewound, other.rewound)
    assert one.arms.keys() == other.arms.keys()
    for name, arm in one.arms.items():
        assert_same(arm.params, other.arms[name].params)
        np.testing.assert_array_equal(arm.first_solved, other.arms[name].first_solved)
    np.testing.assert_array_equal(one.cut_solved, other.cut_solved)


@pytest.mark.thorough
def test_level_0_is_the_dense_network_as_train_alone_trains_it(levels):
    dense = train(NET, TINY, seed=1, replicates=WHO)
    assert list(levels[0].arms) == ["ticket"]
    assert_same(levels[0].arms["ticket"].params, dense.params)
    assert_same(levels[0].rewound, draw_initial(NET, 1, WHO))
    assert all(leaf.all() for leaf in leaves(levels[0].masks))


def test_every_level_prunes_the_fraction_of_the_survivors_by_the_weights_at_the_end_of_the_level_before(levels):
    count = 36 + 8 + 2
    for before, after in itertools.pairwise(levels):
        count -= round(0.4 * count)
        for index in range(2):
            mask, old = pick_mask(after.masks, index), pick_mask(before.masks, index)
            assert sum(int(leaf.sum()) for leaf in leaves(mask)) == count
            trained = np.concatenate([np.abs(x.ravel()) for x in leaves_of_kernels(before, index)])
            now, then = (np.concatenate([x.ravel() for x in leaves(m)]) for m in (mask, old))
            assert not (now & ~then).any()  # nothing comes back
            assert trained[now].min() >= trained[then & ~now].max()


def leaves_of_kernels(level, index):
    params = pick(level.arms["ticket"].params, index)
    return [params[layer]["kernel"] for layer in sorted(params)]


def test_survivors_are_rewound_bitwise_and_pruned_weights_stay_zero_in_every_arm(levels):
    for level in levels[1:]:
        again = train(
            NET, TINY, seed=1, replicates=WHO, initial=levels[0].rewound, masks=level.masks
        )  # the whole of a level: initial weights, the mask, a fresh optimiser, the same batches
        assert_same(level.arms["ticket"].params, again.params)
        for arm in ("ticket", "reinit", "finetuned"):
            for layer, kept in level.masks.items():
                assert (level.arms[arm].params[layer]["kernel"][~kept["kernel"]] == 0).all()


@pytest.fixture(scope="module")
def all_arms():
    controls = tuple(name for name in ARMS if name != "ticket")
    return list(find_ticket(NET, TINY, replace(PRUNING, levels=1, controls=controls), seed=1, replicates=WHO))


@pytest.mark.parametrize("name", ARMS)
def test_every_arm_is_its_start_trained_on_the_batches_of_its_replicate(all_arms, name):
    levels, starts = all_arms, []
    for index, replicate in enumerate(WHO):
        trained = pick(levels[0].arms["ticket"].params, index)
        rewound, mask = rows(levels[0].rewound, index), pick_mask(levels[1].masks, index)
        before = pick_mask(levels[0].masks, index)
        starts.append(ARMS[name](Replicate(NET, 1, replicate, 1, mask, rewound, trained, before=before)))
    alone = train(
        NET,
        TINY,
        seed=1,
        replicates=WHO,
        initial=stack([start for start, _ in starts]),
        masks=stack([mask for _, mask in starts]),
    )
    assert_same(levels[1].arms[name].params, alone.params)


def test_levels_that_are_done_are_not_computed_again_and_the_rest_is_the_same(levels):
    for done in (1, 2):
        rest = list(find_ticket(NET, TINY, PRUNING, seed=1, replicates=WHO, done=levels[:done]))
        assert [level.level for level in rest] == list(range(done, 3))
        for one, other in zip(rest, levels[done:], strict=True):
            assert_same_level(one, other)
    assert list(find_ticket(NET, TINY, PRUNING, seed=1, replicates=WHO, done=levels)) == []


def test_a_kill_within_a_level_changes_nothing(levels, tmp_path, monkeypatch):
    monkeypatch.setattr(lottery.training.checkpoints, "SECONDS_BETWEEN", -1.0)

    def progress(level):
        def report(done, solved):
            if (level, done) == (1, 150):
                raise KeyboardInterrupt

        return report

    path = tmp_path / "state.safetensors"
    killed = find_ticket(NET, TINY, PRUNING, seed=1, replicates=WHO, checkpoint=path, progress=progress)
    done = [next(killed)]
    with pytest.raises(KeyboardInterrupt):
        next(killed)
    rest = find_ticket(NET, TINY, PRUNING, seed=1, replicates=WHO, checkpoint=path, done=done)
    for one, other in zip([*done, *rest], levels, strict=True):
        assert_same_level(one, other)


def test_a_replicate_is_the_same_alone(levels):
    alone = list(find_ticket(NET, TINY, PRUNING, seed=1, replicates=[5]))
    for one, other in zip(alone, levels, strict=True):
        for name in one.arms:
            assert_same(rows(one.arms[name].params, 0), rows(other.arms[name].params, 1))


def test_levels_and_their_masks_compile_nothing_new(levels):
    engine = make_engine(NET, replace(TINY, updates=50), tuple(jax.devices()))
    before = engine.compilations()
    list(find_ticket(NET, TINY, replace(PRUNING, prune_fraction=0.3), seed=2, replicates=WHO))
    assert engine.compilations() == before


def test_rewinding_to_step_k_starts_from_the_weights_at_k_with_the_batches_after_k():
    pruning = replace(PRUNING, levels=1, rewind_to=100, controls=())
    zero, one = find_ticket(NET, TINY, pruning, seed=1, replicates=WHO)
    at_k = train(NET, replace(TINY, updates=100), seed=1, replicates=WHO)
    assert_same(zero.rewound, at_k.params)
    again = train(NET, TINY, seed=1, replicates=WHO, initial=at_k.params, masks=one.masks, start=100)
    assert_same(one.arms["ticket"].params, again.params)


@pytest.mark.thorough
def test_cut_solved_is_the_trained_network_cut_and_not_trained_again(monkeypatch):
    # A network with spare channels that are exact zeros: cutting these leaves it exact, cutting more does not.
    exact = stack([handmade_parameters(width=2)] * 2)
    monkeypatch.setattr(lottery.tickets.search, "draw_initial", lambda *_: exact)
    still = replace(TINY, updates=50, learning_rate=1e-9)
    for fraction, expected in ((22 / 46, True), (26 / 46, False)):
        pruning = PruningSettings(levels=1, prune_fraction=fraction, controls=())
        zero, one = find_ticket(LifeNet(width=2), still, pruning, seed=1, replicates=[0, 1])
        assert zero.cut_solved.all()
        assert (one.cut_solved == expected).all()
    mask = prune(
        handmade_parameters(width=2), pick_mask(zero.masks, 0), prune_fraction=0.1, rng=np.random.default_rng(0)
    )
    assert certify(apply_mask(handmade_parameters(width=2), mask)).correct


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"levels": 0}, "levels is 0"),
        ({"prune_fraction": 1.0}, "prune_fraction is 1.0"),
        ({"criterion": "charisma"}, "Unknown criterion"),
        ({"scope": "galactic"}, "Unknown scope"),
        ({"controls": ("placebo",)}, "Unknown control 'placebo': controls are constant, constant_sign, finetuned,"),
        ({"controls": ("ticket",)}, "Unknown control 'ticket'"),
        ({"levels": 2, "at": (3,)}, r"at is \(3,\): it takes rising levels between 1 and levels \(2\)"),
        ({"levels": 2, "at": (2, 1)}, "rising levels"),
        ({"start": "scratch"}, "Unknown start 'scratch'"),
        ({"pruned": "gone"}, "Unknown pruned 'gone': it is one of zero, frozen"),
        ({"when": "never"}, "Unknown when 'never': it is one of levels, oneshot, init"),
        ({"floor": -1}, "floor is -1"),
        ({"floor": (9, 2, -1)}, r"floor is \(9, 2, -1\)"),
        ({"floor": ()}, r"floor is \(\)"),
        ({"rounds": 0}, "rounds is 0"),
        ({"when": "init", "criterion": "movement"}, "have not moved"),
    ],
)
def test_settings_that_cannot_be_pruned_with_are_refused(wrong, sentence):
    with pytest.raises(InputError, match=sentence):
        PruningSettings(**wrong)


def test_every_arm_says_whether_its_masks_can_be_exact(levels):
    for level in levels:
        assert level.arms["ticket"].can_be_exact.tolist() == can_be_exact(level.masks).tolist()
        if level.level:  # few shuffles can be, and here none is
            assert not level.arms["shuffled"].can_be_exact.any()
            assert level.arms["reinit"].can_be_exact.tolist() == level.arms["ticket"].can_be_exact.tolist()
    assert levels[0].arms["ticket"].can_be_exact.all()


def test_a_layer_that_is_never_pruned_counts_as_whole():
    mask = {**full_mask(pick(draw_initial(NET, 1, WHO), 0)), "readout": {"kernel": None, "bias": None}}
    pruning = replace(PRUNING, levels=1, controls=("shuffled_feasible",))
    *_, ticket = find_ticket(NET, TINY, pruning, seed=1, replicates=WHO, mask=mask)
    assert ticket.masks["readout"]["kernel"] is None
    assert ticket.arms["shuffled_feasible"].can_be_exact.all()


def test_a_fair_shuffle_is_refused_before_anything_is_trained(monkeypatch):
    monkeypatch.setattr(lottery.tickets.search, "train", None)
    pruning = replace(PRUNING, pruned="frozen", controls=("shuffled_feasible",))
    with pytest.raises(InputError, match="pruned weights frozen"):
        next(find_ticket(NET, TINY, pruning, seed=1, replicates=WHO))


def test_rewinding_beyond_the_budget_is_refused():
    with pytest.raises(InputError, match="snapshot_at is 250"):
        next(find_ticket(NET, TINY, replace(PRUNING, rewind_to=250), seed=1, replicates=WHO))


def counts(level):
    return [sum(int(leaf[index].sum()) for leaf in leaves(level.masks)) for index in range(len(WHO))]


@pytest.mark.parametrize("when", ["oneshot", "init"])
def test_one_shot_and_pruning_before_training_reach_the_densities_of_the_levels_from_the_dense_network(levels, when):
    pruning = replace(PRUNING, when=when, controls=("finetuned", "inverted"))
    found = list(find_ticket(NET, TINY, pruning, seed=1, replicates=WHO))
    assert_same(found[0].arms["ticket"].params, levels[0].arms["ticket"].params)
    for level, like in zip(found, levels, strict=True):
        assert counts(level) == counts(like)
        assert_same(level.rewound, levels[0].rewound)
    scored = levels[0].arms["ticket"].params if when == "oneshot" else levels[0].rewound
    for level in found[1:]:
        for index in range(len(WHO)):
            params, mask = pick(scored, index), pick_mask(level.masks, index)
            kept, gone = (
                np.concatenate([np.abs(params[layer]["kernel"][mask[layer]["kernel"] == which]) for layer in mask])
                for which in (True, False)
            )
            assert kept.min() >= gone.max()
        fine = train(
            NET, TINY, seed=1, replicates=WHO, initial=levels[0].arms["ticket"].params, masks=level.masks
        )  # fine-tuning starts from the dense network, which the masks were cut from
        assert_same(level.arms["finetuned"].params, fine.params)
    rest = list(find_ticket(NET, TINY, pruning, seed=1, replicates=WHO, done=found[:2]))
    assert_same_level(rest[0], found[2])


@pytest.mark.parametrize("when", ["levels", "oneshot"])
def test_controls_at_some_levels_change_nothing_else(when):
    every = replace(PRUNING, when=when, controls=("shuffled",))
    at = list(find_ticket(NET, TINY, replace(every, at=(2,)), seed=1, replicates=WHO))
    whole = list(find_ticket(NET, TINY, every, seed=1, replicates=WHO))
    assert [level.level for level in at] == ([0, 1, 2] if when == "levels" else [0, 2])
    assert [set(level.arms) for level in at[:-1]] == [{"ticket"}] * (len(at) - 1)
    assert_same_level(at[-1], whole[-1])
    assert replace(every, at=(2,)).numbers == [level.level for level in at]


def test_pruning_before_training_does_not_look_at_the_training():
    pruning = replace(PRUNING, levels=1, when="init", criterion="snip", controls=())
    short, long = (
        list(find_ticket(NET, replace(TINY, updates=updates), pruning, seed=1, replicates=WHO)) for updates in (50, 100)
    )
    assert_same(short[1].masks, long[1].masks)
    late = replace(pruning, rewind_to=50)  # from the weights at step 50, which training has moved
    assert not np.array_equal(
        leaves(next_level(late).masks)[0],
        leaves(long[1].masks)[0],
    )


def next_level(pruning):
    *_, last = find_ticket(NET, replace(TINY, updates=100), pruning, seed=1, replicates=WHO)
    return last


@pytest.mark.parametrize("criterion", ["random", "synflow", "large_init", "saliency"])
def test_a_replicate_is_pruned_the_same_alone_whatever_the_criterion(criterion):
    pruning = replace(PRUNING, criterion=criterion, controls=())
    settings = replace(TINY, updates=50)
    among, alone = (list(find_ticket(NET, settings, pruning, seed=1, replicates=who)) for who in (WHO, [5]))
    for one, other in zip(alone, among, strict=True):
        assert_same(rows(one.masks, 0), rows(other.masks, 1))
        assert_same(rows(one.arms["ticket"].params, 0), rows(other.arms["ticket"].params, 1))
    for before, after in itertools.pairwise(among):
        for one, other in zip(leaves(before.masks), leaves(after.masks), strict=True):
            assert not (other & ~one).any()


@pytest.mark.parametrize("start", [name for name in STARTS if name not in ("rewind", "reinit")])
def test_a_ticket_starts_from_what_is_asked_for_at_every_level(start):
    pruning = replace(PRUNING, start=start, controls=())
    found = list(find_ticket(NET, replace(TINY, updates=50), pruning, seed=1, replicates=[5]))
    for before, level in itertools.pairwise(found):
        trained, rewound = (rows(tree, 0) for tree in (before.arms["ticket"].params, level.rewound))
        one = Replicate(NET, 1, 5, level.level, pick_mask(level.masks, 0), rewound, trained)
        again = train(
            NET,
            replace(TINY, updates=50),
            seed=1,
            replicates=[5],
            initial=stack([STARTS[start](one)]),
            masks=level.masks,
        )
        assert_same(level.arms["ticket"].params, again.params)


def test_dense_networks_can_start_from_weights_that_are_given(levels):
    again = find_ticket(NET, TINY, PRUNING, seed=1, replicates=WHO, initial=draw_initial(NET, 1, WHO))
    assert_same_level(next(again), levels[0])
    others = draw_initial(NET, 2, WHO)
    short = replace(TINY, updates=50)
    first = next(find_ticket(NET, short, PRUNING, seed=1, replicates=WHO, initial=others))
    assert_same(first.rewound, others)
    assert_same(first.arms["ticket"].params, train(NET, short, seed=1, replicates=WHO, initial=others).params)


def test_settings_name_what_the_code_has():
    """A stored run whose settings the code no longer knows is refused instead of run without them."""
    with pytest.raises(TypeError, match="unexpected keyword argument 'temperature'"):
        settings_from(PruningSettings, {"temperature": 3})
    for name in CRITERIA:
        assert PruningSettings(criterion=name).criterion == name


def test_levels_of_another_search_are_refused():
    levels = list(find_ticket(NET, TINY, PRUNING, seed=1, replicates=WHO))

    def refused(sentence, done, net=NET, settings=TINY, pruning=PRUNING, seed=1, replicates=WHO):
        with pytest.raises(InputError, match=sentence):
            next(find_ticket(net, settings, pruning, seed=seed, replicates=replicates, done=done))

    refused("level 0 is another search's .*seed is 1 there and 2 here", levels[:1], seed=2)
    refused("prune_fraction is", levels[:2], pruning=replace(PRUNING, prune_fraction=0.1))
    refused("rewind_to is 0 there", levels[:1], pruning=replace(PRUNING, rewind_to=100))
    refused("rule is 'B3/S23' there and 'B36/S23' here", levels[:1], settings=replace(TINY, rule="B36/S23"))
    refused(r"done holds the levels \[1\]", levels[1:2])
    nameless = replace(levels[0], run=None)  # as levels come from a folder, which has their settings in its name
    refused("has the shape", [nameless], replicates=[*WHO, 99])


def test_searches_that_prune_otherwise_share_their_dense_networks():
    dense = next(find_ticket(NET, TINY, PRUNING, seed=1, replicates=WHO))
    other = replace(PRUNING, when="oneshot", prune_fraction=0.1, controls=())
    shared = next(find_ticket(NET, TINY, other, seed=1, replicates=WHO, done=[dense]))
    _, own = itertools.islice(find_ticket(NET, TINY, other, seed=1, replicates=WHO), 2)
    assert_same(shared.masks, own.masks)
    assert_same(shared.arms["ticket"].params, own.arms["ticket"].params)
