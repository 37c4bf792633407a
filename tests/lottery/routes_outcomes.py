"""Fabricated outcomes of the pieces that the claims about routes to a certified network read."""

from lab_outcomes import arm, levels_of, solved

from lottery.claims.frame.plan import plan_of

PLAN = plan_of("laptop", width_replicates=20)
SHRUNK = {
    "trials": 4,
    "rounds": [10, 20, 30, 40],
    "sizes": [20, 15, 30, 25],
    "weights": [17, 13, 26, 21],
    "seconds": 1.0,
}


def trained(k, trials, first=1000):
    """Outcomes of training, of which the first k succeed at an update."""
    first_solved = [first if i < k else -1 for i in range(trials)]
    return {"first_solved": first_solved, "solved_at_end": solved(k, trials), "seconds": 10.0}


def results_of(claim, rates, shrunk=SHRUNK):
    """Outcomes in which rates[key] of the networks of a piece succeed, one half where nothing is said.

    Keys are those of the claim's pieces, and "reinit" for new weights under the tickets' masks.
    """
    found = {}
    for key, piece in claim.pieces().items():
        share = rates.get(key, 0.5)
        if piece.kind == "train":
            trials = len(range(*piece.settings["replicates"]))
            found[piece.name] = trained(round(share * trials), trials)
        elif piece.kind == "shrink":
            found[piece.name] = shrunk
        else:
            trials = len(range(*piece.settings["replicates"]))
            again = rates.get("reinit", 0.5)

            def arms(level, share=share, again=again, trials=trials):
                dense = arm(trials, trials)
                pruned = {"ticket": arm(round(share * trials), trials), "reinit": arm(round(again * trials), trials)}
                return pruned if level else {"ticket": dense}

            found[piece.name] = levels_of(PLAN, 8, arms)
    return found
