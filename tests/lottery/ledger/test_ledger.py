"""What a piece used is recorded beside it, and added up; pieces without a record count by their outcomes."""

import csv
import json
from dataclasses import replace

import pytest

from gol.errors import InputError
from lottery.experiments import KINDS
from lottery.experiments.prune import pruning_piece
from lottery.experiments.shapes import shapes_piece
from lottery.experiments.train import training_piece
from lottery.ledger import record
from lottery.ledger.account import entry_of, total, totals, write_table
from lottery.ledger.factors import Factors
from lottery.ledger.page import END, START, explanation, rows, write_page
from lottery.ledger.record import NAME, metered, read_usage
from lottery.ledger.usage import Meter, Usage
from lottery.ledger.work import Work, work_of
from lottery.networks.lifenet import LifeNet
from lottery.runs import pieces
from lottery.runs.pieces import Piece
from lottery.tickets.settings import PruningSettings
from lottery.training.operations import of_update
from lottery.training.settings import TrainSettings

SETTINGS = TrainSettings(updates=500, check_every=250)
NET = LifeNet(width=2)
EACH = of_update(NET, SETTINGS).total
PIECE = training_piece("ledger", NET, SETTINGS, seed=0, replicates=range(3))


def _run(settings, folder, on_progress):
    on_progress(0.5, "half")
    return {"first_solved": [250, -1, -1], "solved_at_end": [True, False, False], "seconds": 2.0}


def _nothing(share, words):
    pass


class _Counted(Meter):
    """A meter whose machine counts energy."""

    def used(self):
        return replace(super().used(), cpu_joules=5.0, gpu_joules=7.0)


@pytest.fixture
def computed(tmp_path):
    kinds = {"train": metered(PIECE, _run, lambda: _Counted([]))}
    return tmp_path, pieces.compute(PIECE, tmp_path, kinds, _nothing)


def test_a_computed_piece_has_a_record_that_its_manifest_lists(computed):
    root, outcomes = computed
    folder = root / PIECE.name
    found = json.loads((folder / NAME).read_text())
    assert (found["updates"], found["counted"], found["sessions"]) == (1500, True, 1)
    assert found["operations"] == found["as_masked"] == 1500 * EACH
    assert found["peak_memory"] > 2**20
    assert found["wall_seconds"] >= 0
    assert found["device"].startswith("cpu")
    assert found["bytes_on_disk"] > 0
    assert NAME in json.loads((folder / "manifest.json").read_text())["files"]
    assert outcomes == _run({}, folder, _nothing)


def test_neither_name_nor_outcomes_depend_on_the_record(computed, tmp_path):
    root, outcomes = computed
    plain = pieces.compute(PIECE, tmp_path / "plain", {"train": _run}, _nothing)
    assert plain == outcomes
    one, other = (folder / PIECE.name / "outcomes.json" for folder in (root, tmp_path / "plain"))
    assert one.read_bytes() == other.read_bytes()
    (root / PIECE.name / NAME).unlink()
    assert pieces.load(PIECE, root) == outcomes  # a piece without its record is whole


def test_the_record_is_written_on_the_way_and_goes_on_after_a_stop(tmp_path, monkeypatch):
    monkeypatch.setattr(record, "SECONDS_BETWEEN", -1.0)
    folder = tmp_path / f".{PIECE.name}.partial"

    def stopped(settings, folder, on_progress):
        on_progress(0.1, "")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pieces.compute(PIECE, tmp_path, {"train": metered(PIECE, stopped)}, _nothing)
    first = read_usage(folder)
    assert first is not None
    assert first.sessions == 1
    pieces.compute(PIECE, tmp_path, {"train": metered(PIECE, _run)}, _nothing)
    both = read_usage(tmp_path / PIECE.name)
    assert both.sessions == 2
    assert both.wall_seconds >= first.wall_seconds


def test_sessions_add_up_peaks_do_not_and_energy_is_known_where_it_is_known_of_both():
    one = Usage(10.0, 20.0, 100, 5, 3.0, None, 1)
    two = Usage(1.0, 2.0, 300, 4, 4.0, None, 1)
    assert one + two == Usage(11.0, 22.0, 300, 5, 7.0, None, 2)
    assert (one + replace(two, cpu_joules=None)).cpu_joules is None
    assert Usage() + one == one


def test_work_is_counted_until_a_network_leaves():
    assert work_of(PIECE, {"first_solved": [250, -1, -1]}) == Work(1500, 1500 * EACH, 1500 * EACH)
    leaving = training_piece("x", NET, replace(SETTINGS, stop_when_solved=True), seed=0, replicates=range(3))
    assert work_of(leaving, {"first_solved": [250, -1, -1]}).updates == 1250
    assert work_of(PIECE, {"solved_at_end": [True, False]}).updates == 1000  # as `watched` and `rule` keep it


def test_work_of_pruning_counts_every_arm_and_skips_pruned_weights_where_asked():
    piece = pruning_piece("x", NET, SETTINGS, PruningSettings(levels=1), seed=0, replicates=range(2))
    layers = {"block0_3x3": [18, 18], "block0_1x1": [4, 5], "readout": [1, 1]}
    half = {name: {"kept": kept} for name, kept in layers.items()}
    full = {"block0_3x3": {"kept": [36, 36]}, "block0_1x1": {"kept": [8, 8]}, "readout": {"kept": [2, 2]}}
    arm = {"first_solved": [250, -1]}
    found = work_of(
        piece,
        {
            "levels": [
                {"layers": full, "arms": {"ticket": arm}},
                {"layers": half, "arms": {"ticket": arm, "reinit": arm}},
            ]
        },
    )
    sparse = of_update(NET, SETTINGS, kept={"block0_3x3": 18, "block0_1x1": 4.5, "readout": 1}).total
    assert found.updates == 3 * 2 * 500
    assert found.operations == pytest.approx(3000 * EACH)
    assert found.as_masked == pytest.approx(1000 * EACH + 2000 * sparse)


