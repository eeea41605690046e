"""The site in a real browser: sorting, filtering, addresses, reading without a script, on a phone and by ear."""

from __future__ import annotations

import functools
import http.server
import threading

import numpy as np
import pytest

from leaderboard.board import Board
from leaderboard.build import build
from leaderboard.rank import rank
from leaderboard.site.site import site as site_pages
from leaderboard.slices import Slice, cut
from nlcl_bench.core.files import make_folder, write_texts
from nlcl_bench.evaluation.intake import read_all
from tests.leaderboard.conftest import CHANGE, NIQE, PIQE, PSNR, Folders, metric

SECOND = 1000
BOARD = "street-rainy-test/index.html"
RESIDUAL = metric("residual_rain", family="rain removed", reference="rainy", title="Residual rain")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site of one board: two controls, five methods of three kinds, one that changes nothing, one refused."""
    folders = Folders(tmp_path_factory.mktemp("runs"), images=24)
    generator = np.random.default_rng(3)
    base = generator.normal(4.3, 0.8, folders.images).clip(1)
    for label, shift, supervision, year, licence in (
        ("identity", 0.0, "control", None, "Apache-2.0"),
        ("jpeg75", -1.2, "control", None, "Apache-2.0"),
        ("alpha", -0.5, "unpaired", 2022, "MIT"),
        ("beta", -0.45, "paired", 2017, "Apache-2.0"),
        ("gamma", 0.3, "paired", 2021, "CC-BY-NC-4.0"),
        ("delta", -0.1, "prior", 2015, "MIT"),
        ("sleeper", 0.001, "unpaired", 2024, "MIT"),
    ):
        spread = 0.0 if label == "identity" else generator.normal(0, 0.3, folders.images)
        scores = {
            RESIDUAL: 5 + shift + spread,
            NIQE: base + shift + spread,
            PIQE: 6 * base - 3 * shift + 2 * spread,
            PSNR: 25 - shift - spread,
            CHANGE: 0.0 if label == "identity" else 0.01 if label == "sleeper" else 4.0,
        }
        folders.write(label, scores, method={"supervision": supervision, "year": year, "licence": licence})
    for label, gain in (("untouched", 0.0), ("blur", -1.0)):
        attack = {"name": f"attack-{label}", "supervision": "attack"}
        folders.write(label, {NIQE: base + gain, CHANGE: 0.0}, folder=f"attacks/{label}", method=attack)
    folders.write("liar", {NIQE: 999.0, CHANGE: 5.0})
    into = tmp_path_factory.mktemp("site")
    built = build([folders.root], into, draws=200)
    _slice(folders, built, into)
    return into


def _slice(folders, built, into):
    """Write the pages of the board again, as they are when half of the photographs are a slice."""
    runs = [run for run in read_all([folders.root])[0] if run.result.method.supervision != "attack"]
    half = Slice("rain-1", "rain", "streak", frozenset(runs[0].images[:12]))
    board = Board(
        folder="street-rainy-test",
        ranking=built.rankings[0],
        runs={run.result.label: run for run in runs},
        slices=[(half, rank(cut(runs, half.images), draws=200))],
        photographs=None,
        attacks=None,
        costs=None,
    )
    for name, text in site_pages([board], ()):
        if name.startswith("street-rainy-test/"):
            write_texts({(into / name).name: text}, make_folder((into / name).parent))


@pytest.fixture
def visit(browser, site):
    """Open pages from disk that may neither complain nor ask for anything outside the site."""
    contexts, complaints, strangers = [], [], []

    def open_page(path=BOARD, hash_="", **options):
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}} | options)
        contexts.append(context)
        context.set_default_timeout(10 * SECOND)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
        page.on("request", lambda asked: strangers.append(asked.url) if not asked.url.startswith(site.as_uri()) else 0)
        page.goto(f"{(site / path).as_uri()}{hash_}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [url for url in strangers if not url.startswith("data:")] == []
    assert complaints == []


def shown(page):
    """Return the links of the rows that are shown."""
    return page.locator("#board tbody tr:not(.title):visible th a")


def labels(page) -> list[str]:
    """Return the rows that are shown, in the order shown."""
    return shown(page).all_inner_texts()


def has(page, number):
    """Wait until so many rows are shown."""
    from playwright.sync_api import expect

    expect(shown(page)).to_have_count(number, timeout=10 * SECOND)


def head(page, text):
    return page.locator("#board thead button", has_text=text).first


def test_a_click_sorts_the_better_end_first_and_another_turns_it_round(visit):
    page = visit()
    assert labels(page)[0] in {"alpha", "beta"}
    head(page, "NIQE").click()
    column = page.locator("th[data-key=niqe]")
    assert column.get_attribute("aria-sort") == "ascending"
    ranked = [one for one in labels(page) if one in {"alpha", "beta", "gamma", "delta"}]
    assert ranked == ["alpha", "beta", "delta", "gamma"]
    head(page, "NIQE").click()
    assert column.get_attribute("aria-sort") == "descending"
    assert [one for one in labels(page) if one in ranked] == ranked[::-1]
    head(page, "PSNR").click()
    assert page.locator("th[data-key=psnr]").get_attribute("aria-sort") == "descending"
    assert page.locator("th[aria-sort]").count() == 1
    assert [one for one in labels(page) if one in ranked] == ranked


def test_the_keyboard_alone_sorts(visit):
    page = visit()
    head(page, "NIQE").focus()
    page.keyboard.press("Enter")
    assert page.locator("th[data-key=niqe]").get_attribute("aria-sort") == "ascending"
    page.keyboard.press("Space")
    assert page.locator("th[data-key=niqe]").get_attribute("aria-sort") == "descending"
    assert page.evaluate("document.activeElement.tagName") == "BUTTON"


def test_filters_leave_what_fits_and_say_how_many_that_are(visit):
    page = visit()
    page.get_by_label("Supervision").select_option("paired")
    assert sorted(labels(page)) == ["beta", "gamma"]
    assert "2 of 7" in page.locator("#count").inner_text()
    page.get_by_label("From year").fill("2020")
    assert labels(page) == ["gamma"]
    page.get_by_role("button", name="Show all").click()
    has(page, 7)
    page.get_by_label("Licence").select_option("MIT")
    assert sorted(labels(page)) == ["alpha", "delta", "sleeper"]
    page.get_by_label("Find").fill("DELT")
    assert labels(page) == ["delta"]
    page.get_by_label("Find").fill("no such method")
    assert labels(page) == []


def test_the_address_brings_back_what_was_chosen(visit):
    page = visit()
    page.get_by_label("Supervision").select_option("paired")
    head(page, "PSNR").click()
    address = page.url
    assert "supervision=paired" in address
    assert "sort=psnr" in address
    again = visit(hash_="#" + address.partition("#")[2])
    assert labels(again) == labels(page) == ["beta", "gamma"]
    assert again.get_by_label("Supervision").input_value() == "paired"
    assert again.locator("th[data-key=psnr]").get_attribute("aria-sort") == "descending"


def test_what_is_chosen_goes_along_to_a_slice_and_back(visit):
    page = visit()
    page.get_by_label("Supervision").select_option("paired")
    head(page, "NIQE").click()
    page.get_by_role("link", name="streak").click()
    page.wait_for_url("**/slices/rain-1.html#*")
    assert page.locator("h1").inner_text().endswith("streak")
    assert sorted(labels(page)) == ["beta", "gamma"]
    assert page.locator("th[data-key=niqe]").get_attribute("aria-sort") == "ascending"
    page.get_by_role("button", name="Show all").click()
    has(page, 7)
    page.get_by_role("link", name="All photographs").click()
    page.wait_for_url("**/street-rainy-test/index.html*")
    has(page, 7)


def test_the_columns_of_one_family_are_shown_alone_and_by_their_address(visit):
    page = visit()
    page.get_by_label("Columns").select_option(label="Rain removed")
    heads = page.locator("#board thead th[data-key]:visible")
    assert [head.get_attribute("data-key") for head in heads.all()] == [
        "place",
        "method",
        "rank-rain-removed",
        "residual_rain",
    ]
    assert visit(hash_="#" + page.url.partition("#")[2]).locator("th[data-key=niqe]").is_hidden()
    page.get_by_role("button", name="Show all").click()
    page.locator("th[data-key=niqe]").wait_for(state="visible")


def test_the_head_stays_in_sight_while_a_long_board_is_read(visit):
    page = visit(viewport={"width": 1280, "height": 620})
    page.locator(".scroll.board").evaluate("(one) => one.scrollTo(0, 400)")
    box, head = page.locator(".scroll.board").bounding_box(), page.locator("th[data-key=niqe]").bounding_box()
    assert page.locator(".scroll.board").evaluate("(one) => one.scrollTop") > 100
    assert box["y"] <= head["y"] < box["y"] + 60


@pytest.mark.parametrize(
    "hash_", ["#sort=<img src=x onerror=alert(1)>", "#supervision=nobody", "#year=NaN&find=%", "#x"]
)
def test_an_address_that_nobody_made_here_harms_nothing(visit, hash_):
    page = visit(hash_=hash_)
    assert page.locator("#board").is_visible()
    assert page.locator("img").count() == 0


def test_every_page_is_reached_by_links_and_read_without_a_script(visit, site):
    page = visit("index.html", java_script_enabled=False)
    page.get_by_role("link", name="street / rainy / test").click()
    assert len(labels(page)) == 7
    assert page.locator("#filters").is_hidden()
    assert page.locator("#board button").count() == 0
    page.get_by_role("link", name="alpha", exact=True).first.click()
    assert page.locator("h1").inner_text() == "alpha"
    with page.expect_download() as got:
        page.get_by_role("link", name="scores.parquet").click()
    assert got.value.path().read_bytes() == (site / "street-rainy-test/runs/alpha/scores.parquet").read_bytes()
    page.get_by_role("link", name="How ranks are made").click()
    page.get_by_role("link", name="Submit a run").click()
    assert "nlcl-bench evaluate" in page.inner_text("main")


def test_a_web_server_shows_what_the_disk_shows(browser, site):
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=site)
    handler.log_message = lambda *_: None
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{server.server_port}/{BOARD}#sort=niqe")
        assert page.locator("th[data-key=niqe]").get_attribute("aria-sort") == "ascending"
        context.close()
        server.shutdown()


PAGES = [
    "index.html",
    BOARD,
    "street-rainy-test/attacks.html",
    "street-rainy-test/changes.html",
    "street-rainy-test/methods/alpha.html",
    "street-rainy-test/slices/rain-1.html",
    "ranks.html",
    "submit.html",
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_fits_a_phone_by_day_and_night(visit, site, scheme):
    page = visit(viewport={"width": 390, "height": 844}, color_scheme=scheme, has_touch=True)
    for path in PAGES:
        page.goto((site / path).as_uri())
        paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (max(int(part) for part in paper[4:-1].split(",")) < 60) == (scheme == "dark")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path


def test_a_board_is_printed_whole_on_a_sheet_laid_across(visit):
    page = visit(viewport={"width": 1047, "height": 718})  # A4 within margins of 10 mm, 96 dots an inch
    page.emulate_media(media="print")
    assert page.locator("#filters").is_hidden()
    board = page.locator(".scroll.board")
    assert board.evaluate("(one) => one.scrollWidth <= one.clientWidth && one.scrollHeight <= one.clientHeight")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(visit, site, scheme):
    from axe_playwright_python.sync_playwright import Axe

    page = visit(color_scheme=scheme)
    for path in PAGES:
        page.goto((site / path).as_uri())
        found = Axe().run(page, options={"preload": False}).response["violations"]  # it may fetch no style sheets
        serious = [one for one in found if one["impact"] in {"serious", "critical"}]
        assert [(path, one["id"], one["nodes"][0]["html"]) for one in serious] == []
