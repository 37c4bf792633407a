"""C headers are compiled strictly, run, and right: as floats, as integers and as logic."""

import ast
import shutil
import subprocess
from dataclasses import replace

import jax
import numpy as np
import pytest

import gol
import lottery
from gol.errors import InputError
from lottery.exports import FORMS
from lottery.exports.c_compiler import STRICT, packed, require_compiler, run_header, unpacked
from lottery.exports.c_floats import rounding_error
from lottery.exports.c_header import KINDS, c_string
from lottery.exports.c_integers import LARGEST, merged, quantise
from lottery.exports.c_logic import CELLS, in_words
from lottery.exports.c_tables import BITS, Layer, activations, layers_of
from lottery.exports.exporting import compacted, facts, prove
from lottery.networks.handmade import handmade_parameters, sparsest_parameters
from lottery.networks.neighbourhoods import NEIGHBOURHOODS

FORMS_OF_C = ("c", "c-int8", "c-bits")
pytestmark = pytest.mark.skipif(
    not any(map(shutil.which, ("cc", "gcc", "clang"))), reason="there is no C compiler on this machine"
)


def saved(params, padding="torus", rule="B3/S23"):
    return lottery.SavedNetwork(params, padding, rule, "Made by hand.")


def drawn(seed, a, b, share):
    """A random network, of whose 3x3 weights a share is not zero, that is exact for the rule that it computes."""
    rng = np.random.default_rng(seed)
    shapes = {"block0_3x3": (3, 3, 1, a), "block0_1x1": (1, 1, a, b), "readout": (1, 1, b, 1)}
    params = {
        name: {"kernel": rng.normal(size=shape), "bias": rng.normal(size=shape[-1])} for name, shape in shapes.items()
    }
    params["block0_3x3"]["kernel"] *= rng.random(shapes["block0_3x3"]) < share
    logits = activations(layers_of(saved(params)))[-1][:, 0]
    values = np.unique(logits)
    if len(values) > 1:  # so that both answers occur, and no logit is close to zero
        gap = np.argmax(np.diff(values))
        params["readout"]["bias"] -= values[gap : gap + 2].mean()
    params = jax.tree.map(lambda leaf: leaf.astype(np.float32), params)
    alive = activations(layers_of(saved(params)))[-1][:, 0] > 0
    return saved(params, rule=str(gol.MapRule(tuple(alive.astype(int).tolist()))))


def refusal(network, form):
    """The sentence with which an export is refused; None where its file is right."""
    try:
        lottery.export(network, form)
    except InputError as error:
        return str(error)


def exact(network):
    """The layers of integers, with biases as they count."""
    pairs = zip(network.layers, network.bias_units, strict=True)
    return [Layer(layer.kernel, unit * layer.bias) for layer, unit in pairs]


def one_bit_each(threshold):
    """A network whose logit is the code of the neighbourhood above a threshold: nine bits, of which int8 has seven."""
    params = {
        "block0_3x3": {"kernel": 2.0 ** np.arange(8, -1, -1).reshape(3, 3, 1, 1), "bias": np.full(1, 0.5 - threshold)},
        "block0_1x1": {"kernel": np.ones((1, 1, 1, 1)), "bias": np.zeros(1)},
        "readout": {"kernel": np.ones((1, 1, 1, 1)), "bias": np.full(1, -0.25)},
    }
    rule = gol.MapRule(tuple((np.arange(512) >= threshold).astype(int).tolist()))
    return saved(jax.tree.map(lambda leaf: leaf.astype(np.float32), params), rule=str(rule))


@pytest.mark.parametrize("form", FORMS_OF_C)
@pytest.mark.parametrize("padding", ["torus", "zero"])
def test_a_header_answers_every_neighbourhood_and_compiles_without_a_library_or_a_warning(tmp_path, form, padding):
    for number, network in enumerate((lottery.shipped_ticket(), saved(sparsest_parameters(), padding))):
        path = tmp_path / f"{number}.h"
        found = lottery.export(network, form, path)
        assert found.checked >= 512
        for level in ("-O0", "-Os", "-O3"):
            command = [*require_compiler(), *STRICT, "-ffreestanding", level, "-x", "c", "-c", str(path)]
            subprocess.run([*command, "-o", str(tmp_path / "a.o")], check=True)  # noqa: S603 - the compiler


