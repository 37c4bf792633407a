"""Made-up outcomes of the laboratory's pieces, in the form in which finished ones are read."""

from lottery.claims import lab


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
            }
        )  # fmt: skip
    return {"levels": rows, "seconds": 1.0}
