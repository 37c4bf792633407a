"""A network on a microcontroller: C headers are built for Arm's Cortex-M, run under QEMU and proved there.

Bytes and instructions are counted. Seconds and joules follow from them and from figures of datasheets, which are fields
of `Device` and `Supply` and stand beside every result. QEMU does not know how many cycles an instruction takes, so that
is such a figure, too.
"""

import shutil
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import jax
import numpy as np
from jaxtyping import Bool, UInt8

import gol
from gol.errors import InputError
from lottery.exports.c_compiler import STRICT, packed, unpacked
from lottery.exports.exporting import Export, export, facts, prove
from lottery.exports.form import FORMS
from lottery.runs.saved_networks import SavedNetwork

COMPILER, EMULATOR = "arm-none-eabi-gcc", "qemu-system-arm"
PACKAGES = {COMPILER: "gcc-arm-none-eabi", EMULATOR: "qemu-system-arm"}
C_FORMS = ("c", "c-int8", "c-bits")
SIDE = 32
GENERATIONS = 16
"""Of a soup of SIDE x SIDE cells, whose instructions are counted."""
_CALIBRATION = 2_000_000  # instructions, as microcontroller.c has them
_WATCHED = 4096  # bytes of stack, too
_YEAR = 365.25 * 86_400  # seconds
_HERE = Path(__file__).parent
OPTIMISE = "-Os"
"""How the compiler optimises: for size."""


@dataclass(frozen=True)
class Device:
    """A microcontroller: how to build for it and emulate it, and what its datasheet says.

    Attributes:
        core: its processor.
        chip: an example of it.
        source: of the figures.
        megahertz: the clock that we state.
        microamperes_per_megahertz: while it computes, from flash.
        sleep_microamperes: while it waits, with its clock and its memory.
        volts: of the supply.
        cycles_per_instruction: an assumption, on the high side: arithmetic takes one cycle, a load, a store or a taken
            branch about two.
        machine: of QEMU, which has a core of the same instructions.
        flags: of the compiler.
    """

    core: str
    chip: str
    source: str
    megahertz: float
    microamperes_per_megahertz: float
    sleep_microamperes: float
    volts: float
    cycles_per_instruction: float
    machine: str
    flags: tuple[str, ...]


@dataclass(frozen=True)
class Supply:
    """What a device runs from.

    Attributes:
        coin_cell: its name.
        coin_cell_milliampere_hours: its capacity.
        coin_cell_self_discharge: the share of it that is lost in a year, an assumption.
        generations_per_second: how often a board is advanced where a life in years is given; it sleeps in between.
        solar_cell: its name.
        solar_microwatts: what it gives.
    """

    coin_cell: str = "CR2032 (IEC 60086), typical capacity"
    coin_cell_milliampere_hours: float = 225.0
    coin_cell_self_discharge: float = 0.01
    generations_per_second: float = 1.0
    solar_cell: str = "amorphous silicon, 53 x 25 mm, indoors at 200 lux: 18.5 µA at 3 V (Panasonic AM-1801; assumed)"
    solar_microwatts: float = 55.5


DEVICES = (
    Device(
        core="Cortex-M0+",
        chip="STM32L031",
        source="ST DS10668 Rev 6, features: 76 µA/MHz in Run mode, 0.6 µA in Stop mode with RTC and RAM",
        megahertz=4.2,
        microamperes_per_megahertz=76.0,
        sleep_microamperes=0.6,
        volts=3.0,
        cycles_per_instruction=2.0,
        machine="microbit",
        flags=("-mcpu=cortex-m0plus", "-mthumb"),
    ),
    Device(
        core="Cortex-M4",
        chip="STM32L431",
        source="ST DS11453 Rev 3, features: 84 µA/MHz in Run mode, 1.28 µA in Stop 2 mode with RTC",
        megahertz=26.0,
        microamperes_per_megahertz=84.0,
        sleep_microamperes=1.28,
        volts=3.0,
        cycles_per_instruction=2.0,
        machine="mps2-an386",
        flags=("-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"),
    ),
)


@dataclass(frozen=True)
class Counted:
    """What is counted of a network on a device.

    Attributes:
        checked: on how many cells it was asked there; among them every window stands, and it is right on all.
        own_bytes: code and tables of the network and of the walk over a board.
        flash_bytes: the same with the routines of the compiler that they call: floating point, where there is no unit.
        ram_bytes: the stack at its deepest, and two boards of 32x32 cells.
        stack_bytes: the stack alone.
        instructions_per_cell: of a soup of 32x32 cells over 16 generations.
    """

    checked: int
    own_bytes: int
    flash_bytes: int
    ram_bytes: int
    stack_bytes: int
    instructions_per_cell: float