@pytest.mark.thorough(but=2)
@pytest.mark.parametrize("form", FORMS_OF_C)
@pytest.mark.parametrize(("padding", "shape"), [("torus", (2, 33, 70)), ("zero", (2, 31, 64)), ("torus", (2, 5, 7))])
def test_a_soup_stays_right_for_a_thousand_generations(form, padding, shape):
    network = saved(handmade_parameters(), padding)
    content, boards = lottery.export(network, form).content, np.asarray(gol.random_boards(jax.random.key(1), shape))
    found = run_header(content, FORMS[form].options["kind"], require_compiler(), boards.astype(np.uint8), 1000)
    topology = "torus" if padding == "torus" else "plane"
    np.testing.assert_array_equal(found, np.asarray(gol.evolve(boards, 1000, "B3/S23", topology), bool))


@pytest.mark.thorough(but=2)
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("a", "b", "share"), [(2, 1, 1.0), (4, 2, 0.4), (20, 3, 0.1)])
def test_networks_of_any_rule_are_exported_or_refused(seed, a, b, share):
    network = drawn(seed, a, b, share)
    for form in FORMS_OF_C:
        refused = refusal(network, form)
        assert refused is None or (form == "c-int8" and "8 bits" in refused)


def test_zeros_are_left_out_where_that_takes_fewer_bytes():
    sparse = lottery.export(drawn(1, 20, 3, 0.1), "c").content.decode()
    assert "gol_lottery_taps1" in sparse
    assert "0.0f" not in sparse.split("gol_lottery_weights1")[1].split("}")[0]
    assert "taps" not in lottery.export(lottery.shipped_ticket(), "c").content.decode()


def test_a_header_says_what_it_holds_whatever_the_texts_are():
    origin = 'A "ticket" \\ with /* comments */, trigraphs ??/ and\nlines, é.'
    network = replace(saved(sparsest_parameters()), origin=origin)
    text = lottery.export(network, "c-int8").content.decode()
    macros = dict(line.split(" ", 2)[1:] for line in text.splitlines() if line.startswith("#define GOL_LOTTERY_R"))
    assert macros == {"GOL_LOTTERY_RULE": '"B3/S23"'}
    for name in ("PADDING", "STEPS", "ORIGIN", "CERTIFICATE", "VERSION"):
        assert f"\n#define GOL_LOTTERY_{name} " in text
    assert "??" not in c_string(origin)
    assert ast.literal_eval("b" + c_string(origin)).decode() == origin.replace("\n", "\\n")  # octal is as in C


def test_the_shipped_ticket_is_ints_of_two_bits_and_one_unit():
    network = compacted(lottery.shipped_ticket())
    alive = np.asarray(gol.truth_table("B3/S23"), bool)
    found = quantise(layers_of(network), alive)
    assert [layer.kernel.shape for layer in found.layers] == [(9, 2), (2, 1), (1, 1)]
    assert max(np.abs(layer.kernel).max() for layer in found.layers) == 3
    np.testing.assert_array_equal(activations(exact(found))[-1][:, 0] > 0, alive)


def test_units_that_become_equal_are_merged_unless_their_sum_is_too_large():
    network = quantise(layers_of(saved(sparsest_parameters())), np.asarray(gol.truth_table("B3/S23"), bool))
    first, second, last = network.layers
    for weight, units in ((3, 1), (LARGEST, 2)):
        doubled = replace(
            network,
            layers=(
                replace(first, kernel=np.repeat(first.kernel, 2, 1), bias=np.repeat(first.bias, 2)),
                replace(second, kernel=np.full((2, second.bias.size), 1.0 * weight)),
                last,
            ),
        )
        small = merged(doubled)
        assert small.layers[0].bias.size == units
        np.testing.assert_array_equal(activations(exact(small))[-1], activations(exact(doubled))[-1])


def test_what_eight_bits_cannot_hold_is_refused_and_floats_hold_it():
    with pytest.raises(InputError, match="of 8 bits that we tried"):
        lottery.export(one_bit_each(201), "c-int8")
    assert lottery.export(one_bit_each(201), "c").checked == 512


