"""Running a C header on this machine: a small program around it reads boards and writes what becomes of them."""

import os
import shlex
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from jaxtyping import Bool, Shaped, UInt8

from gol.errors import InputError, shown
from lottery.exports.form import Answers

STRICT = ("-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror")
"""How headers are compiled; `-ffreestanding` as well where there is no program around one."""

# The sizes of C's `size_t` and the order of its bytes are those of numpy, because both run here.
_PROGRAM = """\
#include <stdio.h>
#include <stdlib.h>
#include "network.h"

int main(void)
{
    size_t sizes[5]; /* boards, words of a board, width, height, generations */
    if (fread(sizes, sizeof *sizes, 5, stdin) != 5) {
        return 2;
    }
    const size_t size = sizes[1];
    @word@ *const cells = malloc(size * sizeof *cells);
    @word@ *const after = malloc(size * sizeof *after);
    if (cells == NULL || after == NULL) {
        return 3;
    }
    for (size_t board = 0; board < sizes[0]; board++) {
        if (fread(cells, sizeof *cells, size, stdin) != size) {
            return 2;
        }
        for (size_t generation = 0; generation < sizes[4]; generation++) {
            gol_lottery_board(cells, after, sizes[2], sizes[3]);
            for (size_t place = 0; place < size; place++) {
                cells[place] = after[place];
            }
        }
        if (fwrite(cells, sizeof *cells, size, stdout) != size) {
            return 4;
        }
    }
    return 0;
}
"""


def require_compiler() -> list[str]:
    """The command of this machine's C compiler: `$CC`, or the first of cc, gcc and clang.

    Raises:
        InputError: where there is none.
    """
    if asked := shlex.split(os.environ.get("CC", "")):
        if shutil.which(asked[0]) is None:
            raise InputError(f"CC is {shown(asked[0])!r}, which is no program on this machine.")
        return asked
    for name in ("cc", "gcc", "clang"):
        if shutil.which(name):
            return [name]
    raise InputError("There is no C compiler here: install gcc or clang, or set CC.")


def answers_of(content: bytes, kind: str, compiler: list[str]) -> Answers:
    """What a header answers.

    Args:
        content: of the header.
        kind: of its numbers, as `lottery.exports.c_header.KINDS` names them.
        compiler: a command.
    """

    def ask(boards: UInt8[np.ndarray, "boards height width"]) -> Bool[np.ndarray, "boards height width"]:
        return run_header(content, kind, compiler, boards, 1)

    return ask


def run_header(
    content: bytes, kind: str, compiler: list[str], boards: UInt8[np.ndarray, "boards height width"], generations: int
) -> Bool[np.ndarray, "boards height width"]:
    """Compile a header and let it run boards for some generations.

    Args:
        content: of the header.
        kind: of its numbers.
        compiler: a command.
        boards: zeros and ones.
        generations: how many.

    Raises:
        InputError: where the compiler does not accept the header.
    """
    cells = packed(boards) if kind == "bits" else boards
    count, height, width = boards.shape
    sizes = np.array([count, cells[0].size, width, height, generations], np.uintp)
    with TemporaryDirectory() as folder:
        program = Path(folder) / "network"
        Path(folder, "network.h").write_bytes(content)
        word = "uint32_t" if kind == "bits" else "uint8_t"
        Path(folder, "network.c").write_text(_PROGRAM.replace("@word@", word), encoding="ascii")
        command = [*compiler, *STRICT, "-O2", "-o", str(program), str(program.with_suffix(".c"))]
        built = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - the user's compiler
        if built.returncode:
            raise InputError(f"{shown(compiler[0])} does not compile the header: {shown(built.stderr, longest=300)}")
        given = sizes.tobytes() + np.ascontiguousarray(cells).tobytes()
        done = subprocess.run([str(program)], input=given, capture_output=True, check=True)  # noqa: S603 - our own
    after = np.frombuffer(done.stdout, cells.dtype).reshape(cells.shape)
    return (unpacked(after, width) if kind == "bits" else after) != 0


def packed(boards: UInt8[np.ndarray, "boards height width"]) -> Shaped[np.ndarray, "boards height words"]:
    """Boards as words of 32 cells, uint32: bit i of word j is the cell of column 32 j + i."""
    padded = np.pad(boards, ((0, 0), (0, 0), (0, -boards.shape[2] % 32)))
    by_byte = np.packbits(padded, axis=2, bitorder="little")
    return by_byte.view("<u4").astype(np.uint32)


def unpacked(words: Shaped[np.ndarray, "boards height words"], width: int) -> UInt8[np.ndarray, "boards height width"]:
    """Undo `packed`."""
    by_byte = np.ascontiguousarray(words.astype("<u4")).view(np.uint8)
    return np.unpackbits(by_byte, axis=2, bitorder="little")[:, :, :width]
