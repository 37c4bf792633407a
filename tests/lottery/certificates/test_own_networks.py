"""A network that is not exactly LifeNet is trained and judged by what it answers, never by what its parameters say."""

from dataclasses import replace

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from helpers import TINY, assert_close, on_device, random_parameters

import gol
from gol.errors import InputError
from lottery.analysis.compaction import count_nonzero
from lottery.analysis.mode_connectivity import along
from lottery.certificates.by_calling import call, check_windows, de_bruijn, every_window, proof_radius
from lottery.certificates.certificate import certify
from lottery.certificates.receptive_field import UnknownProgramError
from lottery.experiments.network_piece import network_settings
from lottery.networks.handmade import handmade_parameters
from lottery.networks.lifenet import LifeNet, initial_parameters, is_lifenet, logits, parameter_count
from lottery.networks.masks import full_mask
from lottery.pruning.criteria import Context
from lottery.pruning.criteria.risk import batch_of, gradient, on_risk
from lottery.tickets.search import find_ticket
from lottery.tickets.settings import PruningSettings
from lottery.tickets.shrinking import ShrinkSettings, shrink
from lottery.training.arrangements import choose_arrangement
from lottery.training.loop import draw_initial, pick, train
from lottery.training.scores.popup import EdgePopup


class Same(LifeNet):
    """Another class that computes the same."""


class Zero(LifeNet):
    """Dead for ever, whatever its parameters are."""

    @nn.compact
    def __call__(self, boards):
        return 0 * super().__call__(boards) - 1


class Residual(LifeNet):
    """The cell itself is added to the logit."""

    @nn.compact
    def __call__(self, boards):
        return super().__call__(boards) + 40 * boards


class Wide(nn.Module):
    """A convolution of 5x5 cells and one of 1x1, with a read-out: no LifeNet."""

    steps: int = 1

    @nn.compact
    def __call__(self, boards):
        x = nn.relu(nn.Conv(2, (5, 5), padding="CIRCULAR", name="wide")(boards[..., None]))
        x = nn.relu(nn.Conv(1, (1, 1), name="narrow")(x))
        return nn.Conv(1, (1, 1), name="readout")(x)[..., 0]


def wide_by_hand():
    """Exact weights of `Wide`, zero beyond the nearest neighbours."""
    hand = handmade_parameters(1)
    kernel = np.zeros((5, 5, 1, 2), np.float32)
    kernel[1:4, 1:4] = hand["block0_3x3"]["kernel"]
    return {
        "wide": {"kernel": kernel, "bias": hand["block0_3x3"]["bias"]},
        "narrow": hand["block0_1x1"],
        "readout": hand["readout"],
    }


def stacked(params, count=1):
    return jax.tree.map(lambda leaf: np.stack([leaf] * count), params)


# Of the 512 neighbourhoods those whose centre lives on are what a network that says "dead" gets wrong.
ALIVE = int(gol.truth_table(gol.parse_rule("B3/S23")).sum())


@pytest.mark.thorough  # certified without a training it is below
@pytest.mark.parametrize("stop", [False, True])
def test_exact_weights_are_not_proved_in_a_network_that_does_not_use_them(stop):
    settings = replace(TINY, updates=50, learning_rate=1e-9, stop_when_solved=stop)
    result = train(Zero(), settings, seed=0, replicates=[0], initial=stacked(handmade_parameters(1)))
    (found,) = result.certificates
    assert (found.kind, found.exact, found.correct, found.wrong) == ("neighbourhoods", True, False, ALIVE)
    assert result.arrangement == "boards"
    assert not result.ever_solved.any()
    assert (result.wrong[:, 0] > 0).all()


