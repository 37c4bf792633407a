import sys
from types import SimpleNamespace

from lottery.ledger.counters import NVML, RAPL, Counter, nvml, rapl


def test_a_counter_adds_what_it_shows_more_and_knows_where_it_begins_anew():
    shown = iter([90.0, 95.0, 3.0, 4.0])
    counter = Counter(RAPL, lambda: next(shown), end=100.0)
    for used in (5.0, 13.0, 14.0):
        counter.look()
        assert counter.joules == used


def _domain(root, name, what, microjoules):
    folder = root / name
    folder.mkdir()
    (folder / "name").write_text(f"{what}\n")
    (folder / "energy_uj").write_text(f"{microjoules}\n")
    (folder / "max_energy_range_uj").write_text("262143328850\n")
    return folder / "energy_uj"


def test_rapl_counts_packages_and_neither_their_parts_nor_the_platform(tmp_path):
    first = _domain(tmp_path, "intel-rapl:0", "package-0", 5_000_000)
    _domain(tmp_path, "intel-rapl:0:0", "core", 1_000_000)
    _domain(tmp_path, "intel-rapl:1", "psys", 9_000_000)
    (found,) = rapl(tmp_path)
    first.write_text("7500000\n")
    found.look()
    assert (found.name, found.joules) == (RAPL, 2.5)
    first.write_text("1000000\n")
    found.look()
    assert found.joules == 2.5 + 1.0 + 262143.32885 - 7.5


def test_a_machine_without_counters_has_none(tmp_path):
    assert rapl(tmp_path / "nothing") == []
    (tmp_path / "intel-rapl:0").mkdir()
    (tmp_path / "intel-rapl:0" / "name").write_text("package-0\n")  # and energy_uj, which only root may read
    assert rapl(tmp_path) == []
    assert nvml([SimpleNamespace(platform="cpu")]) == []


def _library(cards, millijoules):
    return SimpleNamespace(
        nvmlInit=lambda: None,
        nvmlDeviceGetCount=lambda: cards,
        nvmlDeviceGetHandleByIndex=lambda index: index,
        nvmlDeviceGetTotalEnergyConsumption=lambda index: next(millijoules),
    )


def test_nvml_counts_cards_where_the_process_has_all_of_them(monkeypatch):
    card = SimpleNamespace(platform="gpu")
    monkeypatch.setitem(sys.modules, "pynvml", _library(1, iter([1000, 4000])))
    (found,) = nvml([card])
    found.look()
    assert (found.name, found.joules) == (NVML, 3.0)
    monkeypatch.setitem(sys.modules, "pynvml", _library(8, iter([])))
    assert nvml([card]) == []
    monkeypatch.setitem(sys.modules, "pynvml", None)  # not installed
    assert nvml([card]) == []