def test_work_of_shapes_counts_the_network_that_holds_them_and_as_masked_the_shapes():
    piece = shapes_piece("x", LifeNet(), SETTINGS, [(1, 1), (2, 3)], seed=0, replicates=4, arm=0)
    rows = [{"features": list(shape), "trials": 4, "first_solved": [250]} for shape in ((1, 1), (2, 3))]
    found = work_of(piece, {"shapes": rows})
    each = {shape: of_update(LifeNet(features=shape), SETTINGS).total for shape in ((1, 1), (2, 3))}
    assert found.operations == pytest.approx(4000 * each[2, 3])
    assert found.as_masked == pytest.approx(2000 * (each[1, 1] + each[2, 3]))


def test_other_kinds_have_the_updates_of_their_plan_and_say_so():
    settings = {"network": {"width": 2}, "training": {}}
    assert work_of(Piece("x", "flips", settings, 70, 1.0), {}) == Work(70, 70 * EACH, 70 * EACH, counted=False)
    of_scores = {"network": {"width": 2}, "training": None, "scores": {}}  # as `popup` has where no weights are trained
    assert work_of(Piece("x", "popup", of_scores, 70, 1.0), {}).operations == 70 * EACH
    assert work_of(Piece("x", "handmade", {}, 0, 1.0), {}) == Work()
    assert work_of(Piece("x", "my own kind", {"size": 3}, 70, 1.0), {}) == Work(70, counted=False)
    other = {"network": {"channels": "mine"}, "training": {"epochs": 3}}
    assert work_of(Piece("x", "my own kind", other, 70, 1.0), {}) == Work(70, counted=False)
    assert "flips" in KINDS


def test_counted_energy_comes_before_estimates(computed):
    root, outcomes = computed
    entry = entry_of(PIECE, outcomes, root, Factors(watts_per_core=1000.0, grams_per_kwh=3.6e6))
    assert (entry.joules, entry.joules_counted) == (12.0, True)
    assert entry.grams == 12.0
    assert entry.cpu_seconds is not None


def test_without_a_record_energy_is_estimated_from_the_device_and_the_seconds(computed):
    root, outcomes = computed
    (root / PIECE.name / NAME).unlink()
    factors = Factors(watts_per_core=10.0, watts_per_gpu=700.0, cents_per_core_hour=36.0, cents_per_gpu_hour=3600.0)
    manifest = root / PIECE.name / "manifest.json"
    found = json.loads(manifest.read_text())
    del found["seal"]
    for device, joules, cents in (
        ("cpu (4 devices, x86_64)", 2 * 4 * 10, 2 * 4 * 0.01),
        ("gpu (2 devices, NVIDIA H200)", 2 * (10 + 2 * 700), 2 * (0.01 + 2 * 1)),
        (None, 2 * 2 * 10, 2 * 2 * 0.01),  # as of outcomes that do not name a device
    ):
        manifest.write_text(json.dumps({**found, "device": device}))
        entry = entry_of(PIECE, outcomes, root, factors)
        assert (entry.joules, entry.joules_counted, entry.cpu_seconds) == (joules, False, None)
        assert entry.cents == pytest.approx(cents)


def test_a_damaged_record_counts_as_none(computed):
    root, outcomes = computed
    (root / PIECE.name / NAME).write_text("{")
    assert read_usage(root / PIECE.name) is None
    assert entry_of(PIECE, outcomes, root).cpu_seconds is None


def test_what_claims_share_counts_once_in_the_sum(computed):
    root, outcomes = computed
    entry = entry_of(PIECE, outcomes, root)
    found = totals({"one": [PIECE.name], "two": [PIECE.name]}, {PIECE.name: entry})
    assert [each.name for each in found] == ["one", "two", "all"]
    assert {each.updates for each in found} == {1500.0}
    assert found[-1].joules_counted == found[-1].joules == 12.0
    assert "100 % of the energy" in explanation(found, Factors())
    assert total("nothing", []).joules == 0


def test_factors_below_zero_are_refused():
    with pytest.raises(InputError, match="grams_per_kwh is -1"):
        Factors(grams_per_kwh=-1.0)


def test_the_table_has_a_row_per_piece_and_the_page_a_row_per_claim(computed, tmp_path):
    root, outcomes = computed
    entry = entry_of(PIECE, outcomes, root)
    write_table(tmp_path / "ledger.csv", [entry, replace(entry, cpu_seconds=None)])
    with (tmp_path / "ledger.csv").open() as file:
        first, second = csv.DictReader(file)
    assert (first["piece"], first["updates_counted"], float(first["joules"])) == (PIECE.name, "true", 12.0)
    assert second["cpu_seconds"] == ""
    summed = totals({"one": [PIECE.name]}, {PIECE.name: entry})
    page = tmp_path / "ledger.md"
    page.write_text(f"# Costs\n\n{START}\nold\n{END}\n\nMore.\n")
    for _ in range(2):  # the second time changes nothing
        write_page(page, summed, Factors())
        text = page.read_text()
        assert text.startswith("# Costs\n")
        assert text.endswith("More.\n")
        assert "old" not in text
        assert text.count("| one |") == 1
    assert rows(summed)[0][:3] == ("one", "1", "0.0015")
    assert rows([total("nothing", [])])[0] == ("nothing", *["0"] * 8)
    assert rows([replace(summed[0], updates=1234.6e6, joules=3.6)])[0][2::4] == ("1,235", "< 0.001")
