"""How the answer of a claim words its points: numbers with their intervals, and verbs that follow the verdict."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from lottery.report.points import Point, expected_text, judged, short_id, told

Verbs = Mapping[str, str]  # by verdict

BEATS: Verbs = {
    "reproduced": "beats",
    "contradicted": "loses to",
    "undecided": "is not shown to beat",
    "new": "is not judged against",
}
MATCHES: Verbs = {
    "reproduced": "matches",
    "contradicted": "falls short of",
    "undecided": "is not shown to match",
    "new": "is not judged against",
}


class NotMeasuredError(LookupError):
    """An answer needs a point that a run does not have."""


class Points:
    """The points of one claim by their names within it; `*` in a name stands for what a plan decides."""

    def __init__(self, points: Sequence[Point]) -> None:
        """Take the points in the order of the claim."""
        self._points = points

    def all(self, pattern: str) -> list[Point]:
        """Every point whose name has a pattern, none being an answer too."""
        return [point for point in self._points if fnmatchcase(short_id(point), pattern)]

    def judged(self, pattern: str = "*") -> list[Point]:
        """Those of them that have a verdict.

        Raises:
            NotMeasuredError: where there is none.
        """
        return _some(judged(self.all(pattern)), pattern)

    def __getitem__(self, pattern: str) -> Point:
        """The first point whose name has a pattern.

        Raises:
            NotMeasuredError: where there is none.
        """
        return _some(self.all(pattern), pattern)[0]

    def __contains__(self, pattern: str) -> bool:
        """Whether a point has a name of this pattern."""
        return bool(self.all(pattern))


def _some(points: list[Point], pattern: str) -> list[Point]:
    if not points:
        raise NotMeasuredError(pattern)
    return points


def aside(point: Point) -> str:
    """How a number lies beside the published one, as the end of a clause; nothing where there is no verdict.

    Args:
        point: with a number, or words such as "m from 2 to 3", that were expected.
    """
    said = {
        "reproduced": ", which agrees with the published number",
        "contradicted": ", which contradicts the published number",
        "undecided": ", which leaves the published number open",
    }
    if point["verdict"] not in said:
        return ""
    known = ", known to us second-hand" if point.get("second_hand") else ""
    return f"{said[point['verdict']]} ({expected_text(point).removesuffix(' †')}{known})"


def versus(verbs: Verbs, others: Mapping[str, Point]) -> list[str]:
    """What an arm does to others, one phrase for each verb, such as "beats new weights (+40.6 points, 17.5 to 58.5)".

    Args:
        verbs: by verdict.
        others: the point of each comparison, by the other arm in words.
    """
    by_verb: dict[str, list[str]] = {}
    for name, point in others.items():
        by_verb.setdefault(verbs[point["verdict"]], []).append(f"{name} ({bare(point)})")
    return [f"{verb} {listed(objects, 'or' if ' not ' in verb else 'and')}" for verb, objects in by_verb.items()]


def bare(point: Point) -> str:
    """What was measured and its interval, for use within brackets."""
    return told(point).replace(" (", ", ").removesuffix(")")


def of_all(points: Sequence[Point], noun: str, yes: str, no: str) -> str:
    """How many points have each verdict, as a sentence.

    Args:
        points: that are judged.
        noun: what they are, in the plural.
        yes: what those that are reproduced did, in a past tense that fits one and many.
        no: what those that are contradicted did.
    """
    said = {"reproduced": yes, "contradicted": no, "undecided": "stayed open", "new": "had no verdict"}
    counts = {words: sum(point["verdict"] == verdict for point in points) for verdict, words in said.items()}
    shown = [f"{count} {words}" for words, count in counts.items() if count]
    if len(shown) > 1:
        return f"Of {len(points)} {noun}, {listed(shown)}."
    every = {1: f"1 of 1 {noun}", 2: f"Both {noun}"}.get(len(points), f"All {len(points)} {noun}")
    return f"{every} {shown[0].partition(' ')[2]}."


def listed(words: Sequence[str], last: str = "and") -> str:
    """Several words or phrases in a row, with "and" before the last, and a comma before it where one has its own."""
    comma = "," if len(words) > 2 or any(f" {last} " in one for one in words) else ""
    return f"{comma} {last} ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def lowered(sentence: str) -> str:
    """A sentence that goes on after a colon."""
    return sentence[:1].lower() + sentence[1:]


def default_answer(points: Sequence[Point]) -> str:
    """What is said of a claim that says nothing itself: how many of its points have each verdict."""
    if with_verdict := judged(points):
        return of_all(with_verdict, "comparisons", "came out as claimed", "came out otherwise")
    return f"{len(points)} numbers were measured, and nothing is published to hold them against."
