"""A `prune` piece: one network per replicate, pruned level by level beside its controls."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lottery.analysis.compaction import count_nonzero
from lottery.experiments.network_piece import asked, network_piece
from lottery.networks.lifenet import LifeNet, Parameters
from lottery.networks.masks import measure
from lottery.networks.trees import flatten, pick, unflatten
from lottery.runs.files import (
    non_defaults,
    read_arrays,
    read_json,
    settings_from,
    write_arrays,
    write_json,
    write_jsonl,
)
from lottery.runs.pieces import OnProgress, Outcomes, Piece
from lottery.runs.saved_networks import SavedNetwork, save_network
from lottery.tickets.search import Arm, Level, find_ticket, pick_mask
from lottery.tickets.settings import PruningSettings
from lottery.training.settings import TrainSettings


def pruning_piece(
    label: str, net: LifeNet, settings: TrainSettings, pruning: PruningSettings, *, seed: int, replicates: range
) -> Piece:
    """A piece that prunes one network per replicate, level by level, beside its controls."""
    arms = sum(len(pruning.arms(number)) for number in pruning.numbers)
    updates = settings.updates * len(replicates) * arms
    more = {"pruning": non_defaults(pruning)}
    return network_piece(
        "prune", label, net, settings, seed=seed, replicates=replicates, updates=updates, overhead=8.0, more=more
    )


def run(
    settings: dict[str, Any],
    folder: Path,
    on_progress: OnProgress,
    on_level: Callable[[dict[str, Any]], None] = lambda row: None,
) -> Outcomes:
    """Compute a `prune` piece; every level is stored when it is done, told to `on_level`, and not computed again."""
    net, training, seed, replicates = asked(settings)
    pruning = settings_from(PruningSettings, settings["pruning"])
    done: list[Level] = []
    rows: list[dict[str, Any]] = []
    for number in pruning.numbers:
        if not all((folder / f"level{number:02d}{ending}").is_file() for ending in (".json", ".safetensors")):
            break
        rows.append(read_json(folder / f"level{number:02d}.json"))
        done.append(_read_level(folder, number, rows[-1], done[0].rewound if done else None))
        on_level(rows[-1])

    def progress(level: int) -> Any:
        shares = _level_shares(pruning)
        before, own = sum(share for number, share in shares.items() if number < level), shares[level]

        def at(update: int, solved: int) -> None:
            on_progress(before + own * update / training.updates, f"level {level}")

        return at

    started = time.monotonic()
    levels = find_ticket(
        net,
        training,
        pruning,
        seed=seed,
        replicates=replicates,
        done=done,
        checkpoint=folder / "checkpoint.safetensors",
        progress=progress,
    )
    for level in levels:
        rows.append({**describe_level(net, level), "seconds": time.monotonic() - started})
        started = time.monotonic()
        _write_level(folder, level, rows[-1])
        done.append(level)
        on_level(rows[-1])
    write_jsonl(folder / "metrics.jsonl", [_level_metrics(row) for row in rows])
    save_best(folder / "best.safetensors", net, training, done, settings)
    return {"levels": rows, "seconds": sum(row["seconds"] for row in rows)}


def _level_metrics(row: dict[str, Any]) -> dict[str, Any]:
    """A level in one line: how much is kept, and how many networks of each arm were certified at the end."""
    arms = {
        name: None if outcomes["solved_at_end"] is None else sum(outcomes["solved_at_end"])
        for name, outcomes in row["arms"].items()
    }
    counts = {name: row[name] for name in ("level", "kept", "prunable", "parameters_kept", "parameters")}
    return {**counts, "replicates": len(row["cut_solved"]), "solved": arms, "seconds": row["seconds"]}


def _level_shares(pruning: PruningSettings) -> dict[int, float]:
    arms = {number: len(pruning.arms(number)) for number in pruning.numbers}
    return {number: count / sum(arms.values()) for number, count in arms.items()}


def describe_level(net: LifeNet, level: Level) -> dict[str, Any]:
    """One level as plain JSON values: densities, and the outcomes of every arm by replicate.

    "can_be_exact" says of every replicate's mask whether any weights under it could be exact (`lottery.can_be_exact`),
    and is None where the proofs do not cover the network. Networks that were certified at the end are counted after
    compaction (lottery/analysis/compaction.py), others are None: "effective_parameters" are weights and biases that are
    not zero, "when_folded" the same without units that answer all 512 neighbourhoods alike.
    """
    count = len(level.cut_solved)
    densities = [measure(pick(level.rewound, i), pick_mask(level.masks, i)) for i in range(count)]
    first = densities[0]  # counts are exact, so they are the same for all replicates; only the places differ
    return {
        "level": level.level,
        "kept": first.kept,
        "prunable": first.prunable,
        "parameters_kept": first.parameters_kept,
        "parameters": first.parameters,
        "effective": [density.effective for density in densities],
        "collapsed": [list(density.collapsed) for density in densities],
        "layers": {
            row.layer: {"prunable": row.prunable, "kept": [density.layers[j].kept for density in densities]}
            for j, row in enumerate(first.layers)
        },
        "cut_solved": level.cut_solved.tolist(),
        "arms": {
            name: {
                "solved_at_end": None if arm.solved_at_end is None else arm.solved_at_end.tolist(),
                "first_solved": arm.first_solved.tolist(),
                "can_be_exact": None if arm.can_be_exact is None else arm.can_be_exact.tolist(),
                "effective_parameters": count_nonzero(net, _certified(arm)),
                "when_folded": count_nonzero(net, _certified(arm), functional=True),
            }
            for name, arm in level.arms.items()
        },
    }


def _certified(arm: Arm) -> list[Parameters | None]:
    """The networks of an arm, None for those that were not certified at the end of the budget."""
    solved = np.zeros(len(arm.first_solved), bool) if arm.solved_at_end is None else arm.solved_at_end
    return [pick(arm.params, index) if solved[index] else None for index in range(len(solved))]


def save_best(
    path: Path, net: LifeNet, training: TrainSettings, levels: Sequence[Level], settings: dict[str, Any]
) -> bool:
    """Save the sparsest ticket that was certified at the end of its budget; False where there is none."""
    for level in reversed(levels):
        arm = level.arms["ticket"]
        solved = np.zeros(0, bool) if arm.solved_at_end is None else arm.solved_at_end
        if level.level and solved.any():
            effective = [
                measure(pick(level.rewound, i), pick_mask(level.masks, i)).effective or 0 for i in range(len(solved))
            ]
            best = min(np.flatnonzero(solved), key=lambda i: effective[i])
            replicate = settings["replicates"][0] + int(best)
            kept = measure(pick(level.rewound, int(best)), pick_mask(level.masks, int(best)))
            origin = (
                f"Ticket of replicate {replicate}, seed {settings['seed']}, level {level.level}: {kept.kept} of "
                f"{kept.prunable} prunable parameters kept, {kept.effective} of them effective."
            )
            if settings["pruning"].get("pruned") == "frozen":
                origin += " The others are frozen at their initial values."
            save_network(
                path, SavedNetwork(pick(arm.params, int(best)), net.padding, training.rule, origin, net.activation)
            )
            return True
    return False


def _write_level(folder: Path, level: Level, row: dict[str, Any]) -> None:
    arrays = {f"mask/{name}": array for name, array in flatten(level.masks).items()}
    for name, arm in level.arms.items():
        arrays |= {f"arm/{name}/{leaf}": array for leaf, array in flatten(arm.params).items()}
    if level.level == 0:
        arrays |= {f"rewound/{name}": array for name, array in flatten(level.rewound).items()}
    write_arrays(folder / f"level{level.level:02d}.safetensors", arrays)
    write_json(folder / f"level{level.level:02d}.json", row)


def _read_level(folder: Path, number: int, row: dict[str, Any], rewound: Parameters | None) -> Level:
    tree = unflatten(read_arrays(folder / f"level{number:02d}.safetensors"))
    rewound = tree["rewound"] if rewound is None else rewound
    masks = {
        layer: {name: tree["mask"].get(layer, {}).get(name) for name in leaves} for layer, leaves in rewound.items()
    }
    arms = {}
    for name, outcomes in row["arms"].items():
        at_end, possible = (outcomes.get(field) for field in ("solved_at_end", "can_be_exact"))
        arms[name] = Arm(
            None if at_end is None else np.array(at_end, bool),
            np.array(outcomes["first_solved"]),
            tree["arm"][name],
            None if possible is None else np.array(possible, bool),
        )
    return Level(number, masks, arms, np.array(row["cut_solved"], bool), rewound)
