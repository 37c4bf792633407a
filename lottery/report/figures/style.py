"""How every figure of the project looks: colours, sizes, and how an SVG follows the reader's light or dark mode."""

from typing import Any

INK, FAINT_INK, GRID, PAPER = "#1f2328", "#59636e", "#d8dee4", "#ffffff"

# Okabe and Ito's palette (Color Universal Design, 2008), told apart under every common colour blindness. Order, marker
# and dash go together, so that no series is told by its colour alone.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", INK)
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
DASHES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1, 1.5)), (0, (6, 2, 1, 2)), (0, (3, 1.5)), (0, (8, 2)), (0, (2, 1)))

_IN_THE_DARK = {INK: "#e6edf3", FAINT_INK: "#9198a1", GRID: "#30363d", PAPER: "#151b23", COLOURS[0]: "#4c9fd8"}

RC: dict[Any, Any] = {
    "figure.facecolor": PAPER,
    "figure.dpi": 100,
    "savefig.facecolor": PAPER,
    "savefig.dpi": 160,
    "savefig.bbox": "tight",
    "savefig.pad_inches": 0.12,
    "font.family": "DejaVu Sans",  # ships with matplotlib, hence the same everywhere
    "font.size": 11,
    "axes.facecolor": "none",
    "axes.edgecolor": FAINT_INK,
    "axes.labelcolor": INK,
    "axes.labelsize": 11,
    "axes.titlecolor": INK,
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 12,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "xtick.color": FAINT_INK,
    "ytick.color": FAINT_INK,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 10,
    "ytick.labelsize": 10,
    "text.color": INK,
    "legend.frameon": False,
    "legend.fontsize": 10,
    "lines.linewidth": 2.0,
    "lines.markersize": 6.5,
    "svg.hashsalt": "gol-lottery",  # the same figure has the same ids, hence the same bytes
    "svg.fonttype": "none",  # text can be found and selected, and a screen reader reads it
}


# What a reader without DejaVu sees instead: Verdana is as wide, so that labels keep their places.
_FONTS = "'DejaVu Sans', Verdana, Geneva, sans-serif"
DARK_RULES = "".join(
    f'[style*="{place}: {light}"]{{{place}:{dark} !important}}'
    for light, dark in _IN_THE_DARK.items()
    for place in ("fill", "stroke")
)


def for_readers(svg: str) -> str:
    """Let an SVG drawn in this style name fonts that every reader has, and follow the reader's light or dark mode.

    In the dark, paper, ink and grid are swapped. Series keep their colours, which are readable on both papers, but for
    the blue, which is lifted. A viewer that knows no media queries shows the light figure on its own white paper, and
    so does a printer.

    Args:
        svg: the text of an SVG as matplotlib writes it.

    Returns:
        The same SVG with other fonts and one style sheet added.
    """
    svg = svg.replace("'DejaVu Sans'", _FONTS)
    sheet = f"<style>@media screen and (prefers-color-scheme: dark){{{DARK_RULES}}}</style>\n"
    start = svg.index(">", svg.index("<svg")) + 1
    return svg[:start] + "\n" + sheet + svg[start:]
