"""Whether programs run on an accelerator: what is launched once for all there goes core by core on a CPU."""

from collections.abc import Sequence
from typing import Any

import jax


def on_accelerator(devices: Sequence[Any] | None = None) -> bool:
    """Whether devices are something else than a CPU.

    Args:
        devices: of one kind; by default those that jax uses.
    """
    return bool((jax.devices() if devices is None else devices)[0].platform != "cpu")
