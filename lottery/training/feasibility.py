"""What a run needs of a machine's memory, estimated from its settings, so that what cannot fit is refused at once.

The estimates are meant to be too low rather than too high: measured peaks are one to three times as large (a test holds
some of them together). What is refused does not fit; what only just fits may still fail.
"""

from collections.abc import Iterable, Sequence, Sized
from typing import Any

import jax

from gol.errors import InputError
from gol.memory import GIB, refuse_beyond_memory
from lottery.networks.lifenet import LifeNet, parameter_count
from lottery.training.arrangements import FORM_OF
from lottery.training.settings import TrainSettings

MOST_UPDATES = 2**31 - 1  # updates are counted in 32 bits
COPIES = 12  # of all parameters at the peak: weights, two moments and masks, before and after a chunk, and on the host
BYTES_PER_REPLICATE = 2000  # certificates and other objects of Python


def needed_bytes(net: LifeNet, settings: TrainSettings, replicates: int, devices: int = 1) -> int:
    """Memory at the peak of `train`, beside what the libraries take.

    Args:
        net: what is trained.
        settings: how.
        replicates: how many networks.
        devices: each has a copy of the bank.

    Returns:
        Bytes, about a third of the measured peak or more.
    """
    slots = -(-replicates // settings.group) * settings.group
    history = 16 * replicates * (settings.updates // settings.check_every)  # losses and wrong counts, twice
    state = COPIES * _itemsize(settings) * parameter_count(net) * slots
    objects = BYTES_PER_REPLICATE * replicates
    return objects + history + state + _of_data(net, settings, devices) + _of_batch(net, settings)


def _itemsize(settings: TrainSettings) -> int:
    return 8 if settings.dtype == "float64" else 4


def _form(net: LifeNet, settings: TrainSettings) -> str:
    auto = "histograms" if net.steps == 1 else "codes"
    return FORM_OF.get(settings.arrangement, auto)


def _of_data(net: LifeNet, settings: TrainSettings, devices: int) -> int:
    """A bank, which is larger while it is made than when it is done, and the screen."""
    cells, form = settings.board**2, _form(net, settings)
    made = {"histograms": 4 * 512 + cells, "codes": 8 * cells, "boards": 2 * cells}[form]
    kept = {"histograms": 2 * 512, "codes": 3 * cells, "boards": 2 * cells}[form]
    bank = 0 if settings.stream in ("own", "risk") else settings.bank_boards * (made + (devices - 1) * kept)
    return bank + (0 if form == "histograms" else settings.screen_boards * made)


def _of_batch(net: LifeNet, settings: TrainSettings) -> int:
    """Which boards are drawn in a chunk of updates, and one update's boards and activations, of one device."""
    a, b = net.channels
    number = 4 * settings.batch if settings.stream in ("bank", "shared") else 8
    drawn = settings.check_every * settings.group * number
    if _form(net, settings) == "histograms":
        return drawn + settings.group * 512 * (4 * settings.batch + 4 * _itemsize(settings) * (a + b))
    cells = settings.batch * settings.board**2
    if settings.arrangement == "auto":  # the fused kernels take board by board
        return drawn + settings.board**2 * _itemsize(settings) * (a + b) * net.steps
    return drawn + 2 * cells * _itemsize(settings) * (9 * b + a + b) * net.steps


def refuse_what_cannot_fit(
    net: object, settings: TrainSettings, replicates: Iterable[Any], devices: Sequence[Any] | None = None
) -> None:
    """Refuse a training whose estimate is above the memory of the machine, or of its accelerators.

    Args:
        net: what is trained; of what is not exactly a `LifeNet` nothing is known.
        settings: how.
        replicates: their numbers.
        devices: what computes; by default all devices.

    Raises:
        InputError: where it cannot fit, or would take more updates than can be counted.
    """
    if settings.updates > MOST_UPDATES:
        raise InputError(f"updates is {settings.updates}: there can be {MOST_UPDATES} at most.")
    if type(net) is not LifeNet:
        return
    if isinstance(replicates, range):  # whose length Python does not give from 2^63 on
        count = replicates.stop - replicates.start
    elif isinstance(replicates, Sized):
        count = len(replicates)
    else:
        return  # what gives them one after the other has no length
    devices = jax.devices() if devices is None else devices
    needed = needed_bytes(net, settings, count, len(devices))
    what = f"Training {count:,} networks of {parameter_count(net):,} parameters with these settings"
    refuse_beyond_memory(needed, what)
    limits = [(device.memory_stats() or {}).get("bytes_limit", 0) for device in devices if device.platform != "cpu"]
    if limits and all(limits) and needed > sum(limits):  # where a device does not say, nothing is known
        raise InputError(
            f"{what} would take about {needed / GIB:.3g} GiB of the accelerators' memory, and they have "
            f"{sum(limits) / GIB:.3g} GiB."
        )
