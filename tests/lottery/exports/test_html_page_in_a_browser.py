"""The page of a network in a real browser: it computes what it claims, plays, is drawn on, and shuts nobody out."""

import shutil
from dataclasses import replace
from pathlib import Path

import jax
import numpy as np
import pytest

import gol
import lottery
from lottery.exports.html_page import HELD, logits, read, render_levels
from lottery.networks.handmade import handmade_parameters

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no browser is installed")

PAGE = Path(__file__).parents[3] / "docs" / "demo" / "index.html"
HANDMADE = lottery.SavedNetwork(handmade_parameters(1), "torus", "B3/S23", "Made by hand.")
FACTS = {"rule": "", "padding": "", "steps": "1", "origin": "", "certificate": "", "version": ""}


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as started:
        launched = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture
def opened(browser):
    """A function that opens a page; whatever its console says or it asks the network for fails the test."""
    contexts, complaints = [], []

    def go(path=PAGE, **settings):
        contexts.append(browser.new_context(viewport={"width": 1280, "height": 900}, **settings))
        page = contexts[-1].new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: request.url.startswith(("file:", "data:")) or complaints.append(request.url))
        page.goto(path.as_uri())
        return page

    yield go
    for context in contexts:
        context.close()
    assert complaints == []


def choose(page, control, value):
    page.locator(control).evaluate(
        "(node, value) => { node.value = value; node.dispatchEvent(new Event('input')) }", str(value)
    )


def until(page, condition):
    """Wait for it; Playwright's own way needs eval, which the page's policy forbids."""
    for _ in range(600):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"{condition} did not come true")


def board(page, name="network"):
    return np.array(page.evaluate(f"demo.board('{name}')"))


def place(page, name, top=0, left=0):
    """Start again with a pattern alone."""
    rows, columns = np.nonzero(gol.pattern(name))
    page.evaluate("cells => demo.start(cells)", np.stack([columns + left, rows + top], 1).tolist())


def paused(opened, **settings):
    return opened(reduced_motion="reduce", **settings)


def test_it_plays_at_once_and_is_never_wrong(opened):
    page = opened()
    until(page, "demo.state.generation > 5")
    state = page.evaluate("demo.state")
    assert state["playing"]
    assert state["differences"] == 0
    assert state["compared"] == state["generation"] * state["size"] ** 2
    assert page.locator("#differences").inner_text() == "0"


@pytest.mark.thorough
def test_it_waits_for_those_who_want_less_motion(opened):
    page = paused(opened)
    page.wait_for_timeout(200)
    assert page.evaluate("demo.state.generation") == 0
    page.locator("#step").click()
    assert page.evaluate("demo.state.generation") == 1
    page.keyboard.press("n")
    assert page.evaluate("demo.state.generation") == 2


def test_a_glider_is_where_it_belongs_after_128_generations(opened):
    page = paused(opened)
    page.select_option("#size", "48")
    place(page, "glider")
    page.evaluate("demo.advance(128)")
    expected = gol.evolve(gol.place(gol.pattern("glider"), (48, 48), (0, 0)), 128)
    for name in ("network", "rule"):
        assert np.array_equal(board(page, name), expected)
    assert board(page)[32:35, 32:35].tolist() == gol.pattern("glider").tolist()


@pytest.mark.thorough(but=1)
@pytest.mark.parametrize("wrap", [True, False])
def test_both_boards_are_what_the_simulator_makes_of_a_soup(opened, wrap):
    page = paused(opened)
    page.select_option("#size", "64")
    page.locator("#wrap").set_checked(wrap)
    page.locator("#soup").click()
    first = board(page)
    assert 800 < first.sum() < 1600
    page.evaluate("demo.advance(100)")
    after = gol.evolve(first, 100, topology="torus" if wrap else "plane")
    assert np.array_equal(board(page), after)
    assert np.array_equal(board(page, "rule"), after)


def test_the_logits_of_every_level_are_those_of_the_certificate_bit_by_bit(opened):
    page, held = paused(opened), read(PAGE.read_bytes())
    for level in range(len(held["levels"])):
        assert page.evaluate(f"demo.logits({level})") == logits(held, level).tolist()


@pytest.mark.thorough
def test_every_activation_is_computed_alike(opened, tmp_path):
    drawn = {
        name: jax.tree.map(np.asarray, lottery.initial_parameters(lottery.LifeNet(activation=name), jax.random.key(0)))
        for name in ("relu", "prelu", "prelu_channels")
    }
    for activation in HELD:
        params = drawn.get(activation, drawn["relu"])
        network = lottery.SavedNetwork(params, "torus", "B3/S23", "Drawn.", activation)
        content = render_levels([network], [FACTS])
        (tmp_path / "page.html").write_bytes(content)
        page = paused(opened, path=tmp_path / "page.html")
        np.testing.assert_allclose(page.evaluate("demo.logits()"), logits(read(content)), rtol=1e-13, atol=1e-15)


