"""Named patterns, identification and the unbounded plane, against published sequences."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from set_life import evolve_set

import gol
from gol.unbounded import step_keys, to_keys

LIFE = gol.parse_rule("B3/S23")
PERIODIC = [known for known in gol.KNOWN_PATTERNS.values() if known.kind in ("still life", "oscillator", "spaceship")]
METHUSELAHS = [known for known in gol.KNOWN_PATTERNS.values() if known.kind == "methuselah"]


def populations(cells, generations):
    keys, counts = to_keys(cells), []
    for _ in range(generations):
        counts.append(keys.size)
        keys = step_keys(keys, LIFE)
    return counts


def test_there_are_two_dozen_patterns():
    assert len(gol.KNOWN_PATTERNS) >= 24


@pytest.mark.parametrize("known", PERIODIC, ids=lambda known: known.name)
def test_a_periodic_pattern_is_what_its_entry_says(known):
    cells = gol.pattern(known.name)
    assert gol.identify(cells) == gol.Identity(known.kind, known.period, known.displacement)
    assert populations(cells, known.period) == list(known.populations)


@pytest.mark.parametrize("known", METHUSELAHS, ids=lambda known: known.name)
def test_a_methuselah_settles_when_its_entry_says(known):
    cells = gol.pattern(known.name)
    settled, _ = gol.evolve_unbounded(cells, known.period)
    assert (cells.sum(), settled.sum()) == known.populations
    # What is left are still lifes, blinkers and gliders, which keep their number.
    assert set(populations(settled, 12)) == {known.populations[1]}
    assert gol.identify(cells, max_period=50).kind == "unknown"


def test_the_r_pentomino_is_a268857():
    published = [5, 6, 7, 9, 8, 9, 12, 11, 18, 11, 11, 10, 13, 16, 19, 19, 23, 25, 35, 25]
    assert populations(gol.pattern("r-pentomino"), 20) == published


def test_die_hard_is_a268575():
    published = [7, 8, 8, 11, 10, 10, 12, 12, 16, 16, 24, 18, 17, 19, 19, 25]
    counts = populations(gol.pattern("Diehard"), 131)
    assert counts[:16] == published
    assert counts[129] > 0
    assert counts[130] == 0


@pytest.mark.parametrize(("side", "leaves_at"), [(16, 30), (32, 56), (64, 183), (128, 414)])
def test_the_r_pentomino_leaves_the_plane_s_counts_on_a_torus_when_published(side, leaves_at):
    cells = gol.pattern("r-pentomino")
    plane = populations(cells, leaves_at + 1)
    board = gol.place(cells, (side, side))
    counts = []
    for _ in range(leaves_at + 1):
        counts.append(int(board.sum()))
        board = np.asarray(gol.step(board))
    assert counts[:leaves_at] == plane[:leaves_at]
    assert counts[leaves_at] != plane[leaves_at]


def test_the_gun_fires_every_thirty_generations():
    counts = populations(gol.pattern("gosper gun"), 91)
    assert [counts[generation] for generation in (0, 30, 60, 90)] == [36, 41, 46, 51]


def test_a_glider_is_back_on_a_torus_of_32_after_128_generations():
    board = gol.place(gol.pattern("glider"), (32, 32))
    np.testing.assert_array_equal(np.asarray(gol.evolve(board, 128)), board)
    np.testing.assert_array_equal(np.asarray(gol.evolve(board, 4)), np.roll(board, (1, 1), (0, 1)))


@settings(deadline=None, max_examples=60)
@given(st.frozensets(st.integers(1, 8)), st.frozensets(st.integers(0, 8)), st.integers(0, 4), st.integers(0, 2**31))
def test_the_unbounded_plane_is_a_plane_large_enough(birth, survival, generations, seed):
    cells = np.random.default_rng(seed).integers(0, 2, (6, 7)).astype(np.uint8)
    box, (top, left) = gol.evolve_unbounded(cells, generations, gol.Rule(birth, survival))
    margin = 5
    expected = evolve_set(np.pad(cells, margin), generations, birth, survival, "plane")
    assert box.sum() == expected.sum()
    if box.size:
        found = gol.place(box, expected.shape, (top + margin, left + margin))
        np.testing.assert_array_equal(found, expected)
        assert box[0].any()
        assert box[-1].any()
        assert box[:, 0].any()
        assert box[:, -1].any()


def test_identify_knows_other_rules_and_empty_space():
    assert gol.identify(np.zeros((3, 3), np.uint8)) == gol.Identity("empty", 1, (0, 0))
    assert gol.identify(np.ones((1, 1), np.uint8)) == gol.Identity("unknown", None, None)
    assert gol.identify(np.ones((1, 1), np.uint8), "B/S0").kind == "still life"
    # The photon of Seeds moves at the speed of light.
    photon = np.array([[0, 1], [1, 0], [1, 0], [0, 1]], np.uint8)
    assert gol.identify(photon, "Seeds") == gol.Identity("spaceship", 1, (0, -1))


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: gol.pattern("gilder"), "no pattern is called 'gilder'"),
        (lambda: gol.place(gol.pattern("pulsar"), (9, 20)), "does not fit"),
        (lambda: gol.place(gol.pattern("block"), (9, 9), (8, 0)), "does not fit"),
        (lambda: gol.evolve_unbounded(gol.pattern("block"), 1, "B03/S23"), "brings empty space to life"),
        (lambda: gol.identify(gol.pattern("block"), "B0/S"), "brings empty space to life"),
        (lambda: gol.evolve_unbounded(gol.pattern("block"), -1), "not -1"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(call, sentence):
    with pytest.raises(gol.InputError, match=sentence):
        call()
