// One photograph in full size: fitted, zoomed, moved; the boxes lie in the same coordinates.

import { beginBox, isDrawing } from "./boxes.js";
import { byId, make } from "./dom.js";

const MOST = 8;
const STEP = 1.25;

let photo;
let scale = 1;
let x = 0;
let y = 0;
let fitted = true;
const ready = new Map(); // pictures of this photograph and the next, by digest

export function showPicture(wanted, next) {
  photo = wanted;
  byId("unseen").hidden = true;
  const image = picture(photo.sha256);
  image.width = photo.width;
  image.height = photo.height;
  image.alt = photo.file;
  byId("stage").replaceChildren(image);
  fit();
  const done = () => next && photo === wanted && picture(next.sha256);
  image.onload = done;
  image.onerror = () => unseen(wanted);
  if (image.complete) image.naturalWidth ? done() : unseen(wanted);
  for (const old of [...ready.keys()]) if (old !== photo.sha256 && old !== next?.sha256) ready.delete(old);
}

function picture(sha256) {
  if (!ready.has(sha256)) ready.set(sha256, make("img", { src: `/pictures/${sha256}`, draggable: false, decoding: "async" }));
  return ready.get(sha256);
}

async function unseen(wanted) {
  ready.delete(wanted.sha256);
  const answer = await fetch(`/pictures/${wanted.sha256}`).then((response) => response.json()).catch(() => null);
  if (photo !== wanted) return;
  byId("unseen").textContent = `This photograph cannot be shown: ${answer?.problem ?? "the server does not answer"}`;
  byId("unseen").hidden = false;
}

const room = () => byId("area").getBoundingClientRect();
const whole = () => {
  const { width, height } = room();
  return Math.min(width / photo.width, height / photo.height, 2 / devicePixelRatio);
};

export function fit() {
  fitted = true;
  scale = whole();
  draw();
}

export function toggleZoom() {
  if (fitted) zoomTo(1 / devicePixelRatio);
  else fit();
}

export const zoomBy = (steps) => zoomTo(scale * STEP ** steps);

function zoomTo(wanted, at) {
  const { width, height } = room();
  const point = at ?? { x: width / 2, y: height / 2 };
  const next = Math.min(MOST, Math.max(Math.min(whole(), 1 / devicePixelRatio), wanted));
  x = point.x - ((point.x - x) / scale) * next;
  y = point.y - ((point.y - y) / scale) * next;
  scale = next;
  fitted = next === whole();
  draw();
}

export function moveBy(right, down) {
  x -= right;
  y -= down;
  draw();
}

function draw() {
  const { width, height } = room();
  x = held(x, width, photo.width * scale);
  y = held(y, height, photo.height * scale);
  const stage = byId("stage");
  stage.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
  stage.style.setProperty("--scale", scale);
  stage.classList.toggle("coarse", scale * devicePixelRatio >= 2);
  byId("zoomed").textContent = `${Math.round(scale * devicePixelRatio * 100)} %`;
}

// A picture smaller than its room stands in the middle; a larger one never leaves a gap.
const held = (start, available, needed) => (needed <= available ? (available - needed) / 2 : Math.min(0, Math.max(available - needed, start)));

export function startView() {
  const area = byId("area");
  const pointers = new Map();
  let stroke = null; // the box being drawn
  const local = (event) => ({ x: event.clientX - room().left, y: event.clientY - room().top });
  const inPicture = (event) => ({ x: (local(event).x - x) / scale, y: (local(event).y - y) / scale });
  area.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    pointers.set(event.pointerId, local(event));
    if (isDrawing()) stroke ??= beginBox(inPicture(event));
    event.target.closest(".box")?.focus({ preventScroll: true });
    area.setPointerCapture(event.pointerId);
  });
  area.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const now = local(event);
    if (stroke) stroke(inPicture(event), false);
    else if (pointers.size === 2) pinch(pointers, event.pointerId, now);
    else moveBy(before.x - now.x, before.y - now.y);
    pointers.set(event.pointerId, now);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    area.addEventListener(end, (event) => {
      pointers.delete(event.pointerId);
      stroke?.(inPicture(event), true);
      stroke = null;
    });
  }
  area.addEventListener("dblclick", (event) => (fitted ? zoomTo(1 / devicePixelRatio, local(event)) : fit()));
  area.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoomTo(scale * STEP ** (-Math.sign(event.deltaY)), local(event));
  }, { passive: false });
  new ResizeObserver(() => photo && (fitted ? fit() : draw())).observe(area);
}

function pinch(pointers, moved, now) {
  const [[, other]] = [...pointers].filter(([id]) => id !== moved);
  const before = pointers.get(moved);
  const apart = (one) => Math.hypot(one.x - other.x, one.y - other.y) || 1;
  zoomTo((scale * apart(now)) / apart(before), other);
}
