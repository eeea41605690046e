// The page as a whole: which photographs are shown, which is current, and what keys and buttons do.

import { chooseKind, isDrawing, removeSelected, setDrawing, showBoxes, shownBoxes } from "./boxes.js";
import { showDetails } from "./details.js";
import { askReason, askTags, help, isAsking } from "./dialogs.js";
import { baseName, byId, make, tell } from "./dom.js";
import { readFilters, showCounts, startFilters } from "./filters.js";
import { focusTile, neighbour, showGrid, updateTile } from "./grid.js";
import { retry, save, startSaving, undo, unsaved, waitingCount } from "./saving.js";
import { fit, moveBy, showPicture, startView, toggleZoom, zoomBy } from "./view.js";

let page = { photos: [], total: 0, first: 0 };
let current = 0;
let viewing = false;
let details = null; // of the current photograph, when they have come
let saved = 0;
let turn = 0; // the newest request for a page: older answers are ignored

const photo = () => page.photos[current];

async function ask(address) {
  const response = await fetch(address);
  const answer = await response.json().catch(() => ({ problem: "open the address that the review printed" }));
  if (!response.ok) throw new Error(answer.problem);
  return answer;
}

async function load(cursor = {}, focus = 0) {
  const mine = ++turn;
  try {
    const answer = await ask(`/api/photos?${new URLSearchParams({ ...readFilters(), ...cursor })}`);
    if (mine !== turn) return false;
    page = answer;
    if (!waitingCount()) byId("trouble").hidden = true;
  } catch (error) {
    if (mine === turn) trouble(`The list cannot be read: ${error.message}`);
    return false;
  }
  current = focus < 0 ? Math.max(0, page.photos.length - 1) : Math.min(focus, Math.max(0, page.photos.length - 1));
  showGrid(page.photos, open);
  showCounts(page.counts);
  showPages();
  if (viewing) page.photos.length ? open(current) : close();
  else if (!document.activeElement.matches("input, select")) focusTile(current, { scroll: false });
  return true;
}

function showPages() {
  const { first, total, photos } = page;
  const last = first + photos.length;
  byId("where").textContent = photos.length ? `${(first + 1).toLocaleString("en")}–${last.toLocaleString("en")} of ${total.toLocaleString("en")}` : "0";
  byId("first").disabled = byId("back").disabled = first === 0;
  byId("forward").disabled = last >= total;
}

const pageForward = (focus = 0) => load({ after: page.photos.at(-1).place }, focus);
const pageBack = (focus = 0) => load({ before: page.photos[0].place }, focus);
const pageAgain = () => load(page.photos[0]?.place ? { after: page.photos[0].place - 1 } : {}, current);

// Going on

function go(index) {
  if (index >= 0 && index < page.photos.length) {
    current = index;
    return viewing ? open(index) : focusTile(index);
  }
  const last = page.first + page.photos.length;
  if (index < 0 && page.first > 0) return pageBack(-1);
  if (index >= 0 && last < page.total) return pageForward();
  return tell(index < 0 ? "This is the first one." : "This is the last one.");
}

function open(index) {
  current = index;
  viewing = true;
  details = null;
  byId("grid-page").hidden = true;
  byId("view").hidden = false;
  showPicture(photo(), page.photos[index + 1]);
  showState();
  byId("area").focus({ preventScroll: true });
  loadDetails(photo());
}

function close() {
  viewing = false;
  setDrawing(false);
  byId("view").hidden = true;
  byId("grid-page").hidden = false;
  focusTile(current);
}

async function loadDetails(wanted) {
  try {
    const answer = await ask(`/api/photos/${wanted.sha256}`);
    if (!viewing || photo() !== wanted) return;
    details = answer;
    if (!unsaved(wanted.sha256)) Object.assign(wanted, answer.photo);
    showState();
  } catch (error) {
    if (viewing && photo() === wanted) tell(`Details cannot be read: ${error.message}`);
  }
}

// What the current photograph looks like after whatever has happened to it.
function showState() {
  const mine = photo();
  updateTile(mine, current);
  if (!viewing) return;
  showDetails(byId("details"), mine, details, `${(page.first + current + 1).toLocaleString("en")} of ${page.total.toLocaleString("en")}`);
  const detected = details ? [...details.sure, ...details.unsure.map((box) => ({ ...box, uncertain: true }))] : [];
  showBoxes(mine, mine.decision?.boxes ?? detected, decideBoxes);
}

// Deciding

const undecided = { verdict: null, tags: null, boxes: null, reason: null };

function decide(said, words) {
  const mine = photo();
  if (!mine) return;
  const { sha256, decision, kinds, needs_person } = mine;
  const before = structuredClone({ decision, kinds, needs_person });
  mine.decision = { ...undecided, ...decision, ...said, reason: said.verdict ? (said.reason ?? null) : (decision?.reason ?? null) };
  if (said.tags) mine.kinds = said.tags;
  if (said.boxes || said.verdict === "reject") mine.needs_person = false;
  tell(`${baseName(mine.file)}: ${words}`);
  save(sha256, said, before);
  showState();
}

// Boxes that are saved are all: so nothing is saved while those that were detected are not known.
function decideBoxes(boxes) {
  if (details || photo().decision?.boxes) return decide({ boxes }, ["nothing is private", "1 box is all"][boxes.length] ?? `${boxes.length} boxes are all`);
  showState();
  return tell("Wait until the detected boxes are known.");
}

