"""The page in a real browser: what keys and mouse decide, what is shown when saving fails, and what is never run."""

from __future__ import annotations

import resource

import pytest

SECOND = 1000


@pytest.fixture
def context(browser):
    context = browser.new_context(viewport={"width": 1200, "height": 800})
    context.set_default_timeout(10 * SECOND)
    yield context
    context.close()


@pytest.fixture
def visit(context):
    """Open pages that may neither complain nor ask anything of another server."""
    complaints, strangers, asked = [], [], []

    def answer(dialog):
        (asked if dialog.type == "beforeunload" else complaints).append(dialog.message)
        dialog.accept()

    def open_page(server, hash_=""):
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("dialog", answer)
        page.on("request", lambda asked: strangers.append(asked.url) if not asked.url.startswith(server.base) else None)
        page.goto(server.address)
        if hash_:
            page.goto(f"{server.base}/#{hash_}")
            page.reload()
        page.wait_for_selector("#grid li")
        return page

    open_page.complaints, open_page.asked = complaints, asked
    yield open_page
    assert strangers == []
    assert [one for one in complaints if "Failed to load resource" not in one] == []


@pytest.fixture
def server(desk, serving):
    return serving(desk)


def says(page, selector, text):
    """Wait until something says a text (the page's own policy forbids to wait by evaluating code)."""
    from playwright.sync_api import expect

    expect(page.locator(selector).first).to_contain_text(text, timeout=10 * SECOND)


def saved(page, count):
    says(page, ".saved", f"{count} saved")


def says_no(page, selector, text):
    """Wait until something no longer says a text."""
    from playwright.sync_api import expect

    expect(page.locator(selector).first).not_to_contain_text(text, timeout=10 * SECOND)


def shown(page, file):
    says(page, "#details h2", f"album/{file}")


def has(page, selector, number):
    from playwright.sync_api import expect

    expect(page.locator(selector)).to_have_count(number, timeout=10 * SECOND)


def spots(page):
    """Where the picture lies, and how large a pixel of it is drawn."""
    place = page.locator("#stage img").bounding_box()
    return place, place["width"] / int(page.locator("#stage img").get_attribute("width"))


def drag(page, start, end):
    place, scale = spots(page)
    page.mouse.move(place["x"] + start[0] * scale, place["y"] + start[1] * scale)
    page.mouse.down()
    page.mouse.move(place["x"] + end[0] * scale - 9, place["y"] + end[1] * scale - 9)
    page.mouse.move(place["x"] + end[0] * scale, place["y"] + end[1] * scale)
    page.mouse.up()


def test_keys_alone_accept_reject_tag_undo_and_go_from_page_to_page(server, desk, visit):
    page = visit(server, "count=3")
    keys = page.keyboard
    keys.press("ArrowRight")
    keys.press("Enter")
    shown(page, "1.jpg")
    keys.press("a")  # accepts, and goes on
    shown(page, "2.jpg")
    keys.press("r")
    keys.press("2")
    shown(page, "3.jpg")  # of the next page
    keys.press("t")
    keys.press("4")
    keys.press("1" if "streak" not in page.inner_text("#details .chips") else "9")
    keys.press("Enter")
    saved(page, 3)
    holds = desk.holds()
    assert holds[desk.digests["1.jpg"]].verdict == "accept"
    assert (holds[desk.digests["2.jpg"]].verdict, holds[desk.digests["2.jpg"]].reason) == (
        "reject",
        "is blurred or shaken",
    )
    assert "splash" in holds[desk.digests["3.jpg"]].tags
    keys.press("u")
    saved(page, 4)
    assert desk.digests["3.jpg"] not in desk.holds()
    says_no(page, "#details", "by hand")
    keys.press("k")
    shown(page, "2.jpg")
    keys.press("o")
    saved(page, 5)
    keys.press("u")
    saved(page, 6)
    keys.press("u")  # the rejection
    saved(page, 7)
    assert desk.digests["2.jpg"] not in desk.holds()
    assert len(desk.lines()) == 7
    keys.press("g")
    has(page, "#grid li:focus-within", 1)