@dataclass(frozen=True)
class _Run:
    """Boards that were run on a device, and what it took: instructions of all of them, and bytes of stack."""

    after: Bool[np.ndarray, "boards height width"]
    instructions: float
    stack_bytes: int


def require_tools() -> None:
    """See that a compiler and an emulator of Cortex-M are here.

    Raises:
        InputError: where one is missing.
    """
    for name in PACKAGES:
        _require(name)


def _require(program: str) -> None:
    if shutil.which(program) is None:
        raise InputError(f"{program} is not on this machine: install it (on Debian the package {PACKAGES[program]}).")


def document(networks: dict[str, SavedNetwork], supply: Supply | None = None) -> dict[str, Any]:
    """All figures of networks in every form of C on all devices, with the assumptions, as plain JSON values.

    Args:
        networks: by name, of one step.
        supply: what the devices run from; by default a `Supply`.

    Raises:
        InputError: where a tool is missing, or as `lottery.export`.
    """
    require_tools()
    supply = supply or Supply()
    rows = []
    for name, network in networks.items():
        for form in C_FORMS:
            made = export(network, form)
            for device in DEVICES:
                counted = count(made, device)
                row = {"network": name, "form": form, "core": device.core, **asdict(counted)}
                rows.append(row | derived(counted.instructions_per_cell, device, supply))
    devices = [asdict(device) | {"flags": " ".join(device.flags)} for device in DEVICES]
    return {
        "devices": devices,
        "supply": asdict(supply),
        "compiler": version_of(COMPILER),
        "optimise": OPTIMISE,
        "emulator": version_of(EMULATOR),
        "rows": rows,
    }


def derived(instructions_per_cell: float, device: Device, supply: Supply) -> dict[str, float | None]:
    """Seconds and joules of a board of 32x32 cells.

    Args:
        instructions_per_cell: as counted.
        device: what computes.
        supply: what it runs from.

    Returns:
        cells_per_second: while the device computes.
        microjoules_per_generation: of a board of 32x32 cells.
        coin_cell_generations: from a full cell, computing without pause.
        coin_cell_years: of one cell at `generations_per_second`, asleep in between; None where it is not so fast.
        solar_generations_per_second: what the solar cell keeps up, no more than the device can compute.
    """
    cells = SIDE * SIDE
    seconds = cells * instructions_per_cell * device.cycles_per_instruction / (1e6 * device.megahertz)
    amperes = 1e-6 * device.microamperes_per_megahertz * device.megahertz
    joules = seconds * amperes * device.volts
    sleeping = 1e-6 * device.sleep_microamperes
    busy = supply.generations_per_second * seconds
    coulombs = 3.6 * supply.coin_cell_milliampere_hours
    mean = busy * amperes + (1 - busy) * sleeping + supply.coin_cell_self_discharge * coulombs / _YEAR
    joules_above_sleep = joules - seconds * sleeping * device.volts
    spare = 1e-6 * supply.solar_microwatts - sleeping * device.volts
    return {
        "cells_per_second": cells / seconds,
        "microjoules_per_generation": 1e6 * joules,
        "coin_cell_generations": coulombs / (amperes * seconds),
        "coin_cell_years": coulombs / mean / _YEAR if busy <= 1 else None,
        "solar_generations_per_second": min(1 / seconds, max(0.0, spare) / joules_above_sleep),
    }


def count(made: Export, device: Device) -> Counted:
    """Build a header for a device, prove it there on every window, and count.

    Args:
        made: an export to a form of C.
        device: what to build for.

    Raises:
        InputError: where it answers wrongly there.
    """
    kind = FORMS[made.to].options["kind"]
    checked = prove(lambda boards: _run(made.content, kind, device, boards, 1).after, made.network, made.to)
    soup = np.asarray(gol.random_boards(jax.random.key(0), (1, SIDE, SIDE)), np.uint8)
    ran = _run(made.content, kind, device, soup, GENERATIONS)
    own, flash = flash_bytes(made.content, made.to, device)
    boards = 2 * SIDE * SIDE // (8 if kind == "bits" else 1)
    per_cell = ran.instructions / (GENERATIONS * SIDE * SIDE)
    return Counted(checked, own, flash, boards + ran.stack_bytes, ran.stack_bytes, per_cell)


