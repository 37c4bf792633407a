"""Device figures: what is published follows from what was counted, and counting it again gives the same."""

import json
import shutil
from dataclasses import asdict, replace
from pathlib import Path

import pytest

import lottery
from gol.errors import InputError
from lottery.commands import bench
from lottery.exports import on_a_microcontroller as on
from lottery.exports.device_page import BYTES, assumptions, page, text
from lottery.exports.exporting import compacted
from lottery.networks.handmade import handmade_parameters, sparsest_parameters

DOCS = Path(__file__).parents[3] / "docs"
PUBLISHED = json.loads((DOCS / "bench" / "device.json").read_text(encoding="utf-8"))
needs_tools = pytest.mark.skipif(
    not all(map(shutil.which, on.PACKAGES)), reason=f"{' or '.join(on.PACKAGES)} is not installed"
)


def test_the_published_page_is_made_from_the_published_figures():
    assert (DOCS / "device-figures.md").read_text(encoding="utf-8") == page(PUBLISHED)


def test_the_published_assumptions_are_those_of_the_package():
    assert PUBLISHED["supply"] == asdict(on.Supply())
    assert PUBLISHED["devices"] == [{**asdict(device), "flags": " ".join(device.flags)} for device in on.DEVICES]
    lines = "\n".join(assumptions(PUBLISHED))
    for values in (*PUBLISHED["devices"], PUBLISHED["supply"]):
        for name, value in values.items():
            assert name == "core" or text(value) in lines


def test_seconds_and_joules_follow_from_instructions_and_assumptions():
    by_core = {device.core: device for device in on.DEVICES}
    assert len(PUBLISHED["rows"]) == 2 * len(on.C_FORMS) * len(on.DEVICES)
    for row in PUBLISHED["rows"]:
        found = on.derived(row["instructions_per_cell"], by_core[row["core"]], on.Supply())
        assert found == pytest.approx({name: row[name] for name in found})


def test_the_figures_are_those_of_a_calculation_by_hand():
    # 10 instructions of 2 cycles at 1 MHz are 20 µs per cell, 20.48 ms per board; at 100 µA and 2 V that is 4.096 µJ.
    device = replace(on.DEVICES[0], megahertz=1.0, microamperes_per_megahertz=100.0, volts=2.0, sleep_microamperes=0.0)
    supply = on.Supply("", 1.0, 0.0, 2.0, "", 4.096)  # 3.6 C, two generations per second, 4.096 µW
    found = on.derived(10.0, device, supply)
    assert found["cells_per_second"] == pytest.approx(50_000)
    assert found["microjoules_per_generation"] == pytest.approx(4.096)
    assert found["coin_cell_generations"] == pytest.approx(3.6 / 2.048e-6)
    assert found["coin_cell_years"] == pytest.approx(3.6 / 2.048e-6 / 2 / (365.25 * 86_400))
    assert found["solar_generations_per_second"] == pytest.approx(1.0)
    assert on.derived(1000.0, device, supply)["coin_cell_years"] is None  # two seconds for a generation
    assert on.derived(1.0, device, replace(supply, solar_microwatts=1e9))["solar_generations_per_second"] == (
        pytest.approx(1e6 / 2 / 1024)
    )
    sleepy = replace(device, sleep_microamperes=3.0)  # 6 µW, more than the solar cell gives
    assert on.derived(10.0, sleepy, supply)["solar_generations_per_second"] == 0


def test_a_cell_of_the_page_is_a_number_of_three_digits_or_a_word():
    assert [text(value) for value in (1234.5, 3.0, 0.012345, None, "x")] == ["1,234", "3", "0.0123", "too slow", "x"]


@needs_tools
@pytest.mark.thorough(but=2)
@pytest.mark.parametrize("row", PUBLISHED["rows"], ids=lambda row: f"{row['network']}-{row['form']}-{row['core']}")
def test_counting_again_gives_the_published_figures(row):
    fifteen = lottery.SavedNetwork(sparsest_parameters(), "torus", "B3/S23", "Made by hand.")
    network = lottery.shipped_ticket() if row["network"] == "shipped" else fifteen
    (device,) = (device for device in on.DEVICES if device.core == row["core"])
    found = asdict(on.count(lottery.export(network, row["form"]), device))
    assert found["checked"] == 512
    if on.version_of(on.COMPILER) == PUBLISHED["compiler"]:
        assert found == pytest.approx({name: row[name] for name in found}, rel=1e-3)
    else:  # another compiler makes other code, but not another order of magnitude
        for name in BYTES:
            assert row[name] / 2 < found[name] < 2 * row[name]


@needs_tools
@pytest.mark.parametrize("form", ["c-int8", pytest.param("c-bits", marks=pytest.mark.thorough)])
def test_a_board_with_a_dead_border_is_right_on_a_device_too(form):
    network = lottery.SavedNetwork(handmade_parameters(), "zero", "B3/S23", "Made by hand.")
    assert on.count(lottery.export(network, form), on.DEVICES[1]).checked == 4608


@needs_tools
def test_flash_of_a_network_is_that_of_its_figures():
    network = compacted(lottery.shipped_ticket())
    for form in on.C_FORMS:
        published = next(row["flash_bytes"] for row in PUBLISHED["rows"] if row["form"] == form)
        assert published / 2 < on.flash_of(network, form) < 2 * published
    assert on.flash_of(network) == on.flash_bytes(lottery.export(network, "c-int8").content, "c-int8", on.DEVICES[0])[1]


@needs_tools
def test_a_network_that_is_wrong_on_a_device_is_refused():
    found = lottery.export(lottery.shipped_ticket(), "c-int8")
    wrong = found.content.replace(b"return layer3[0] > 0;", b"return layer3[0] > 0 || neighbourhood == 0;")
    with pytest.raises(InputError, match="wrong on 1 of 512"):
        on.count(replace(found, content=wrong), on.DEVICES[0])


def test_tools_that_are_missing_are_named(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(InputError, match="Debian the package gcc-arm-none-eabi"):
        on.document({})
    with pytest.raises(InputError, match="arm-none-eabi-gcc is not on this machine"):
        on.flash_bytes(b"", "c", on.DEVICES[0])


def test_the_command_prints_figures_and_assumptions_and_writes_both_files(capsys, monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(on, "document", lambda networks: asked.append(networks) or PUBLISHED)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("JAX_NUM_CPU_DEVICES", "1")  # of a process that has begun to compute, it cannot be changed
    bench.device(bench.Device(json=tmp_path / "a.json", page=tmp_path / "a.md"))
    assert [network.network.channels for network in asked[0].values()] == [(16, 8), (1, 2)]
    out = capsys.readouterr().out
    assert "1,934" in out
    assert "cycles per instruction (assumed" in out
    assert json.loads((tmp_path / "a.json").read_text()) == PUBLISHED
    assert (tmp_path / "a.md").read_text(encoding="utf-8") == page(PUBLISHED)


@needs_tools
@pytest.mark.thorough
def test_a_clock_that_passes_zero_while_instructions_are_counted_loses_none(monkeypatch):
    found = lottery.export(lottery.shipped_ticket(), "c")
    few = on.count(found, on.DEVICES[0]).instructions_per_cell
    monkeypatch.setattr(on, "GENERATIONS", 200)  # 25 million ticks, and the clock has 24 bits
    assert on.count(found, on.DEVICES[0]).instructions_per_cell == pytest.approx(few, rel=0.2)  # the soup grows thinner
