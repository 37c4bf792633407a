"""What a process uses while it computes a piece: time, memory and, where the machine counts it, energy."""

import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import jax

from lottery.ledger import counters
from lottery.ledger.counters import NVML, RAPL, Counter

PEAKS = ("peak_memory", "peak_device_memory")  # of two sessions the larger one counts


@dataclass(frozen=True)
class Usage:
    """What was used.

    Attributes:
        wall_seconds: by the clock.
        cpu_seconds: of all threads of the process together.
        peak_memory: most bytes that the process has held since it began, which may be in another piece.
        peak_device_memory: most bytes that it has held on a card; 0 without one.
        cpu_joules: of all processor packages of the machine, None where it does not count them.
        gpu_joules: of all cards, None likewise.
        sessions: how many processes, one after the other, it took.
    """

    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_memory: int = 0
    peak_device_memory: int = 0
    cpu_joules: float | None = None
    gpu_joules: float | None = None
    sessions: int = 0

    def __add__(self, later: "Usage") -> "Usage":
        """Two sessions one after the other; energy is known where it is known of both."""
        if not self.sessions:
            return later
        together: dict[str, Any] = {}
        for name in (one.name for one in fields(self)):
            values = getattr(self, name), getattr(later, name)
            if None in values:
                together[name] = None
            else:
                together[name] = max(values) if name in PEAKS else sum(values)
        return Usage(**together)


@dataclass
class Meter:
    """Measures from its making on; it has to be looked at every few minutes, because counters go round.

    Attributes:
        energy: the machine's counters.
    """

    energy: Sequence[Counter] = field(default_factory=lambda: [*counters.rapl(), *counters.nvml()])
    _wall: float = field(default_factory=time.monotonic)
    _cpu: float = field(default_factory=time.process_time)

    def used(self) -> Usage:
        """What was used so far."""
        for counter in self.energy:
            counter.look()
        unit = 1 if sys.platform == "darwin" else 2**10
        return Usage(
            wall_seconds=time.monotonic() - self._wall,
            cpu_seconds=time.process_time() - self._cpu,
            peak_memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit,
            peak_device_memory=sum((one.memory_stats() or {}).get("peak_bytes_in_use", 0) for one in jax.devices()),
            cpu_joules=self._joules(RAPL),
            gpu_joules=self._joules(NVML),
            sessions=1,
        )

    def _joules(self, name: str) -> float | None:
        found = [counter.joules for counter in self.energy if counter.name == name]
        return sum(found) if found else None
