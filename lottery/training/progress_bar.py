"""A bar in the terminal for whoever trains in a notebook or a script and asks for `progress=True`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

Tell = Callable[[int, int], None]  # (updates done, networks solved at this check)


@contextmanager
def progress_bar(count: int, start: int, updates: int) -> Iterator[Tell]:
    """Show how far a training is, on standard error; the first moments are compilation.

    Args:
        count: networks in training.
        start: the update it starts from.
        updates: the budget.

    Yields:
        What to call after every chunk.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(f"0 of {count} networks solved", total=updates, completed=start)

        def tell(update: int, solved: int) -> None:
            bar.update(task, completed=update, description=f"{solved} of {count} networks solved")

        yield tell