def test_a_rejection_in_own_words_and_leaving_a_question(worn_server, worn_desk, visit):
    page = visit(worn_server)
    before = len(worn_desk.lines())
    keys = page.keyboard
    keys.press("r")
    keys.press("Escape")
    keys.press("t")
    keys.press("Escape")
    has(page, "dialog[open]", 0)
    keys.press("r")
    keys.press("0")
    keys.type("a r o: keys are letters here")
    keys.press("Enter")
    saved(page, 1)
    assert worn_desk.holds()[worn_desk.digests["0.jpg"]].reason == "a r o: keys are letters here"
    keys.press("?")
    page.wait_for_selector("#help:visible")
    keys.press("Escape")
    assert len(worn_desk.lines()) == before + 1


def test_boxes_are_shown_drawn_deleted_and_confirmed(server, desk, visit):
    page = visit(server, "show=person")
    sha256, keys = desk.digests["0.jpg"], page.keyboard
    keys.press("Enter")
    page.wait_for_selector(".box.uncertain")
    has(page, ".box", 2)
    place, scale = spots(page)
    box = page.locator(".box.uncertain").bounding_box()
    assert box["x"] == pytest.approx(place["x"] + 300 * scale, abs=1)
    assert box["height"] == pytest.approx(50 * scale, abs=1)
    keys.press("Tab")
    keys.press("Tab")
    keys.press("d")  # the uncertain one is no face
    saved(page, 1)
    assert [box.left for box in desk.holds()[sha256].boxes] == [40]
    keys.press("b")
    keys.press("2")
    drag(page, (500, 100), (560, 130))
    saved(page, 2)
    drawn = desk.holds()[sha256].boxes[1]
    assert (drawn.kind, drawn.confidence) == ("plate", None)
    keys.press("r")
    keys.press("3")  # answers the question; it is not the kind of the next box
    saved(page, 3)
    keys.press("u")
    saved(page, 4)
    found = (drawn.left, drawn.top, drawn.left + drawn.width, drawn.top + drawn.height)
    assert found == pytest.approx((500, 100, 560, 130), abs=1)
    drag(page, (600, 400), (900, 700))  # out of the picture
    saved(page, 5)
    last = desk.holds()[sha256].boxes[2]
    assert (last.left + last.width, last.top + last.height, last.kind) == (640, 480, "plate")
    keys.press("u")
    saved(page, 6)
    assert len(desk.holds()[sha256].boxes) == 2
    has(page, ".box", 2)
    keys.press("b")
    keys.press("z")  # boxes keep their place in the picture
    place, scale = spots(page)
    assert scale == pytest.approx(1)
    assert page.locator(".box.plate").bounding_box()["x"] == pytest.approx(place["x"] + drawn.left, abs=1)


def test_the_wheel_zooms_where_the_mouse_is(worn_server, visit):
    page = visit(worn_server)
    page.keyboard.press("Enter")
    page.wait_for_selector(".box")
    for wheel in (-300, -300, -300, 300):
        page.mouse.move(500, 300)
        place, scale = spots(page)
        before = ((500 - place["x"]) / scale, (300 - place["y"]) / scale)
        page.mouse.wheel(0, wheel)
        page.wait_for_timeout(100)
        place, after = spots(page)
        assert after / scale == pytest.approx(1.25 if wheel < 0 else 0.8, rel=0.01)
        assert ((500 - place["x"]) / after, (300 - place["y"]) / after) == pytest.approx(before, abs=1.5)


def test_enter_says_that_the_boxes_are_all(server, desk, visit):
    page = visit(server)
    page.keyboard.press("Enter")
    page.wait_for_selector(".box.uncertain")
    page.keyboard.press("Enter")
    saved(page, 1)
    assert [(box.left, box.confidence) for box in desk.holds()[desk.digests["0.jpg"]].boxes] == [(40, 0.9), (300, 0.4)]
    has(page, ".box.uncertain", 0)
    says_no(page, "#details", "not sure")