@pytest.mark.thorough
def test_what_is_certified_is_right_in_use():
    """The residual adds 40 to a living cell's logit of -20 or 20, so that it lives on whatever its neighbours are."""
    params = handmade_parameters(1)
    found = certify(params, net=Residual())
    boards = np.asarray(gol.random_boards(jax.random.key(0), (16, 32, 32)))
    said = np.asarray(logits(Residual(), on_device(params), jnp.float32(boards))) > 0
    assert (said != np.asarray(gol.evolve(boards, 1))).any()
    assert not found.correct
    assert certify(params).correct
    # Without what the residual adds to the living the same network is right again.
    params["block0_3x3"]["kernel"] = np.concatenate([params["block0_3x3"]["kernel"], np.zeros((3, 3, 1, 1), "f4")], 3)
    params["block0_3x3"]["kernel"][1, 1, 0, 2] = 1
    params["block0_3x3"]["bias"] = np.append(params["block0_3x3"]["bias"], np.float32(0))
    params["block0_1x1"] = {"kernel": np.zeros((1, 1, 3, 2), np.float32), "bias": np.zeros(2, np.float32)}
    params["block0_1x1"]["kernel"][0, 0, :, 0], params["block0_1x1"]["kernel"][0, 0, 2, 1] = (-2, 1, 0), 1
    params["readout"]["kernel"] = np.array([40, -40], np.float32).reshape(1, 1, 2, 1)
    net = Residual(features=(3, 2))
    mended = certify(params, net=net)
    assert (mended.kind, mended.exact, mended.correct, mended.margin) == ("neighbourhoods", True, True, 20.0)
    said = np.asarray(logits(net, on_device(params), jnp.float32(boards))) > 0
    np.testing.assert_array_equal(said, np.asarray(gol.evolve(boards, 1)))


@pytest.mark.thorough(but=1)
@pytest.mark.parametrize("seed", range(3))
def test_calling_a_network_finds_what_its_parameters_say(seed):
    params = random_parameters(LifeNet(width=2), seed)
    ours, called = certify(params), certify(params, net=Same(width=2))
    assert (called.kind, called.checked, called.wrong) == ("neighbourhoods", 512, ours.wrong)
    assert called.margin == pytest.approx(ours.margin, rel=1e-5)
    assert "Same was called" in called.explanation


@pytest.mark.thorough
@pytest.mark.usefixtures("optimised")
def test_a_network_of_5x5_cells_is_proved_on_all_windows_though_it_predicts_one_step():
    found = certify(wide_by_hand(), net=Wide())
    assert (found.kind, found.exact, found.correct, found.checked) == ("windows", True, True, 2**25)
    with pytest.raises(InputError, match="whose answers need windows of radius 2"):
        certify(wide_by_hand(), net=Wide(), method="neighbourhoods")


def test_a_wrong_window_is_shown_around_its_centre():
    found = certify(handmade_parameters(1), net=Zero())
    cells = np.array([[cell == "O" for cell in row] for row in found.example.split("\n")], np.uint8)
    assert gol.evolve(np.pad(cells, 1), 1)[2, 2] == 1  # it lives on, and the network says that it does not


@pytest.mark.thorough
@pytest.mark.usefixtures("optimised")
def test_a_sampled_certificate_of_a_called_network_names_no_search():
    found = certify(wide_by_hand(), net=Wide(), method="sampled")
    assert (found.kind, found.correct, found.exact, found.checked) == ("sampled", True, False, 4096)
    assert "no search" in found.explanation


class Mean(Wide):
    @nn.compact
    def __call__(self, boards):
        return super().__call__(boards) + boards.mean()


class Here(Wide):
    @nn.compact
    def __call__(self, boards):
        return super().__call__(boards) + jnp.arange(boards.shape[-1], dtype=boards.dtype)[None, None]


class Company(Wide):
    @nn.compact
    def __call__(self, boards):
        return super().__call__(boards) + jnp.broadcast_to(boards[:1], boards.shape)


class BySize(Wide):
    @nn.compact
    def __call__(self, boards):
        sign = 1 if boards.shape[-1] == 32 else -1
        return sign * super().__call__(boards)


class Far(Wide):
    @nn.compact
    def __call__(self, boards):
        return super().__call__(boards) + 0 * jnp.roll(boards, 3, -1)


class Loop(Wide):
    @nn.compact
    def __call__(self, boards):
        return super().__call__(jax.lax.fori_loop(0, 2, lambda _, x: x * x, boards))


