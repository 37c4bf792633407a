"""The one exception that means: the user asked for something that cannot be, and here is what would be right."""


class InputError(ValueError):
    """A user's mistake, told in one sentence: what was wrong and what would be right.

    Commands catch this class alone, print its sentence and exit with code 2; anything else that is raised is a bug
    of ours and keeps its traceback.
    """


class DamagedError(InputError):
    """A file or folder of ours that does not hold what was written to it, told in one sentence."""


class WriteError(InputError):
    """A file or folder that cannot be written (disk full, quota, no permission), told in one sentence."""
