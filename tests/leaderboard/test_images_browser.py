"""The page of a photograph in a real browser: slider, zoom, address, keyboard, phone, and no script at all."""

from __future__ import annotations

import pytest

from leaderboard.build import build
from leaderboard.images.gallery import Making

SECOND = 1000


@pytest.fixture(scope="module")
def site(restored_runs, release, tmp_path_factory):
    into = tmp_path_factory.mktemp("site")
    build([restored_runs], into, data=[str(release)], draws=100, pictures=Making())
    return into


@pytest.fixture(scope="module")
def pages(site):
    folder = site / "small-paired-test" / "images"
    return sorted(path for path in folder.glob("*.html") if path.stem != "index")


@pytest.fixture
def visit(browser, site, pages):
    """Open pages from disk that may neither complain nor ask for anything outside the site."""
    contexts, complaints, strangers = [], [], []

    def open_page(hash_="", path=None, **options):
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}} | options)
        contexts.append(context)
        context.set_default_timeout(10 * SECOND)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
        page.on("request", lambda asked: strangers.append(asked.url) if not asked.url.startswith(site.as_uri()) else 0)
        page.on("requestfailed", lambda asked: complaints.append(asked.url))
        page.goto(f"{(path or pages[1]).as_uri()}{hash_}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [url for url in strangers if not url.startswith("data:")] == []
    assert complaints == []


def shown(page) -> float:
    """Return how many per cent of the left picture are shown."""
    clip = page.locator(".pane.b").evaluate("(one) => getComputedStyle(one).clipPath")
    return float(clip.removesuffix("%)").split()[-1])


def moves(page) -> list[str]:
    return [page.locator(one).evaluate("(img) => img.style.transform") for one in ("#left", "#right")]


def address(page, words):
    page.wait_for_function("(words) => location.hash.includes(words)", arg=words)


def test_the_slider_moves_by_keyboard(visit):
    page = visit()
    page.locator("#split").focus()
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    assert shown(page) == 45
    assert "45 % Input" in page.locator("#split").get_attribute("aria-valuetext")
    page.keyboard.press("Home")
    assert shown(page) == 0


def test_the_divider_follows_the_mouse(visit):
    page = visit()
    box = page.locator("#stage").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + 60, steps=4)
    page.mouse.up()
    assert shown(page) == pytest.approx(25, abs=0.5)
    assert page.locator("#split").input_value() == "25"


def test_wheel_keys_buttons_and_dragging_move_both_pictures_alike(visit):
    page = visit()
    box = page.locator("#stage").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + box["height"] * 0.3)
    page.mouse.wheel(0, -120)
    page.wait_for_function("document.getElementById('scale').textContent !== '100 %'")
    page.locator("#in").click()
    page.locator("#stage").focus()
    page.keyboard.press("+")
    before = moves(page)
    assert before[0] == before[1]
    page.keyboard.press("ArrowRight")
    assert moves(page)[0] == moves(page)[1] != before[0]
    before = moves(page)
    page.mouse.move(box["x"] + 60, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 20, box["y"] + 30)
    page.mouse.up()
    assert moves(page)[0] == moves(page)[1] != before[0]
    page.keyboard.press("0")
    assert page.locator("#scale").inner_text() == "100 %"


def test_what_is_below_the_mouse_stays_below_it(visit):
    page = visit()
    box = page.locator("#stage").bounding_box()
    at = {"x": box["x"] + box["width"] * 0.7, "y": box["y"] + box["height"] * 0.4}
    page.mouse.move(**at)

    def point():
        image = page.locator("#left").bounding_box()
        return (at["x"] - image["x"]) / image["width"], (at["y"] - image["y"]) / image["height"]

    before = point()
    page.mouse.wheel(0, -120)
    page.wait_for_function("document.getElementById('scale').textContent !== '100 %'")
    assert point() == pytest.approx(before, abs=0.005)


def test_the_address_brings_back_what_was_compared(visit):
    page = visit()
    page.locator("#a").select_option("_clean")
    page.locator("#b").select_option("median")
    page.locator("#view").select_option("side")
    page.locator("#in").click()
    address(page, "b=median")
    again = visit("#" + page.url.partition("#")[2])
    assert moves(again) == moves(page)
    assert again.locator("#left").get_attribute("src").endswith("whole/_clean.webp")
    assert again.locator("#right").get_attribute("src").endswith("whole/median.webp")
    assert again.locator("#split").is_hidden()
    again.get_by_role("link", name="next").click()
    assert again.locator("#right").get_attribute("src").endswith("whole/median.webp")


@pytest.mark.parametrize("hash_", ["#a=../../../etc&b=<img>&z=NaN&x=1e999&s=-4", "#z=1e9&view=x", "#%E0%A4%A"])
def test_an_address_that_nobody_made_here_harms_nothing(visit, hash_):
    page = visit(hash_)
    assert page.locator("#left").get_attribute("src").endswith("whole/_input.webp")
    assert "NaN" not in "".join(moves(page))


def test_a_thumbnail_puts_its_picture_into_the_viewer(visit):
    page = visit()
    page.locator(".grid a[data-key=median]").click()
    assert page.locator("#right").get_attribute("src").endswith("whole/median.webp")
    assert page.locator("#tag-b").inner_text() == "median"


def test_without_a_script_pictures_crops_and_scores_are_there(visit):
    page = visit(java_script_enabled=False)
    assert page.locator("#viewer").is_hidden()
    assert page.locator(".grid img").count() == 5
    assert page.locator(".crops img").first.is_visible()
    assert page.locator("table").is_visible()
    page.locator(".grid a[data-key=median]").click()
    assert page.url.endswith("whole/median.webp")


def test_all_pictures_of_the_page_are_really_there(visit):
    page = visit()
    page.evaluate("[...document.images].forEach((one) => { one.loading = 'eager'; })")
    page.wait_for_function("[...document.images].every((one) => one.complete)")
    assert page.evaluate("[...document.images].every((one) => one.naturalWidth > 0)")
    crop = page.locator(".crops img").first
    assert crop.evaluate("(one) => [one.naturalWidth, one.clientWidth]") == [224, 224]


def test_the_board_loads_none_of_them(browser, site):
    page = browser.new_page()
    asked = []
    page.on("request", lambda one: asked.append(one.url))
    page.goto((site / "small-paired-test" / "index.html").as_uri())
    assert [url for url in asked if "pictures/" in url] == []
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_and_a_phone_holds_the_pages(visit, pages, scheme):
    from axe_playwright_python.sync_playwright import Axe

    for path in (pages[0], pages[0].with_name("index.html")):
        page = visit(path=path, color_scheme=scheme, viewport={"width": 390, "height": 844}, has_touch=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        found = Axe().run(page, options={"preload": False}).response["violations"]  # it may fetch no style sheets
        serious = [one for one in found if one["impact"] in {"serious", "critical"}]
        assert [(one["id"], one["nodes"][0]["html"]) for one in serious] == []