class Plane(Wide):
    padding: str = "zero"


@pytest.mark.parametrize(
    ("net", "reason"),
    [
        (Mean(), "cells more than 2 away"),
        (Here(), "where on the board"),
        (Company(), "which board of a batch"),
        (BySize(), "different sizes"),
        (Far(), "cells more than 2 away"),
        (Loop(), "the operation scan"),
        (Plane(), "its padding is zero"),
        (Wide(steps=3), "3 steps ahead"),
    ],
)
def test_where_no_window_is_known_to_decide_nothing_is_proved(net, reason):
    with pytest.raises(UnknownProgramError, match=reason):
        proof_radius(net, wide_by_hand())


@pytest.mark.thorough
@pytest.mark.usefixtures("optimised")
def test_a_network_without_a_proof_is_tried_on_boards_and_says_why():
    found = certify(wide_by_hand(), net=Far())
    assert (found.kind, found.correct, found.exact) == ("sampled", True, False)
    assert "cells more than 2 away" in found.explanation
    with pytest.raises(InputError, match="is no proof for Far: an answer may depend on cells more than 2 away"):
        certify(wide_by_hand(), net=Far(), method="windows")


@pytest.mark.thorough
@pytest.mark.parametrize(("radius", "parts"), [(1, None), (2, 1)])
def test_every_window_stands_once_on_the_boards(radius, parts):
    side, codes = 2 * radius + 1, []
    for boards in [part for _, part in zip(range(parts or 9**9), every_window(radius), strict=False)]:
        code = np.zeros(boards.shape, np.uint32)
        for row in range(side):
            for column in range(side):
                code = 2 * code + np.roll(boards, (radius - row, radius - column), (1, 2))
        codes.append(code[:, :, radius:-radius].ravel())
    found = np.concatenate(codes)
    assert len(np.unique(found)) == len(found)
    assert len(found) == (2 ** (side * side) if parts is None else 2**25 // 16)


@pytest.mark.parametrize(("symbols", "order"), [(2, 3), (2, 5), (8, 2), (3, 4)])
def test_a_de_bruijn_cycle_holds_every_word_once(symbols, order):
    cycle = de_bruijn(symbols, order).tolist()
    words = {tuple((cycle + cycle)[start : start + order]) for start in range(len(cycle))}
    assert len(words) == len(cycle) == symbols**order


@pytest.mark.thorough
def test_a_network_that_chooses_its_own_type_says_so():
    class Single(Same):
        @nn.compact
        def __call__(self, boards):
            return super().__call__(boards).astype(jnp.float32)

    params = handmade_parameters(1)
    assert call(Single(), params, np.zeros((1, 8, 8), np.uint8))[1].dtype == np.float32
    assert "float64 was not tried" in certify(params, net=Single()).explanation
    assert check_windows(Same(), params, 1, "B3/S23").double


def test_a_changed_lifenet_is_none(monkeypatch):
    assert is_lifenet(LifeNet())
    assert not is_lifenet(Same())
    params = handmade_parameters(1)
    assert certify(params, net=LifeNet()).correct
    monkeypatch.setattr(LifeNet, "__call__", lambda self, boards: 0 * boards - 1)
    assert not is_lifenet(LifeNet())
    assert choose_arrangement(LifeNet(), TINY) == "boards"


@pytest.mark.thorough
def test_a_subclass_is_trained_as_the_boards_reference_of_lifenet_is():
    settings = replace(TINY, arrangement="boards", learning_rate=1e-2, updates=50)
    one, other = (train(net, settings, seed=1, replicates=[0, 1]) for net in (LifeNet(width=2), Same(width=2)))
    assert_close(one.params, other.params, 1e-5)
    assert [c.wrong for c in one.certificates] == [c.wrong for c in other.certificates]


@pytest.mark.thorough
def test_a_module_of_ones_own_is_trained_pruned_and_counted():
    net = Residual()
    settings = replace(TINY, updates=50)
    for criterion in ("magnitude", "snip"):
        dense, ticket = find_ticket(
            net, settings, PruningSettings(levels=1, criterion=criterion), seed=0, replicates=[0, 1]
        )
        assert dense.cut_solved.tolist() == [False, False]
        assert set(ticket.arms) == {"ticket", "reinit", "shuffled"}
    assert parameter_count(Wide()) == sum(leaf.size for leaf in jax.tree.leaves(wide_by_hand()))


def test_criteria_differentiate_the_loss_of_the_network_itself():
    def context(net):
        params = pick(draw_initial(LifeNet(width=2), 0, [0]), 0)
        return Context(params, full_mask(params), np.random.default_rng(0), params, net, TINY)

    dead, same = context(Zero(width=2)), context(Same(width=2))
    assert batch_of(same)[0].shape == (32, 8, 8)
    slopes = on_risk(gradient, dead, dead.weights)
    assert all((leaf == 0).all() for leaf in jax.tree.leaves(slopes))
    assert any((leaf != 0).any() for leaf in jax.tree.leaves(on_risk(gradient, same, same.weights)))


@pytest.mark.parametrize(
    "asked",
    [
        lambda net, params: choose_arrangement(net, replace(TINY, arrangement="patterns")),
        lambda net, params: choose_arrangement(net, replace(TINY, stream="risk")),
        lambda net, params: train(net, TINY, seed=0, replicates=[0], scored=EdgePopup()),
        lambda net, params: shrink(net, TINY, [params], ShrinkSettings(), seed=0, replicates=[0]),
        lambda net, params: count_nonzero(net, [params]),
        lambda net, params: along(net, TINY, params, params),
        lambda net, params: network_settings(net),
        lambda net, params: certify(params, net=net, method="composition"),
    ],
)
def test_what_computes_from_parameters_is_for_lifenet_alone(asked):
    with pytest.raises(InputError, match=r"for a LifeNet as it comes, not for Zero|for the blocks of a LifeNet: Zero"):
        asked(Zero(), handmade_parameters(1))


class NoSteps(nn.Module):
    @nn.compact
    def __call__(self, boards):
        return nn.Conv(1, (3, 3), padding="CIRCULAR")(boards[..., None])[..., 0]


class Channels(Wide):
    @nn.compact
    def __call__(self, boards):
        return super().__call__(boards)[..., None]


class Broken(Wide):
    @nn.compact
    def __call__(self, boards):
        found = super().__call__(boards)
        return found if self.is_initializing() else found @ jnp.ones((7, 7))


class Stateful(Wide):
    @nn.compact
    def __call__(self, boards):
        return super().__call__(nn.BatchNorm(use_running_average=True)(boards))


@pytest.mark.parametrize(
    ("net", "sentence"),
    [
        (NoSteps(), "NoSteps has to say how many generations ahead"),
        (Wide(steps=0), "steps >= 1"),
        (Channels(), "Channels has to answer boards"),
        (Broken(), r"Broken cannot be called on boards of 8x8 \("),
        (Stateful(), "Stateful keeps batch_stats, params"),
        (Plane(padding="moebius"), "The padding of Plane is 'moebius'"),
    ],
)
def test_what_cannot_be_trained_is_refused_in_a_sentence(net, sentence):
    with pytest.raises(InputError, match=sentence):
        train(net, TINY, seed=0, replicates=[0])


def test_a_certificate_asks_for_the_networks_own_parameters():
    with pytest.raises(InputError, match=r"block0_1x1/bias has the shape \(1,\), and the network needs \(2,\)"):
        certify(handmade_parameters(1), net=LifeNet(width=2))
    with pytest.raises(InputError, match="padding is 'zero', and the network's is 'torus'"):
        certify(handmade_parameters(1), net=LifeNet(), padding="zero")


@pytest.mark.thorough
def test_a_certificate_is_for_the_padding_of_the_network():
    assert certify(handmade_parameters(2), net=LifeNet(steps=2, padding="zero")).checked > 2**25


def test_parameters_are_drawn_for_boards():
    shapes = jax.tree.map(np.shape, initial_parameters(Wide(), jax.random.key(0)))
    assert shapes == jax.tree.map(np.shape, wide_by_hand())
