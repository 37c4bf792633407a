"""How much faster a ticket learns, in the claim `alone`: races for the first certificate."""

from collections.abc import Iterator, Mapping

import numpy as np

from lottery.claims import lab
from lottery.claims.alone_small import Named
from lottery.claims.claim import rate_of
from lottery.claims.pruned import density
from lottery.claims.races import Race, race, times_at
from lottery.pieces import Outcomes
from lottery.presets import Plan
from lottery.report.survivals import Times
from lottery.statistics import holm
from lottery.verdicts import beats

SPEED_RULE = (
    "The arms race replicate by replicate for the first certificate; never is last. The log-rank test stratified by "
    "pairs is exact here, its p-values corrected by Holm's method over widths, densities and both others. Reproduced "
    "if the ticket wins more pairs with p < 0.05, contradicted if it loses more with p < 0.05, undecided otherwise."
)


def _races(plan: Plan, by_width: Mapping[int, Outcomes]) -> dict[tuple[int, int, str], Race]:
    return {
        (width, level, other): race(arms["ticket"], arms[other])
        for width, outcomes in by_width.items()
        for level in lab.size(plan).at
        for arms in [times(plan, outcomes, level)]
        for other in ("dense", "reinit")
    }


def times(plan: Plan, outcomes: Outcomes, level: int) -> dict[str, Times]:
    """When the networks of the ticket, the dense network and random reinit were first certified, at a level."""
    budget = lab.size(plan).updates
    return {
        "ticket": times_at(outcomes, level, "ticket", budget, "winning ticket"),
        "dense": times_at(outcomes, 0, "ticket", budget, "dense network"),
        "reinit": times_at(outcomes, level, "reinit", budget, "random reinit"),
    }


def points(plan: Plan, by_width: Mapping[int, Outcomes]) -> Iterator[Named]:
    """For each width, which pairs the ticket wins against the dense network and against random reinit."""
    races = _races(plan, by_width)
    p_values = dict(zip(races, holm(np.array([one.p_value for one in races.values()])).tolist(), strict=True))
    verdict, words = lab.size(plan).verdict, {"dense": "the dense network", "reinit": "random reinit"}
    for width, outcomes in by_width.items():
        for other, named in words.items():
            told, p = races[width, verdict, other], p_values[width, verdict, other]
            course = "; ".join(
                f"at {100 * density(outcomes, level):.0f} % {one.wins} to {one.losses} "
                f"(p = {p_values[width, level, other]:.2g})"
                for level in lab.size(plan).at
                for one in [races[width, level, other]]
            )
            yield (
                f"m={width}/faster-than-{other}",
                {
                    "expected": "above 50 %",
                    **(rate_of(told.wins, told.wins + told.losses) if told.wins + told.losses else {}),
                    "verdict": beats(told.lead, p),
                    "rule": SPEED_RULE,
                    "outcome": "ever_solved",
                    "note": f"Pairs in which the ticket was first, of those with a first, at density "
                    f"{density(outcomes, verdict):.2f}. {told.in_words('the ticket', named)} Won and lost, with p "
                    f"after Holm: {course}.",
                },
            )
