"""Files that are either there whole or not at all, so that a killed report leaves the one before it."""

from pathlib import Path


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file under a temporary name beside its place, then move it there.

    Args:
        path: where the file shall be; its folder is made if it is missing.
        content: all of the file.

    Raises:
        OSError: if the folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.part")
    temporary.write_bytes(content)
    temporary.replace(path)