def test_names_and_reasons_from_strangers_are_text(worn_server, visit, hostile_name):
    page = visit(worn_server)
    tile = page.get_by_role("button", name=hostile_name)
    assert hostile_name in tile.inner_text()
    tile.click()
    shown(page, hostile_name)
    page.keyboard.press("r")
    page.keyboard.press("0")
    page.keyboard.type("<script>document.title = 'owned'</script>")
    page.keyboard.press("Enter")
    saved(page, 1)
    page.keyboard.press("g")
    says(page, "#grid", "<script>")
    assert page.title() == "Review"
    assert page.locator("img[src='x'], #grid script").count() == 0


def test_the_policy_forbids_what_a_hole_would_need(worn_server, visit):
    page = visit(worn_server)
    for hole in ("document.body.innerHTML = '<b>x</b>'", "eval('1')", "document.body.setAttribute('onclick', 'x')"):
        with pytest.raises(Exception, match=r"(?i)trusted|unsafe-eval|policy"):
            page.add_script_tag(content=hole)
    visit.complaints.clear()  # the browser says so, too


def test_what_cannot_be_saved_is_shown_kept_and_saved_later(server, desk, visit):
    page = visit(server)
    _, hard = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (10, hard))
    page.keyboard.press("a")
    page.keyboard.press("a")
    page.wait_for_selector("#trouble:visible")
    says(page, "#trouble", "2 decisions are not saved yet")
    says(page, "#trouble", "cannot be written")
    says(page, "#grid", "not saved yet")
    assert desk.holds() == {}
    has(page, "#grid .badge.good", 2)
    page.keyboard.press("u")
    has(page, "#grid .badge.good", 1)
    says(page, "#trouble", "3 decisions are not saved yet")
    page.reload()  # which the page asks about, and then keeps them over it
    assert len(visit.asked) == 1
    page.wait_for_selector("#trouble:visible")
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
    page.click("#retry")
    saved(page, 3)
    page.wait_for_selector("#trouble", state="hidden")
    assert [line.sha256 for line in desk.lines()] == [desk.digests["0.jpg"], desk.digests["1.jpg"], None]
    assert list(desk.holds()) == [desk.digests["0.jpg"]]


def test_a_tab_outlives_its_server(server, desk, visit, serving):
    page = visit(server)
    page.keyboard.press("a")
    saved(page, 1)
    server.kill()
    page.keyboard.press("a")
    page.wait_for_selector("#trouble:visible")
    says(page, "#trouble", f"--port {server.port}")
    again = serving(desk, server.port)
    page.click("#retry")
    says(page, "#trouble", "started anew")
    other = visit(again)
    page.bring_to_front()  # and it goes on trying by itself
    saved(page, 2)
    assert len(desk.holds()) == 2
    other.keyboard.press("r")  # two tabs at once
    other.keyboard.press("3")
    saved(other, 1)
    page.keyboard.press("u")
    saved(page, 3)
    assert {sha256: held.verdict for sha256, held in desk.holds().items()} == {desk.digests["0.jpg"]: "reject"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_by_day_and_night(browser, worn_server, scheme):
    context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme=scheme, has_touch=True)
    page = context.new_page()
    page.goto(worn_server.address)
    page.wait_for_selector("#grid li")
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (max(int(part) for part in paper[4:-1].split(",")) < 60) == (scheme == "dark")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator("#grid button").first.tap()
    page.wait_for_selector(".box")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator("#actions").is_visible()
    context.close()


def test_every_control_has_a_name_and_the_focus_is_seen(worn_server, visit):
    page = visit(worn_server)
    nameless = """[...document.querySelectorAll('button, input, select')]
        .filter((one) => !(one.getAttribute('aria-label') || one.textContent.trim() || one.labels?.length))"""
    assert page.evaluate(f"{nameless}.map((one) => one.outerHTML)") == []
    outlines = []
    for _ in range(14):
        page.keyboard.press("Tab")
        outlines.append(
            page.evaluate("[document.activeElement.tagName, getComputedStyle(document.activeElement).outlineStyle]")
        )
    assert {style for tag, style in outlines if tag != "BODY"} == {"solid"}
