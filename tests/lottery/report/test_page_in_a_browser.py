"""The page as a browser shows it: no wider than the screen, its text selectable, nothing that shuts readers out."""

import shutil

import pytest
from made_up_report import RUN, point, statement

from lottery.report.figures.figure import Rates, save_figure, success_against_width
from lottery.report.page import PageFigure, write_page

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no browser is installed")
LONG = "a_name_without_any_place_to_break_" * 4


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    svg = save_figure(*success_against_width([Rates("ours", (1, 3), (4, 41), (64, 64))]), folder / "figures", "width")
    points = [
        point(label="Minimal networks", note="A note.", p=0.01),
        point(id=f"width/{LONG}", verdict="new"),
        point(id="width/gain", verdict="contradicted", measured=-0.2, interval=[-0.3, -0.1], trials=None,
              unit="difference"),
    ]  # fmt: skip
    path = folder / "index.html"
    write_page([statement()], points, [PageFigure("Rates", "With intervals.", svg, "width")], RUN, path)
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        opened = browser.new_context(bypass_csp=True).new_page()  # for the tests' own scripts
        opened.goto(path.as_uri())
        opened.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        yield opened
        browser.close()


@pytest.mark.parametrize("width", [390, 705, 750, 790, 1280])
def test_the_page_is_no_wider_than_the_screen(page, width):
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_text_of_a_figure_can_be_selected_and_is_large_enough_on_a_phone(page):
    page.set_viewport_size({"width": 390, "height": 800})
    text = page.locator("figure svg text", has_text="networks that succeed")
    selected = "node => { getSelection().selectAllChildren(node); return getSelection().toString() }"
    assert text.evaluate(selected) == "networks that succeed"
    assert text.evaluate("node => node.getBoundingClientRect().width") >= 11  # it stands upright


def test_print_shows_bars_and_badges_on_white_paper(page):
    page.emulate_media(media="print", color_scheme="dark")
    style = "(node, name) => getComputedStyle(node)[name]"
    for element in (".bar .value", ".bar .range", ".badge"):
        assert page.locator(element).first.evaluate(style, "printColorAdjust") == "exact"
    assert page.locator("figure svg path").first.evaluate(style, "fill") == "rgb(255, 255, 255)"
    assert page.locator("h2").first.evaluate(style, "breakAfter") == "avoid"
    page.emulate_media(media="screen", color_scheme="light")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_barrier(page, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page.emulate_media(media="screen", color_scheme=scheme)
    assert [found["id"] for found in axe.Axe().run(page).response["violations"]] == []