async function reject() {
  const mine = photo();
  const reason = mine && (await askReason(mine));
  if (!reason || photo() !== mine) return;
  decide({ verdict: "reject", reason }, `rejected, ${reason}`);
  goOn();
}

async function tags() {
  const mine = photo();
  const chosen = mine && (await askTags(mine));
  if (chosen && photo() === mine) decide({ tags: chosen }, chosen.length ? `tagged ${chosen.join(", ")}` : "no rain tagged");
}

function accept() {
  decide({ verdict: "accept" }, "accepted");
  goOn();
}

function goOn() {
  if (page.first + current + 1 < page.total) go(current + 1);
}

function takeBack() {
  const last = undo();
  if (!last) return tell("Nothing to undo in this tab; o takes back a verdict.");
  const index = page.photos.findIndex((one) => one.sha256 === last.sha256);
  if (index < 0) return tell("Undone, for a photograph that is not on this page.");
  Object.assign(page.photos[index], last.before);
  go(index);
  showState();
  tell(`${baseName(page.photos[index].file)}: undone`);
}

const actions = {
  next: () => go(current + 1),
  previous: () => go(current - 1),
  accept,
  reject,
  tags,
  help,
  undo: takeBack,
  reopen: () => decide({ verdict: "open" }, "open again"),
  draw: () => viewing && setDrawing(!isDrawing()),
  remove: () => viewing && (removeSelected() || tell("Select a box first: Tab, or a click on it.")),
  confirm: () => viewing && decideBoxes(shownBoxes()),
  zoom: () => viewing && toggleZoom(),
  grid: () => (viewing ? close() : undefined),
};

// Keys

const letters = { j: "next", k: "previous", a: "accept", r: "reject", o: "reopen", t: "tags", b: "draw", d: "remove", u: "undo", g: "grid", z: "zoom", "?": "help", Delete: "remove" };
const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const PAN = 120;

function onKey(event) {
  if (isAsking() || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input, select")) {
    if (event.key === "Escape") focusTile(current);
    return;
  }
  if (useKey(event)) event.preventDefault();
}

function useKey(event) {
  const { key } = event;
  if (letters[key]) return actions[letters[key]](), true;
  if (arrows[key]) return arrow(...arrows[key], event.shiftKey), true;
  if (key === "/") return actions.grid(), byId("text").focus(), true;
  if (!viewing) return false;
  if (key === "Escape") return isDrawing() ? setDrawing(false) : close(), true;
  if (key === "Enter" && !event.target.closest("#actions")) return actions.confirm(), true;
  if ("123".includes(key)) return chooseKind(Number(key)), true;
  if (key === "+" || key === "-" || key === "=") return zoomBy(key === "-" ? -1 : 1), true;
  return false;
}

function arrow(right, down, shift) {
  if (viewing && shift) return moveBy(right * PAN, down * PAN);
  if (viewing || right) return go(current + right + down);
  const next = neighbour(current, down);
  return next === undefined ? undefined : go(next);
}

// Saving

function showSaved() {
  const count = waitingCount();
  const text = count ? `Saving ${count}…` : saved ? `${saved} saved` : "No decision yet";
  for (const line of document.querySelectorAll(".saved")) {
    line.textContent = text;
    line.classList.toggle("waiting", count > 0);
  }
  for (const [index, one] of page.photos.entries()) updateTile(one, index);
}

function trouble(text) {
  if (byId("trouble-text").textContent !== text) byId("trouble-text").textContent = text; // each change is read aloud
  byId("trouble").hidden = false;
}

startSaving({
  changed: showSaved,
  saved(entry, fresh) {
    saved += 1;
    byId("trouble").hidden = true;
    const index = page.photos.findIndex((one) => one.sha256 === entry.sha256);
    if (index >= 0 && fresh && !unsaved(entry.sha256)) {
      Object.assign(page.photos[index], fresh);
      if (index === current) showState();
    }
    recount();
  },
  refused(entry, problem) {
    byId("refusals").append(make("li", {}, `A decision about ${entry.sha256.slice(0, 16)} was refused and is not saved: ${problem}`));
    byId("refused").hidden = false;
    pageAgain();
  },
  trouble(problem) {
    const count = waitingCount();
    trouble(`${count === 1 ? "1 decision is" : `${count} decisions are`} not saved yet: ${problem}. This tab keeps ${count === 1 ? "it" : "them"} and goes on trying.`);
  },
});

let counting;
function recount() {
  clearTimeout(counting);
  counting = setTimeout(async () => showCounts((await ask(`/api/photos?${new URLSearchParams({ ...readFilters(), count: 1 })}`).catch(() => page)).counts), 500);
}

byId("retry").onclick = () => {
  retry();
  if (!waitingCount()) pageAgain();
};
byId("dismiss").onclick = () => {
  byId("refusals").replaceChildren();
  byId("refused").hidden = true;
};
byId("first").onclick = () => load();
byId("back").onclick = () => pageBack();
byId("forward").onclick = () => pageForward();
document.addEventListener("keydown", onKey);
document.addEventListener("click", (event) => actions[event.target.closest("[data-action]")?.dataset.action]?.());
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && !waitingCount() && !viewing && pageAgain());
addEventListener("hashchange", () => load());
byId("grid").addEventListener("focusin", (event) => { current = [...byId("grid").children].indexOf(event.target.closest("li")); });
startFilters(() => load());
startView();
addEventListener("resize", () => viewing && fit());
load();
