// The grid: rows of equal height with whole pictures, one tile in the tab order, arrows between them.

import { baseName, byId, make } from "./dom.js";
import { unsaved } from "./saving.js";

export function showGrid(photos, onOpen) {
  byId("grid").replaceChildren(...photos.map((photo, index) => tile(photo, () => onOpen(index))));
  byId("empty").hidden = photos.length > 0;
}

export function updateTile(photo, index) {
  const item = byId("grid").children[index];
  if (item) dress(item, photo);
}

export function focusTile(index, { scroll = true } = {}) {
  const buttons = [...byId("grid").querySelectorAll("button")];
  for (const [place, button] of buttons.entries()) button.tabIndex = place === index ? 0 : -1;
  buttons[index]?.focus({ preventScroll: !scroll });
  if (scroll) buttons[index]?.scrollIntoView({ block: "nearest" });
}

// Returns the tile above or below, by where they stand; undefined at the edge.
export function neighbour(index, direction) {
  const places = [...byId("grid").children].map((item) => item.getBoundingClientRect());
  const here = places[index];
  const middle = (place) => (place.left + place.right) / 2;
  const rows = places.map((place, at) => ({ at, place })).filter(({ place }) => (place.top - here.top) * direction > 8);
  if (!rows.length) return undefined;
  const nearest = Math.min(...rows.map(({ place }) => Math.abs(place.top - here.top)));
  const row = rows.filter(({ place }) => Math.abs(place.top - here.top) < nearest + 8);
  row.sort((one, other) => Math.abs(middle(one.place) - middle(here)) - Math.abs(middle(other.place) - middle(here)));
  return row[0].at;
}

function tile(photo, onOpen) {
  const image = make("img", { loading: "lazy", decoding: "async", alt: "", src: `/thumbnails/${photo.sha256}` });
  image.onerror = () => image.replaceWith(make("span", { className: "unseen" }, "cannot be shown"));
  const frame = make("span", { className: "frame" }, image, make("span", { className: "badges" }));
  const button = make("button", { type: "button", tabIndex: -1, onclick: onOpen }, frame, make("span", { className: "caption" }));
  const item = make("li", {}, button);
  const aspect = Math.min(2.4, Math.max(0.6, photo.width / photo.height));
  item.style.setProperty("--aspect", aspect);
  dress(item, photo);
  return item;
}

function dress(item, photo) {
  const words = badges(photo);
  item.className = `${photo.kept ? "kept" : "dropped"} ${photo.decision?.verdict ?? ""}`;
  item.querySelector(".badges").replaceChildren(...words.map(([kind, word]) => make("span", { className: `badge ${kind}` }, word)));
  const name = make("bdi", {}, baseName(photo.file));
  const under = photo.kept ? photo.kinds.join(" · ") || photo.domain : photo.reason;
  item.querySelector(".caption").replaceChildren(name, make("small", {}, under));
  const state = photo.kept ? "kept" : `rejected: ${photo.reason}`;
  const button = item.querySelector("button");
  button.setAttribute("aria-label", [photo.file, state, ...words.map(([, word]) => word), ...photo.kinds].join(", "));
  button.title = photo.file;
}

function badges(photo) {
  const said = photo.decision ?? {};
  return [
    unsaved(photo.sha256) && ["bad", "not saved yet"],
    said.verdict === "accept" && ["good", "✓ accepted"],
    said.verdict === "reject" && ["bad", `✕ ${said.reason ?? "rejected"}`],
    photo.needs_person && ["ask", "? needs a person"],
    said.boxes && ["plain", said.boxes.length === 1 ? "1 box" : `${said.boxes.length} boxes`],
    said.tags && ["plain", "tagged"],
    !photo.kept && !said.verdict && ["dim", "left out"],
  ].filter(Boolean);
}
