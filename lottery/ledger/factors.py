"""From time to energy, carbon and money: assumptions, each of which the user can set."""

from dataclasses import dataclass

from gol.errors import InputError

JOULES_PER_KWH = 3.6e6


@dataclass(frozen=True)
class Factors:
    """What is assumed where nothing is counted. Every default is an assumption of ours, not a measurement.

    Attributes:
        watts_per_core: of a busy core, its share of memory, fans and power supply included.
        watts_per_gpu: of a busy card; 700 is the limit of an NVIDIA H200, so that our estimates are rather too high.
        grams_per_kwh: CO2 equivalent of the electricity; the world's mix emitted some 480 in 2023.
        cents_per_core_hour: rent of a core.
        cents_per_gpu_hour: rent of a card.
    """

    watts_per_core: float = 10.0
    watts_per_gpu: float = 700.0
    grams_per_kwh: float = 480.0
    cents_per_core_hour: float = 5.0
    cents_per_gpu_hour: float = 400.0

    def __post_init__(self) -> None:
        """Refuse factors below zero."""
        for name, value in vars(self).items():
            if not value >= 0:
                raise InputError(f"{name} is {value}: it has to be 0 or more.")

    def joules(self, core_seconds: float | int, gpu_seconds: float | int) -> float:
        """Estimated energy."""
        return self.watts_per_core * core_seconds + self.watts_per_gpu * gpu_seconds

    def grams(self, joules: float | int) -> float:
        """CO2 equivalent of an energy, in grams."""
        return self.grams_per_kwh * joules / JOULES_PER_KWH

    def cents(self, core_seconds: float | int, gpu_seconds: float | int) -> float:
        """Rent."""
        return (self.cents_per_core_hour * core_seconds + self.cents_per_gpu_hour * gpu_seconds) / 3600

    @property
    def words(self) -> str:
        """The assumptions in one sentence."""
        return (
            f"{self.watts_per_core:g} W per busy core and {self.watts_per_gpu:g} W per busy card, "
            f"{self.grams_per_kwh:g} g of CO2 equivalent per kWh, and a rent of {self.cents_per_core_hour:g} US cents "
            f"per hour of a core and {self.cents_per_gpu_hour:g} of a card."
        )