def test_the_slider_ends_where_the_network_goes_wrong(opened):
    page = paused(opened)
    assert page.evaluate("demo.right()[demo.state.level]") == 512
    assert page.locator("#right").inner_text() == "512 of 512"
    choose(page, "#level", 14)
    page.evaluate("demo.advance(1)")
    until(page, "document.getElementById('verdict').classList.contains('differs')")
    assert page.evaluate("demo.state.differences") == int((board(page) != board(page, "rule")).sum()) > 0
    assert "wrong on" in page.locator("#level-words").inner_text()
    assert page.locator("#sign").inner_text() == "≠"
    page.locator("#align").click()
    assert page.evaluate("demo.state.differences") == 0
    assert page.evaluate("demo.counts()[14] < demo.counts()[0]")


def test_the_mouse_draws_a_line_and_erases_it(opened):
    page = paused(opened)
    page.locator("#clear").click()
    box = page.locator("#network-board").bounding_box()
    side = box["width"] / page.evaluate("demo.state.size")

    def stroke():
        y = box["y"] + 10.5 * side
        page.mouse.move(box["x"] + 10.5 * side, y)
        page.mouse.down()
        page.mouse.move(box["x"] + 19.5 * side, y)
        page.mouse.up()

    stroke()
    assert np.argwhere(board(page)).tolist() == [[10, x] for x in range(10, 20)]
    assert np.array_equal(board(page), board(page, "rule"))
    stroke()
    assert board(page).sum() == 0


@pytest.mark.thorough
def test_a_pattern_is_dropped_in_by_touch(opened):
    page = paused(opened, has_touch=True)
    page.locator("#clear").click()
    page.select_option("#brush", label="pulsar")
    page.locator("#network-board").tap()
    rows, columns = np.nonzero(board(page))
    cut = board(page)[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    assert np.array_equal(cut, gol.pattern("pulsar"))


@pytest.mark.thorough
def test_the_keyboard_draws_and_cuts(opened):
    page = paused(opened)
    page.keyboard.press("c")
    page.locator("#network-board").focus()
    for key in ("ArrowRight", "Enter", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    middle = page.evaluate("demo.state.size") // 2
    assert np.argwhere(board(page)).tolist() == [[middle, middle + 1], [middle + 1, middle + 1]]
    level = page.evaluate("demo.state.level")
    page.keyboard.press("[")
    assert page.evaluate("demo.state.level") == level - 1
    page.keyboard.press(" ")
    assert page.evaluate("demo.state.playing")


@pytest.mark.thorough
def test_the_drawing_follows_the_pointer(opened):
    page = paused(opened)
    place(page, "block", top=20, left=20)
    box = page.locator("#network-board").bounding_box()
    side = box["width"] / page.evaluate("demo.state.size")
    page.mouse.move(box["x"] + 20.5 * side, box["y"] + 20.5 * side)
    page.get_by_text("The cell under the pointer is alive and has 3 live neighbours: it lives on.").wait_for()
    assert page.locator("#diagram .cell.alive").count() == 4 + 1  # of the neighbourhood, and the answer


@pytest.mark.thorough
def test_what_stands_on_the_board_stays_when_it_grows(opened):
    page = paused(opened)
    page.select_option("#size", "48")
    place(page, "r-pentomino", top=20, left=20)
    page.select_option("#size", "256")
    assert np.array_equal(board(page)[124:127, 124:127], gol.pattern("r-pentomino"))
    assert page.evaluate("demo.state.size") == 256


@pytest.mark.thorough
def test_a_page_of_one_network_has_no_slider_and_may_have_another_rule(opened, tmp_path):
    seeds_of_dead = replace(HANDMADE, rule=gol.map_string(np.arange(512) % 2))
    (tmp_path / "page.html").write_bytes(render_levels([seeds_of_dead], [FACTS]))
    page = paused(opened, path=tmp_path / "page.html")
    assert not page.locator("#level").is_visible()
    right = int((np.asarray(gol.truth_table("B3/S23")) == np.arange(512) % 2).sum())
    assert page.locator("#right").inner_text() == f"{right} of 512"
    before = board(page, "rule")
    page.evaluate("demo.advance(3)")
    assert np.array_equal(board(page, "rule"), gol.evolve(before, 3, seeds_of_dead.rule))


@pytest.mark.thorough(but=1)
@pytest.mark.parametrize("width", [360, 390, 720, 1000, 1280])
def test_the_page_is_no_wider_than_the_screen(opened, width):
    page = paused(opened)
    page.set_viewport_size({"width": width, "height": 800})
    for level in (0, 14):
        choose(page, "#level", level)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.thorough
def test_the_switch_of_colours_overrules_the_system_and_is_remembered(opened):
    page = paused(opened, color_scheme="light")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.locator("#theme").click()
    assert page.evaluate(ground) == light
    page.locator("#theme").click()
    dark = page.evaluate(ground)
    assert dark != light
    page.reload()
    assert page.evaluate(ground) == dark
    page.locator("#theme").click()
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(ground) == dark


@pytest.mark.thorough
@pytest.mark.parametrize(("scheme", "level"), [("light", 11), ("light", 14), ("dark", 14), ("dark", 11)])
def test_axe_finds_no_barrier(opened, scheme, level):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = paused(opened, color_scheme=scheme, bypass_csp=True)  # for the test's own script
    choose(page, "#level", level)
    page.evaluate("demo.advance(20)")
    page.wait_for_timeout(300)
    assert [found["id"] for found in axe.Axe().run(page).response["violations"]] == []
