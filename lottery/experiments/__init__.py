"""What is computed: a file per kind of piece, named as on disk, with a function that makes one and one that runs it."""

from importlib import import_module
from pathlib import Path
from typing import Any

from lottery.inputs.registries import register, require_callable
from lottery.runs.pieces import OnProgress, Outcomes, Run

# fmt: off
_FILES = (
    "train", "watched", "spikes", "prune", "shapes", "solutions", "flips", "connectivity", "transfer", "chained",
    "shrink", "anatomy", "planted", "popup", "sums", "rule", "nearness", "handmade",
)
# fmt: on


def _run_of(kind: str) -> Run:
    """The function `run` of a kind's file, which is imported when it is first called."""

    def run(settings: dict[str, Any], folder: Path, on_progress: OnProgress) -> Outcomes:
        return import_module(f"{__name__}.{kind}").run(settings, folder, on_progress)

    return run


# How each kind of piece is computed.
KINDS: dict[str, Run] = {kind: _run_of(kind) for kind in _FILES}


def register_kind(name: str, run: Run) -> None:
    """Add a kind of piece of one's own, which claims can then ask for.

    Args:
        name: a new one, the `kind` of its pieces; with their settings it is the identity of what is computed.
        run: (settings, folder, on_progress) -> outcomes, a pure function of the settings; plain JSON values on both
            sides, among the outcomes "seconds", the time that it took.

    Raises:
        InputError: for a name that is taken, or what is no function.
    """
    require_callable("kind of piece", run)
    register(KINDS, "kind of piece", name, run)
