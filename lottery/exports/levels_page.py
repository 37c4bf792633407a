"""A page with a slider: one network at several levels of pruning, from the dense one to too far."""

from collections.abc import Sequence
from pathlib import Path

from gol.errors import InputError
from lottery.certificates.certificate import certify
from lottery.exports import html_page
from lottery.exports.exporting import facts, prove
from lottery.runs.files import write_bytes
from lottery.runs.saved_networks import SavedNetwork, load_network


def demo(levels: Sequence[SavedNetwork | Path | str], out: Path | str | None = None) -> bytes:
    """Write the page on which a visitor prunes a network and watches it go wrong.

    `lottery.export(network, "html", out)` makes the page of one network. Here the networks are not compacted, so that
    every weight keeps its place while others vanish, and those that went too far may be wrong. The page is run on all
    512 neighbourhoods, by the network that it opens with: the last one that is proved.

    Args:
        levels: saved networks of one step, or their files, from the dense network to too far.
        out: the file to write; None writes nothing.

    Returns:
        The page.

    Raises:
        InputError: for networks that cannot be on one page, or if none of them is proved.
    """
    networks = [level if isinstance(level, SavedNetwork) else load_network(level) for level in levels]
    html_page.check(networks)
    proved = [network for network in networks if certify(network).correct]
    if not proved:
        raise InputError("None of these networks is right on every board: a page has to show at least one that is.")
    content = html_page.render_levels(networks, [known(network) for network in networks])
    prove(html_page.answers(content), proved[-1], "html")
    if out is not None:
        write_bytes(Path(out), content)
    return content


def known(network: SavedNetwork) -> dict[str, str]:
    """What a page says about one level: the facts of an export, and how often it is wrong if it is."""
    found = certify(network)
    if found.correct:
        return facts(network)
    return facts(network) | {"certificate": f"{found.explanation} It is wrong on {found.wrong}."}
