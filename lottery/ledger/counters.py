"""Energy counters of the machine: RAPL of the processors, NVML of the cards; where there is none, nothing.

Both count the whole machine, whatever else runs on it.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import jax

POWERCAP = Path("/sys/class/powercap")
RAPL, NVML = "RAPL", "NVML"


class Counter:
    """One counter that rises and, at its end, begins anew.

    It has to be looked at more often than it goes round once, which RAPL's may do within some tens of minutes.
    """

    def __init__(self, name: str, read: Callable[[], float], end: float = float("inf")) -> None:
        """Begin to count.

        Args:
            name: "RAPL" or "NVML".
            read: what the counter shows, in joules.
            end: where it begins anew, in joules.
        """
        self.name, self.joules = name, 0.0
        self._read, self._end = read, end
        self._last = read()

    def look(self) -> None:
        """Add what was used since the last look."""
        now = self._read()
        self.joules += now - self._last + (self._end if now < self._last else 0.0)
        self._last = now


def rapl(root: Path = POWERCAP) -> list[Counter]:
    """A counter of each processor package; none where the kernel has none, or this user may not read them.

    Args:
        root: where Linux has them.
    """
    found = []
    for folder in sorted(root.glob("intel-rapl:*")):
        with suppress(OSError, ValueError):
            # Parts of a package, and the platform as a whole, would count the same joules twice.
            if (folder / "name").read_text().startswith("package"):
                end = float((folder / "max_energy_range_uj").read_text()) / 1e6
                found.append(Counter(RAPL, _microjoules(folder / "energy_uj"), end))
    return found


def _microjoules(path: Path) -> Callable[[], float]:
    return lambda: float(path.read_text()) / 1e6


def nvml(devices: Sequence[Any] | None = None) -> list[Counter]:
    """A counter of each card, where pynvml is installed and this process uses every card of the machine.

    Args:
        devices: that compute; by default those of jax.
    """
    used = [device for device in (jax.devices() if devices is None else devices) if device.platform == "gpu"]
    if not used:
        return []
    try:
        pynvml: Any = import_module("pynvml")  # of nvidia-ml-py, which few machines have

        pynvml.nvmlInit()
        if pynvml.nvmlDeviceGetCount() != len(used):
            return []
        handles = [pynvml.nvmlDeviceGetHandleByIndex(index) for index in range(len(used))]
        return [Counter(NVML, _millijoules(pynvml, handle)) for handle in handles]
    except Exception:  # a driver's, of a type that is only known where the library is
        return []


def _millijoules(library: Any, handle: Any) -> Callable[[], float]:
    return lambda: float(library.nvmlDeviceGetTotalEnergyConsumption(handle)) / 1e3
