"""Keep of finished pieces what a report is made from, and no weights: settings, manifest, and compressed outcomes."""

import shutil
from collections.abc import Collection
from pathlib import Path

from lottery.runs.files import compress, read_bytes, write_bytes, writing
from lottery.runs.manifests import NAME, REQUIRED, check_manifest

OUTCOMES = "outcomes.json"  # nine tenths of the bytes, which compression makes a sixth


def archive_pieces(names: Collection[str], source: Path, archive: Path) -> list[str]:
    """Bring an archive of pieces up to date: what is wanted and finished comes in, what is not wanted goes.

    A copy has the manifest of its original, so that it is checked like it.

    Args:
        names: of the pieces that the archive is to hold.
        source: a folder of finished pieces, plain or archived.
        archive: a folder that holds archived pieces and nothing else, made where it is missing.

    Returns:
        The names of the pieces that are neither in the archive nor finished in the source.

    Raises:
        DamagedError: where a piece of the source is damaged.
        WriteError: where the system refuses.
    """
    with writing(archive):
        archive.mkdir(parents=True, exist_ok=True)
        for folder in archive.iterdir():
            if folder.name not in names:
                shutil.rmtree(folder)
    new = [name for name in sorted(names) if not (archive / name / NAME).exists()]
    finished = [name for name in new if (source / name / NAME).exists()]
    for name in finished:
        check_manifest(source / name)
        # The manifest comes last, so that an interrupted copy has none and is made again.
        for file in (*REQUIRED, NAME):
            write_bytes(archive / name / file, read_bytes(source / name / file))
            if file == OUTCOMES:
                compress(archive / name / file)
    return sorted(set(new) - set(finished))
