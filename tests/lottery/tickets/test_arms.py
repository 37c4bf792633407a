"""One body over all arms, then what makes each of them what it is."""

from dataclasses import replace

import jax
import numpy as np
import pytest
from helpers import assert_same

from gol.errors import InputError
from lottery.analysis.exact_masks import can_be_exact
from lottery.networks.lifenet import LifeNet
from lottery.networks.masks import full_mask
from lottery.pruning.ranking import prune
from lottery.tickets import arms
from lottery.tickets.arms import ARMS
from lottery.tickets.replicate import Replicate
from lottery.training.loop import draw_initial, pick

NET = LifeNet(width=4)


def context(replicate=0, level=1, start="rewind"):
    rewound, trained = (pick(draw_initial(NET, 7, [replicate], purpose), 0) for purpose in (0, 99))
    mask = prune(trained, full_mask(rewound), prune_fraction=0.5, rng=np.random.default_rng(0))
    return Replicate(NET, 7, replicate, level, mask, rewound, trained, start=start, before=full_mask(rewound))


def counts(mask):
    return {layer: int(leaves["kernel"].sum()) for layer, leaves in mask.items()}


@pytest.mark.parametrize("name", ARMS)
def test_every_arm_has_the_tickets_count_in_every_layer_and_follows_from_its_context(name):
    start, mask = ARMS[name](context())
    assert counts(mask) == counts(context().mask)
    assert mask["readout"]["bias"] is None
    assert jax.tree.map(np.shape, start) == jax.tree.map(np.shape, context().rewound)
    again = ARMS[name](context())
    assert_same((start, mask), again)


def test_ticket_starts_bitwise_from_the_rewound_weights_and_finetuned_from_the_trained_ones():
    assert_same(ARMS["ticket"](context()), (context().rewound, context().mask))
    assert_same(ARMS["finetuned"](context()), (context().trained, context().mask))


def test_shuffled_has_the_original_weights_and_another_mask_at_every_level_and_replicate():
    masks = []
    for replicate, level in ((0, 1), (0, 2), (1, 1)):
        start, mask = ARMS["shuffled"](context(replicate, level))
        assert_same(start, context(replicate).rewound)
        assert not np.array_equal(mask["block0_3x3"]["kernel"], context(replicate).mask["block0_3x3"]["kernel"])
        masks.append(mask["block0_3x3"]["kernel"].tobytes())
    assert len(set(masks)) == 3


def test_reinit_has_the_tickets_mask_and_fresh_weights_at_every_level_and_replicate():
    drawn = {context().rewound["block0_3x3"]["kernel"].tobytes()}
    for replicate, level in ((0, 1), (0, 2), (1, 1)):
        start, mask = ARMS["reinit"](context(replicate, level))
        assert_same(mask, context(replicate).mask)
        drawn.add(start["block0_3x3"]["kernel"].tobytes())
        assert (start["block0_3x3"]["bias"] == 0).all()
    assert len(drawn) == 4


def test_the_ticket_starts_from_what_is_asked_for_and_the_controls_from_what_their_names_say():
    assert_same(ARMS["ticket"](context(start="finetune"))[0], context().trained)
    for name in ("rewound", "shuffled", "inverted"):
        assert_same(ARMS[name](context(start="finetune"))[0], context().rewound)
    assert [name for name, arm in ARMS.items() if arm.at_final_rate("rewind")] == ["finetuned"]
    assert [name for name, arm in ARMS.items() if arm.at_final_rate("finetune")] == ["ticket", "finetuned"]


def test_a_feasible_shuffle_is_a_shuffle_that_can_be_exact_and_the_first_such_of_its_replicate():
    drawn, plain = [], []
    for replicate, level in ((0, 1), (0, 2), (1, 1)):
        one = context(replicate, level)
        few = prune(one.trained, one.before, prune_fraction=0.6, rng=np.random.default_rng(0))
        one = replace(one, mask=few)
        plain.append(bool(can_be_exact(ARMS["shuffled"](one)[1])))
        start, mask = ARMS["shuffled_feasible"](one)
        assert_same(start, one.rewound)
        assert can_be_exact(mask)
        assert counts(mask) == counts(one.mask)
        drawn.append(mask["block0_3x3"]["kernel"].tobytes())
    assert len(set(drawn)) == 3
    assert not all(plain)


def test_a_layer_that_is_never_pruned_is_whole_in_a_feasible_shuffle():
    one = context()
    kernels = {**one.mask, "readout": {"kernel": None, "bias": None}}
    _, mask = ARMS["shuffled_feasible"](replace(one, mask=kernels))
    assert mask["readout"]["kernel"] is None
    whole = {"kernel": np.ones((1, 1, 4, 1), bool), "bias": None}
    assert can_be_exact({**mask, "readout": whole})


def test_where_no_shuffle_can_be_exact_the_last_one_drawn_is_taken_and_stays_impossible(monkeypatch):
    monkeypatch.setattr(arms, "TRIES", 2 * arms.TOGETHER)
    few = prune(context().trained, context().before, prune_fraction=0.9, rng=np.random.default_rng(0))
    _, mask = ARMS["shuffled_feasible"](replace(context(), mask=few))
    assert counts(mask) == counts(few)
    assert not can_be_exact(mask)


def test_a_feasible_shuffle_is_refused_where_nothing_is_known_of_masks():
    with pytest.raises(InputError, match="pruned weights frozen"):
        ARMS["shuffled_feasible"](replace(context(), pruned="frozen"))


def test_inverted_keeps_the_lowest_of_what_the_ticket_was_chosen_from():
    half = context()
    _, mask = ARMS["inverted"](half)
    for layer in mask:
        kept, weights = mask[layer]["kernel"], np.abs(half.trained[layer]["kernel"])
        assert weights[kept].max(initial=0) <= weights[~kept].min(initial=np.inf)
    assert (mask["block0_3x3"]["kernel"] & half.mask["block0_3x3"]["kernel"]).sum() < counts(mask)["block0_3x3"]
    with pytest.raises(InputError, match="give it as `before`"):
        ARMS["inverted"](replace(half, before=None))
