"""Fabricated outcomes of pruning pieces, for the tests of the laboratory's claims."""

from lottery.experiments import settings_from
from lottery.tickets import PruningSettings


def first(successes, trials):
    return [index < successes for index in range(trials)]


def pruned(piece, rate_of, cut=lambda level: 0.0, effective=0.5):
    """Outcomes of a pruning piece in which the share rate_of(level, arm) of the replicates succeeds, the first ones.

    `cut(level)` is the share that is certified when cut and not trained again, `effective` that of the survivors on a
    path from input to output.
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
                "cut_solved": first(round(cut(number) * trials), trials),
                "arms": {
                    arm: {"solved_at_end": first(round(rate_of(number, arm) * trials), trials)}
                    for arm in pruning.arms(number)
                },
            }
        )
    return {"levels": levels, "seconds": 60.0}
