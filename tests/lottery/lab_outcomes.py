"""Fabricated outcomes of pruning pieces, for the tests of the laboratory's claims."""

from lottery.claims.frame import lab
from lottery.runs.files import settings_from
from lottery.tickets.settings import PruningSettings


def first(successes, trials):
    return [index < successes for index in range(trials)]


def layers_of(width, kept, trials):
    """As many survivors in every layer as its share of the weights, the same in all replicates."""
    sizes = {"block0_3x3": 18 * width, "block0_1x1": 2 * width**2, "readout": width}
    return {
        name: {"prunable": size, "kept": [round(kept * size / sum(sizes.values()))] * trials}
        for name, size in sizes.items()
    }


def pruned(piece, rate_of, cut=lambda level: 0.0, effective=0.5, possible=1.0):
    """Outcomes of a pruning piece in which the share rate_of(level, arm) of the replicates succeeds, the first ones.

    `cut(level)` is the share that is certified when cut and not trained again, `effective` that of the survivors on a
    path from input to output, `possible` that of the masks that can be exact; None where outcomes do not say.
    """
    pruning = settings_from(PruningSettings, piece.settings["pruning"])
    width, trials = piece.settings["network"]["width"], len(range(*piece.settings["replicates"]))
    biases = 3 * width + 1
    weights = 18 * width + 2 * width * width + width
    prunable = weights + (biases if pruning.prune_biases else 0)
    levels = []
    for number in pruning.numbers:
        kept = prunable
        for _ in range(number):
            kept -= round(pruning.prune_fraction * kept)
        levels.append(
            {
                "level": number,
                "kept": kept,
                "prunable": prunable,
                "parameters_kept": kept + weights + biases - prunable,
                "parameters": weights + biases,
                "effective": [round(effective * kept)] * trials,
                "layers": layers_of(width, kept, trials),
                "cut_solved": first(round(cut(number) * trials), trials),
                "arms": {
                    arm: {
                        "solved_at_end": first(round(rate_of(number, arm) * trials), trials),
                        "can_be_exact": None if possible is None else first(round(possible * trials), trials),
                    }
                    for arm in pruning.arms(number)
                },
            }
        )
    return {"levels": levels, "seconds": 60.0}


def solved(k, trials):
    """The first k of so many."""
    return [i < k for i in range(trials)]


def arm(k, trials, first=1000):
    """Certified at the end and, in the same networks, first at an update."""
    return {"solved_at_end": solved(k, trials), "first_solved": [first if i < k else -1 for i in range(trials)]}


def levels_of(plan, width, arms_at, *, levels=None, prunable=None, biases=None):
    """Outcomes of a pruning piece.

    Args:
        plan: of the run.
        width: m of the dense network.
        arms_at: level -> outcomes by arm.
        levels: how many; by default the laboratory's.
        prunable: weights, by default those of one step.
        biases: likewise.
    """
    levels = lab.size(plan).levels if levels is None else levels
    kept = prunable = prunable or 18 * width + 2 * width**2 + width
    biases = biases or 3 * width + 1
    rows = []
    for number in range(levels + 1):
        if number:
            kept -= round((1 - 0.1 ** (1 / levels)) * kept)
        rows.append(
            {
                "level": number, "kept": kept, "prunable": prunable, "parameters_kept": kept + biases,
                "parameters": prunable + biases, "arms": arms_at(number),
                "layers": layers_of(width, kept, len(arms_at(number)["ticket"]["solved_at_end"])),
            }
        )  # fmt: skip
    return {"levels": rows, "seconds": 1.0}
