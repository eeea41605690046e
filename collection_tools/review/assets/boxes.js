// Boxes over the picture, in pixels of the upright picture: shown, selected by focus, drawn with the mouse, deleted.

import { byId, make } from "./dom.js";

const KINDS = ["face", "plate", "other"];
const SMALLEST = 3;

let size = { width: 1, height: 1 };
let boxes = [];
let kind = KINDS[0];
let drawing = false;
let onChange = () => {};

export const isDrawing = () => drawing;
export const shownBoxes = () => boxes.map(({ uncertain, ...box }) => box);

export function showBoxes(photo, shown, changed) {
  size = photo;
  boxes = shown;
  onChange = changed;
  render();
}

export function setDrawing(wanted) {
  drawing = wanted;
  document.body.classList.toggle("drawing", wanted);
  document.querySelector('[data-action="draw"]').setAttribute("aria-pressed", String(wanted));
  hint();
}

// 1, 2, 3: the kind of the selected box, or of those drawn next.
export function chooseKind(number) {
  kind = KINDS[number - 1];
  const at = selected();
  if (at >= 0 && boxes[at].kind !== kind) change(boxes.map((box, index) => (index === at ? { ...box, kind } : box)), at);
  hint();
}

export function removeSelected() {
  const at = selected();
  if (at < 0) return false;
  change(boxes.filter((_, index) => index !== at), Math.min(at, boxes.length - 2));
  return true;
}

// Begins a box at a point of the picture; returns what to call with the points that follow and with the last one.
export function beginBox(from) {
  const ghost = make("div", { className: `box ghost ${kind}` });
  byId("stage").append(ghost);
  return (to, ends) => {
    const box = between(from, to);
    place(ghost, box);
    if (!ends) return;
    ghost.remove();
    if (box.width >= SMALLEST && box.height >= SMALLEST) change([...boxes, { ...box, kind }], boxes.length);
  };
}

function between(from, to) {
  const clamp = (value, most) => Math.min(most, Math.max(0, value));
  const left = Math.floor(clamp(Math.min(from.x, to.x), size.width));
  const top = Math.floor(clamp(Math.min(from.y, to.y), size.height));
  const right = Math.ceil(clamp(Math.max(from.x, to.x), size.width));
  const bottom = Math.ceil(clamp(Math.max(from.y, to.y), size.height));
  return { left, top, width: right - left, height: bottom - top };
}

function selected() {
  return [...byId("stage").querySelectorAll("button.box")].indexOf(document.activeElement);
}

function change(next, focus) {
  boxes = next;
  render();
  onChange(shownBoxes());
  (byId("stage").querySelectorAll("button.box")[focus] ?? byId("area")).focus({ preventScroll: true });
}

function render() {
  for (const old of byId("stage").querySelectorAll(".box")) old.remove();
  byId("stage").append(
    ...boxes.map((box, index) => {
      const sure = box.confidence == null ? "" : `, confidence ${Math.round(box.confidence * 100)} %`;
      const label = `Box ${index + 1} of ${boxes.length}: ${box.kind}${box.uncertain ? ", not sure" : ""}${sure}`;
      const share = box.confidence == null ? "" : make("i", {}, ` ${Math.round(box.confidence * 100)} %`);
      const name = make("span", {}, `${box.kind}${box.uncertain ? "?" : ""}`, share);
      const element = make("button", { type: "button", className: `box ${box.kind} ${box.uncertain ? "uncertain" : ""}` }, name);
      element.setAttribute("aria-label", label);
      return place(element, box);
    }),
  );
}

function place(element, box) {
  for (const side of ["left", "top", "width", "height"]) element.style[side] = `${box[side]}px`;
  return element;
}

function hint() {
  const line = byId("drawing");
  line.hidden = !drawing;
  line.textContent = `Drawing: ${kind} (1 face, 2 plate, 3 other; b ends it)`;
}