def test_sums_that_need_more_than_sixteen_bits_get_them():
    content = lottery.export(drawn(3, 4, 2, 0.4), "c-int8").content.decode()
    assert ("int_fast32_t" in content) != ("int_fast16_t" in content)
    wide = quantise(layers_of(drawn(3, 4, 2, 0.4)), activations(layers_of(drawn(3, 4, 2, 0.4)))[-1][:, 0] > 0)
    assert ("int_fast32_t" in content) == (wide.largest >= 2**15)
    largest = max(int(np.abs(values).max()) for values in activations(exact(wide)))
    assert largest <= wide.largest


def test_rounding_in_any_order_stays_below_its_bound():
    layers = layers_of(lottery.shipped_ticket())
    exact, bound = activations(layers)[-1][:, 0], rounding_error(layers)
    rng = np.random.default_rng(0)
    for _ in range(5):
        values = BITS.astype(np.float32)
        for layer in layers:
            order = rng.permutation(len(layer.kernel))
            total = np.broadcast_to(layer.bias.astype(np.float32), (512, layer.bias.size)).copy()
            for place in order:
                total += values[:, place, None] * layer.kernel[place].astype(np.float32)
            values = total if layer is layers[-1] else np.maximum(total, 0)
        assert np.all(np.abs(values[:, 0] - exact) <= bound)
    assert bound.max() < 1e-3


def test_a_network_that_rounding_could_change_is_refused():
    close = one_bit_each(201)
    close.params["readout"]["bias"][:] = np.float32(-0.5) * np.float32(1 - 1e-7)
    with pytest.raises(InputError, match="some machines"):
        FORMS["c"].render(close, facts(close))


def test_floats_are_right_with_a_compiler_that_takes_liberties(monkeypatch):
    monkeypatch.setenv("CC", f"{require_compiler()[0]} -ffast-math -O3")
    assert lottery.export(lottery.shipped_ticket(), "c").checked == 512


def test_life_takes_twenty_nine_operations_for_32_cells():
    for network in (compacted(lottery.shipped_ticket()), saved(sparsest_parameters())):
        found = in_words(network)
        assert "29 operations" in found["about"][0]
        assert "adders" in found["about"][1]
        values = dict(zip(CELLS, NEIGHBOURHOODS.T.astype(np.uint32) * np.uint32(2**32 - 1), strict=True))
        for gate in found["gates"][9:]:
            values[gate["name"]] = eval(gate["expression"], {}, values)  # noqa: S307 - C and Python agree here
        np.testing.assert_array_equal(values[found["result"]] != 0, np.asarray(gol.truth_table("B3/S23"), bool))


def test_a_rule_that_is_no_function_of_counts_becomes_a_decision_diagram():
    found = in_words(one_bit_each(256))
    assert [gate["expression"] for gate in found["gates"]] == ["cells[0]"]
    assert found["result"] == "nw"
    assert "nine cells" in found["about"][1]


@pytest.mark.parametrize("width", [1, 7, 32, 70])
def test_packing_can_be_undone(width):
    boards = np.random.default_rng(width).integers(0, 2, (2, 3, width), np.uint8)
    np.testing.assert_array_equal(unpacked(packed(boards), width), boards)
    assert packed(boards)[1, 2, 0] & 1 == boards[1, 2, 0]


def test_another_activation_and_a_missing_compiler_are_refused_in_a_sentence(monkeypatch):
    leaky = replace(saved(sparsest_parameters()), activation="tanh")
    for kind in KINDS:
        with pytest.raises(InputError, match="Only a network with ReLU"):
            FORMS["c"].render(leaky, {}) if kind == "float32" else FORMS[f"c-{kind}"].render(leaky, {})
    monkeypatch.setenv("CC", "no-such-compiler")
    with pytest.raises(InputError, match="'no-such-compiler', which is no program"):
        lottery.export(lottery.shipped_ticket(), "c")
    monkeypatch.delenv("CC")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(InputError, match="no C compiler here"):
        lottery.export(lottery.shipped_ticket(), "c-bits")


def test_a_wrong_header_does_not_pass():
    found = lottery.export(lottery.shipped_ticket(), "c-int8")
    wrong = found.content.replace(b"return layer3[0] > 0;", b"return layer3[0] > 0 || neighbourhood == 0;")
    with pytest.raises(InputError, match="wrong on 1 of 512"):
        prove(FORMS["c-int8"].answers(wrong), found.network, "c-int8")
    with pytest.raises(InputError, match="does not compile"):
        prove(FORMS["c-int8"].answers(b"int x = ;"), found.network, "c-int8")
