"""Rules: notations, the MAP table of Life from Golly, rules by 512 answers, and the sentences for what is no rule."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gol
from gol.rules import NAMED_RULES

LIFE_MAP = "MAPARYXfhZofugWaH7oaIDogBZofuhogOiAaIDogIAAgAAWaH7oaIDogGiA6ICAAIAAaIDogIAAgACAAIAAAAAAAA"
RULES = st.builds(gol.Rule, st.frozensets(st.integers(0, 8)), st.frozensets(st.integers(0, 8)))


def test_life_is_golly_s_map_table_in_all_512_cases():
    assert gol.map_string("B3/S23") == LIFE_MAP
    assert gol.parse_rule(LIFE_MAP) == gol.parse_rule("B3/S23")
    assert gol.truth_table("B3/S23").sum() == 140


def test_the_index_has_north_west_on_top_and_the_centre_at_sixteen():
    only_corner_north_and_centre = 256 + 128 + 16
    assert gol.truth_table("B/S2")[only_corner_north_and_centre] == 1
    assert gol.truth_table("B2/S")[256 + 128] == 1
    assert gol.truth_table("B2/S").sum() == 28  # two of eight neighbours
    assert gol.truth_table("B/S2").sum() == 28


@given(RULES)
def test_every_rule_survives_both_notations(rule):
    assert gol.parse_rule(str(rule)) == rule
    assert gol.parse_rule(str(rule).lower().replace("/", "")) == rule
    assert gol.parse_rule(gol.map_string(rule)) == rule


@pytest.mark.parametrize("text", ["B36/S23", "b36s23", "S23/B36", "23/36", " HIGHLIFE ", "B663/S32"])
def test_one_rule_in_many_notations(text):
    assert str(gol.parse_rule(text)) == "B36/S23"


@pytest.mark.parametrize("name", NAMED_RULES)
def test_named_rules_are_rules(name):
    assert str(gol.parse_rule(name)) == NAMED_RULES[name]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "empty"),
        ("B3/S2x", "'x' at character 6"),
        ("B39/S23", "'9' at character 3"),
        ("B2-a/S12", "isotropic, not by counts"),
        ("B3_S23-a4ei6", "isotropic, not by counts"),
        ("3458/37/4", "of the family Generations"),
        ("B2/S/C3", "of the family Generations"),
        ("R5,C0,M1,S34..58,B34..45,NM", "of the family Larger than Life"),
        ("B2/S34H", "on a hexagonal grid"),
        ("B2/S34V", "on the von Neumann neighbourhood"),
        ("W110", "one of Wolfram's"),
        ("LifeHistory", "no rule here is called 'LifeHistory'"),
        ("B3/S23\x1b[31m", "has '\\x1b' at character 7"),
        ("B3/B3", "second 'B' at character 4"),
        ("B3", "one part for births and one for survivals"),
        ("MAPAAA", "86 base64 letters"),
        (LIFE_MAP[:20] + "*" + LIFE_MAP[21:], "'*' at character 21"),
        ("MAP" + "Q" + LIFE_MAP[4:], "not outer-totalistic"),
    ],
)
def test_a_bad_rule_gets_a_sentence_that_points_at_it(text, sentence):
    with pytest.raises(gol.InputError, match=r"^[^\n]*$") as caught:
        gol.parse_rule(text)
    assert sentence in str(caught.value)


def test_a_rule_refuses_counts_that_no_cell_has():
    with pytest.raises(gol.InputError, match="0 to 8"):
        gol.Rule(frozenset({9}), frozenset())


def test_the_table_is_bytes():
    assert gol.truth_table("B3/S23").dtype == np.uint8


def no_columns():
    """Life whose live cells die between a live cell above and one below."""
    answers = gol.truth_table("B3/S23")
    answers[0b010_010_010] = 0
    return answers


def test_a_rule_of_512_answers_goes_there_and_back():
    rule = gol.parse_any_rule(gol.map_string(no_columns()))
    assert isinstance(rule, gol.MapRule)
    np.testing.assert_array_equal(gol.truth_table(rule), no_columns())
    assert gol.parse_any_rule(str(rule)) == rule
    with pytest.raises(gol.InputError, match="not outer-totalistic"):
        gol.identify([[1, 1], [1, 1]], rule)


def test_answers_that_go_by_counts_are_a_rule_by_counts():
    assert gol.parse_any_rule(gol.map_string(gol.truth_table("B36/S23"))) == gol.parse_rule("HighLife")


@pytest.mark.parametrize("answers", [[0] * 511, [2] + [0] * 511])
def test_a_rule_needs_512_answers_of_zero_and_one(answers):
    with pytest.raises(gol.InputError, match="512 of them, each 0 or 1"):
        gol.map_string(answers)


@pytest.mark.parametrize("topology", ["torus", "plane"])
def test_evolving_by_answers_is_evolving_by_counts_where_both_say_the_same(topology):
    board = np.random.default_rng(0).integers(2, size=(2, 9, 12), dtype=np.uint8)
    by_answers = gol.MapRule(tuple(gol.truth_table("B36/S23").tolist()))
    np.testing.assert_array_equal(gol.evolve(board, 3, by_answers, topology), gol.evolve(board, 3, "B36/S23", topology))


def test_a_vertical_blinker_dies_out_where_columns_are_not_fed():
    blinker = np.zeros((5, 5), np.uint8)
    blinker[1:4, 2] = 1
    after = np.asarray(gol.step(blinker, gol.map_string(no_columns())))
    assert [after[2].tolist(), after.sum()] == [[0, 1, 0, 1, 0], 2]
