"""The arena in a real browser: votes by keyboard and mouse, and nothing that tells which method is which."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest
from axe_playwright_python.sync_playwright import Axe

from leaderboard.votes import read_votes


@pytest.fixture(scope="module")
def served(restored_runs, release, tmp_path_factory):
    """The real command; yields the address and the file of votes."""
    path = tmp_path_factory.mktemp("arena") / "votes.jsonl"
    words = [
        "arena",
        str(restored_runs),
        "--data",
        str(release),
        "--votes",
        str(path),
        "--rater",
        "ann",
        "--no-browser",
    ]
    command = [sys.executable, "-m", "nlcl_bench", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        address = next(line for line in process.stdout if "http://" in line).split(" at ")[1].strip()
        yield address, path
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
        assert process.wait(20) == 0
        assert "votes were given; they stand in" in rest


@pytest.fixture
def page(browser, served):
    address, _ = served
    complaints, strangers, answers = [], [], []
    context = browser.new_context(viewport={"width": 1200, "height": 800})
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    base = address.partition("/?")[0]
    page.on("request", lambda one: strangers.append(one.url) if not one.url.startswith(base) else None)
    page.on("response", lambda one: answers.append(one.url + str(one.headers)))
    page.goto(address)
    ready(page)
    yield page
    assert complaints == []
    assert strangers == []
    assert not [label for label in ("identity", "guided", "median") if any(label in one for one in answers)]
    context.close()


def ready(page):
    page.wait_for_selector("#left:not([disabled])")  # no function: the page's policy lets no text become code


def voted(page, path, count):
    page.locator("#done", has_text=f"{count} vote").wait_for()
    ready(page)
    return read_votes(path)[0]


def test_votes_by_keyboard_and_by_mouse_are_kept_and_a_reload_loses_none(page, served):
    _, path = served
    page.keyboard.press("ArrowLeft")
    assert voted(page, path, 1)[-1].said == "left"
    page.click("#right")
    assert voted(page, path, 2)[-1].said == "right"
    page.keyboard.press("ArrowDown")
    assert voted(page, path, 3)[-1].said == "equal"
    before = page.get_attribute("#left-picture", "src")
    page.reload()
    ready(page)
    assert page.get_attribute("#left-picture", "src") == before
    assert len(read_votes(path)[0]) == 3


def test_the_whole_picture_and_the_photograph_can_be_looked_at_and_no_vote_is_given_by_that(page, served):
    _, path = served
    count = len(read_votes(path)[0])
    page.keyboard.press("w")
    ready(page)
    assert page.get_attribute("#left-picture", "src").endswith("left?whole=1")
    page.keyboard.press(" ")
    page.wait_for_selector("#left-picture[src*='/input']")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press(" ")
    ready(page)
    assert len(read_votes(path)[0]) == count
    page.keyboard.press("ArrowRight")
    assert voted(page, path, count + 1)[-1].crop is None


def test_axe_finds_nothing_serious_and_a_phone_needs_no_scrolling_sideways(page):
    found = Axe().run(page, options={"preload": False}).response["violations"]
    assert [one["id"] for one in found if one["impact"] in {"serious", "critical"}] == []
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