def _run(
    content: bytes, kind: str, device: Device, boards: UInt8[np.ndarray, "boards height width"], generations: int
) -> _Run:
    """Run boards on an emulated device for some generations."""
    cells = packed(boards) if kind == "bits" else boards
    size = cells[0].size
    number, height, width = boards.shape
    sizes = {"COUNT": number, "SIZE": size, "WIDTH": width, "HEIGHT": height, "GENERATIONS": generations}
    text = "#include <stdint.h>\n" + "".join(f"#define {name} {value}u\n" for name, value in sizes.items())
    text += (
        f"typedef {_cell(kind)} cell;\nstatic const cell boards[] = {{{','.join(map(str, cells.ravel().tolist()))}}};\n"
    )
    with TemporaryDirectory() as folder:
        Path(folder, "boards.h").write_text(text, encoding="ascii")
        network, program = _compiled(Path(folder), content, kind, device), Path(folder, "program.elf")
        script = ["-T", str(_HERE / "microcontroller.ld"), f"-I{folder}"]
        _arm(device, [*script, str(_HERE / "microcontroller.c"), str(network), "-lgcc", "-o", str(program)])
        words = _emulated(device, program)
    ticks, spent, stack = words[:3]
    if stack >= _WATCHED:
        raise RuntimeError(f"The network takes {_WATCHED} bytes of stack or more, and no more are watched.")
    after = np.array(words[3:], "<u4").view(np.uint32 if kind == "bits" else np.uint8).reshape(number, -1)[:, :size]
    after = after.reshape(cells.shape)
    return _Run((unpacked(after, width) if kind == "bits" else after) != 0, spent * _CALIBRATION / ticks, stack)


def _emulated(device: Device, program: Path) -> list[int]:
    """What a program reports; under icount every instruction takes a nanosecond of the emulated clock."""
    quiet = ["-display", "none", "-monitor", "none", "-serial", "none"]
    semihosting = ["-semihosting-config", "enable=on,target=native", "-icount", "shift=0"]
    command = [EMULATOR, "-M", device.machine, *quiet, *semihosting, "-kernel", str(program)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)  # noqa: S603 - named above
    if done.returncode:
        raise RuntimeError(f"QEMU stopped with {done.returncode}: {done.stderr}")
    return [int(word, 16) for word in (done.stdout + done.stderr).split()]


def flash_bytes(content: bytes, form: str, device: Device) -> tuple[int, int]:
    """Bytes of code and constants of a header on a device: its own, and with the routines that it calls.

    Args:
        content: of a header.
        form: a name of `C_FORMS`.
        device: what to build for.

    Raises:
        InputError: where the compiler is missing.
    """
    _require(COMPILER)
    kind = FORMS[form].options["kind"]
    with TemporaryDirectory() as folder:
        network, linked = _compiled(Path(folder), content, kind, device), Path(folder, "linked.elf")
        _arm(device, ["-Wl,-e,advance", "-Wl,--gc-sections", str(network), "-lgcc", "-o", str(linked)])
        return _text_bytes(network), _text_bytes(linked)


def flash_of(network: SavedNetwork, form: str = "c-int8", device: Device = DEVICES[0]) -> int:
    """Bytes of flash that a network takes in all, to be set beside other encodings of it.

    Args:
        network: compacted, of one step. It is rendered and built, and not run.
        form: a name of `C_FORMS`.
        device: what to build for.

    Raises:
        InputError: where the form cannot hold it, or the compiler is missing.
    """
    return flash_bytes(FORMS[form].render(network, facts(network)), form, device)[1]


def _text_bytes(file: Path) -> int:
    """Bytes of code and constants in a file, as `size` counts them."""
    command = [COMPILER.replace("gcc", "size"), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - named above
    return int(done.stdout.splitlines()[1].split()[0])


def _compiled(folder: Path, content: bytes, kind: str, device: Device) -> Path:
    """The object of a network alone, as a freestanding program would compile it."""
    Path(folder, "network.h").write_bytes(content)
    cell, source, target = _cell(kind), Path(folder, "network.c"), Path(folder, "network.o")
    source.write_text(
        '#include "network.h"\n'
        f"void advance(const {cell} *restrict from, {cell} *restrict to, size_t width, size_t height);\n"
        f"void advance(const {cell} *restrict from, {cell} *restrict to, size_t width, size_t height)\n"
        "{\n    gol_lottery_board(from, to, width, height);\n}\n",
        encoding="ascii",
    )
    _arm(device, [*STRICT, "-c", str(source), "-o", str(target)])
    return target


def _cell(kind: str) -> str:
    return "uint32_t" if kind == "bits" else "uint8_t"


def _arm(device: Device, arguments: list[str]) -> None:
    """Call the compiler for a device."""
    command = [COMPILER, "-std=c99", "-ffreestanding", "-nostdlib", OPTIMISE, *device.flags, *arguments]
    subprocess.run(command, check=True)  # noqa: S603 - named above


def version_of(program: str) -> str:
    """The first line of a program's version."""
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)  # noqa: S603 - named above
    return done.stdout.splitlines()[0]
