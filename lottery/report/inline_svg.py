"""An SVG of matplotlib's as part of an HTML page, where its text can be selected, searched and printed."""

import re

from markupsafe import Markup, escape

REFERENCE = re.compile(r'(href="#|url\(#)([^")]+)')
IDENTIFIER = re.compile(r' id="([^"]+)"')


def inline_svg(svg: str, prefix: str, label: str) -> Markup:
    """Take from an SVG file what a page needs of it.

    Style sheets are left to the page, because in HTML they would hold for all of it. Identifiers that nothing refers to
    are dropped, and the others get a prefix, because those of two figures may be the same.

    Args:
        svg: the text of the file.
        prefix: of identifiers, another one for every figure of the page.
        label: what a screen reader says of it.
    """
    root = svg[svg.index("<svg") :]
    root = re.sub(r"<(style|metadata)\b.*?</\1>", "", root, flags=re.DOTALL)
    root = re.sub(r"<defs>\s*</defs>", "", root)
    used = {name for _, name in REFERENCE.findall(root)}
    root = IDENTIFIER.sub(lambda of: f' id="{prefix}-{of[1]}"' if of[1] in used else "", root)
    root = REFERENCE.sub(lambda of: f"{of[1]}{prefix}-{of[2]}", root)
    start, rest = root.split(">", 1)
    start = re.sub(r' (width|height|version|xmlns(:\w+)?)="[^"]*"', "", start)
    width = re.search(r'viewBox="0 0 (\d+)', start)
    least = f' style="min-width:{width[1]}px"' if width else ""  # on a phone it is scrolled, so that text stays legible
    return Markup(f'{start}{least} role="img" aria-label="{escape(label)}">{rest}')  # noqa: S704 - our own file
