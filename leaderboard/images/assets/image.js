// Comparing two pictures of one photograph: a slider or side by side, zoomed and moved together, kept in the address.
"use strict";

(() => {
  const by = (id) => document.getElementById(id);
  const [viewer, stage, split, divider] = ["viewer", "stage", "split", "divider"].map(by);
  const choices = { a: by("a"), b: by("b") };
  const pictures = { a: by("left"), b: by("right") };
  const panes = [...stage.querySelectorAll(".pane")];
  const size = { width: Number(stage.dataset.width), height: Number(stage.dataset.height) };
  const sources = new Map([...choices.a.options].map((one) => [one.value, one.dataset.src]));
  const titles = new Map([...choices.a.options].map((one) => [one.value, one.text]));
  const MOST = 16;
  const start = { a: viewer.dataset.a, b: viewer.dataset.b, view: "slider", s: 50, z: 1, x: 0.5, y: 0.5 };
  const state = { ...start };
  const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

  // Whatever an address says becomes something that can be shown.
  function take(hash) {
    const said = new URLSearchParams(hash.replace(/^#/, ""));
    const numeric = (name, low, high) => {
      const value = said.has(name) ? Number(said.get(name)) : NaN;
      return Number.isFinite(value) ? clamp(value, low, high) : start[name];
    };
    for (const side of ["a", "b"]) state[side] = sources.has(said.get(side)) ? said.get(side) : start[side];
    state.view = said.get("view") === "side" ? "side" : "slider";
    Object.assign(state, { s: numeric("s", 0, 100), z: numeric("z", 1, MOST), x: numeric("x", 0, 1), y: numeric("y", 0, 1) });
  }

  let waiting = 0;
  function keep() {
    clearTimeout(waiting);  // a browser refuses many changes of the address in a second
    waiting = setTimeout(() => {
      const said = new URLSearchParams();
      for (const [name, value] of Object.entries(state)) {
        if (value !== start[name]) said.set(name, typeof value === "number" ? String(Number(value.toFixed(4))) : value);
      }
      history.replaceState(null, "", said.size ? `#${said}` : location.pathname);
      for (const link of document.querySelectorAll(".turn a")) {  // neighbours are compared by the same two
        const same = new URLSearchParams();
        for (const name of ["a", "b", "view"]) if (said.has(name)) same.set(name, said.get(name));
        link.hash = same.toString();
      }
    }, 120);
  }

  function draw() {
    const side = state.view === "side";
    stage.classList.toggle("side", side);
    stage.classList.toggle("near", state.z > 1);
    stage.classList.toggle("close", state.z * stage.clientWidth > 3 * size.width);
    // The centre of the window may not leave the picture by more than half of what is shown.
    const half = 0.5 / state.z;
    state.x = clamp(state.x, half, 1 - half);
    state.y = clamp(state.y, half, 1 - half);
    const move = `translate(${(0.5 - state.x * state.z) * 100}%, ${(0.5 - state.y * state.z) * 100}%) scale(${state.z})`;
    for (const name of ["a", "b"]) {
      const source = sources.get(state[name]);
      if (pictures[name].getAttribute("src") !== source) pictures[name].src = source;
      pictures[name].alt = titles.get(state[name]);
      pictures[name].style.transform = move;
      choices[name].value = state[name];
      by(`tag-${name}`).textContent = titles.get(state[name]);
    }
    panes[1].style.clipPath = side ? "none" : `inset(0 0 0 ${state.s}%)`;
    divider.style.left = `${state.s}%`;
    split.value = state.s;
    split.hidden = side;
    split.setAttribute("aria-valuetext", `${Math.round(state.s)} % ${titles.get(state.a)}, the rest ${titles.get(state.b)}`);
    by("view").value = state.view;
    by("scale").textContent = `${Math.round(state.z * 100)} %`;
    keep();
  }

  // The stage has the picture's proportions, and no more height than the window.
  function fit() {
    const columns = state.view === "side" ? 2 : 1;
    const room = Math.min(viewer.clientWidth, (innerHeight * 0.78 * columns * size.width) / size.height);
    stage.style.width = `${room}px`;
    split.style.width = `${room}px`;
    stage.style.height = `${(room / columns) * (size.height / size.width)}px`;
    draw();
  }

  // Where in a pane a pointer is, from 0 to 1 both ways.
  function inside(event) {
    const box = panes[0].getBoundingClientRect();
    const over = panes[1].getBoundingClientRect();
    const left = state.view === "side" && event.clientX >= over.left ? over.left : box.left;
    return { x: (event.clientX - left) / box.width, y: (event.clientY - box.top) / box.height };
  }

  // What lies below a point stays there.
  function zoom(factor, at = { x: 0.5, y: 0.5 }) {
    const z = clamp(state.z * factor, 1, MOST);
    state.x += (at.x - 0.5) * (1 / state.z - 1 / z);
    state.y += (at.y - 0.5) * (1 / state.z - 1 / z);
    state.z = Math.abs(z - 1) < 0.01 ? 1 : z;
    draw();
  }

  function pan(x, y) {
    state.x += x / state.z;
    state.y += y / state.z;
    draw();
  }

  const pointers = new Map();
  let dragging = "";
  stage.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    pointers.set(event.pointerId, inside(event));
    stage.setPointerCapture(event.pointerId);
    dragging = event.target === divider && pointers.size === 1 ? "divider" : "pan";
    stage.classList.add("held");
  });
  stage.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const now = inside(event);
    if (dragging === "divider") {
      const box = stage.getBoundingClientRect();
      state.s = clamp(((event.clientX - box.left) / box.width) * 100, 0, 100);
      draw();
    } else if (pointers.size === 2) {
      const [, other] = [...pointers].find(([id]) => id !== event.pointerId);
      const far = (one) => Math.hypot(one.x - other.x, (one.y - other.y) * (size.height / size.width));
      if (far(before) > 0) zoom(far(now) / far(before), { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 });
    } else {
      pan(before.x - now.x, before.y - now.y);
    }
    pointers.set(event.pointerId, now);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    stage.addEventListener(end, (event) => {
      pointers.delete(event.pointerId);
      if (!pointers.size) stage.classList.remove("held");
    });
  }
  stage.addEventListener("wheel", (event) => {
    if (event.deltaY > 0 && state.z === 1) return;  // the page goes on
    event.preventDefault();
    zoom(Math.exp(-clamp(event.deltaY, -120, 120) * 0.003), inside(event));
  }, { passive: false });

  const step = 0.1;
  const keys = {
    "+": () => zoom(1.25), "=": () => zoom(1.25), "-": () => zoom(0.8), "0": () => zoom(1 / MOST),
    ArrowLeft: () => pan(-step, 0), ArrowRight: () => pan(step, 0), ArrowUp: () => pan(0, -step), ArrowDown: () => pan(0, step),
  };
  stage.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(keys, event.key)) return;
    if (state.z === 1 && event.key.startsWith("Arrow")) return;  // there is nowhere to go: the page scrolls
    event.preventDefault();
    keys[event.key]();
  });

  by("in").addEventListener("click", () => zoom(1.5));
  by("out").addEventListener("click", () => zoom(1 / 1.5));
  by("fit").addEventListener("click", () => zoom(1 / MOST));
  by("swap").addEventListener("click", () => { [state.a, state.b] = [state.b, state.a]; draw(); });
  split.addEventListener("input", () => { state.s = Number(split.value); draw(); });
  for (const name of ["a", "b"]) choices[name].addEventListener("change", () => { state[name] = choices[name].value; draw(); });
  by("view").addEventListener("change", () => { state.view = by("view").value; fit(); });
  for (const link of document.querySelectorAll(".grid a[data-key]")) {  // a thumbnail becomes the right picture
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      state.b = link.dataset.key;
      draw();
      stage.scrollIntoView({ block: "center" });
      stage.focus({ preventScroll: true });
    });
  }
  addEventListener("resize", fit);
  addEventListener("hashchange", () => { take(location.hash); fit(); });

  viewer.hidden = false;
  take(location.hash);
  fit();
})();
