// Sorting and filtering of a board. The page is complete without it; what is chosen stands in the address.
"use strict";

(() => {
  const table = document.getElementById("board");
  const form = document.getElementById("filters");
  const output = document.getElementById("count");
  const groups = [...table.tBodies];
  const rows = groups.flatMap((group) => [...group.rows].filter((row) => !row.classList.contains("title")));
  const heads = [...table.tHead.querySelectorAll("th[data-key]")];
  rows.forEach((row, index) => { row.dataset.line = index; });

  // The cell of a head: the first two columns stand before the groups of the second line of heads.
  const inner = heads.filter((head) => head.parentElement !== table.tHead.rows[0]);
  const column = (head) => {
    const place = inner.indexOf(head);
    return place < 0 ? (head.dataset.key === "place" ? 0 : 1) : place + 2;
  };

  let sorted = { key: "", down: false };

  const compare = (place, down) => (one, other) => {
    const [a, b] = [one, other].map((row) => row.cells[place].dataset.v);
    if (a === undefined || b === undefined) return (a === undefined) - (b === undefined) || one.dataset.line - other.dataset.line;
    const difference = Number.isNaN(Number(a)) || Number.isNaN(Number(b)) ? a.localeCompare(b, "en") : a - b;
    return (down ? -difference : difference) || one.dataset.line - other.dataset.line;
  };

  function sort(key, down) {
    const head = heads.find((one) => one.dataset.key === key);
    heads.forEach((one) => one.removeAttribute("aria-sort"));
    sorted = head ? { key, down } : { key: "", down: false };
    if (head) head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const order = head ? compare(column(head), down) : (one, other) => one.dataset.line - other.dataset.line;
    for (const group of groups) {
      const mine = [...group.rows].filter((row) => !row.classList.contains("title"));
      group.append(...mine.sort(order));
    }
  }

  function filter() {
    const wanted = new FormData(form);
    const find = wanted.get("find").trim().toLowerCase();
    const year = Number(wanted.get("year"));
    table.dataset.only = wanted.get("columns") ?? "";
    let shown = 0;
    for (const row of rows) {
      const fits = (!find || row.dataset.text.toLowerCase().includes(find))
        && (!wanted.get("supervision") || row.dataset.supervision === wanted.get("supervision"))
        && (!wanted.get("licence") || row.dataset.licence === wanted.get("licence"))
        && (!year || Number(row.dataset.year) >= year);
      row.hidden = !fits;
      shown += fits;
    }
    for (const group of groups) {
      group.hidden = [...group.rows].every((row) => row.hidden || row.classList.contains("title"));
    }
    output.textContent = shown === rows.length ? `${shown} rows` : `${shown} of ${rows.length} rows`;
  }

  // What is chosen goes along to the slices of the board.
  function carry(text) {
    for (const link of document.querySelectorAll(".slices a")) link.hash = text;
  }

  function remember() {
    const state = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ""));
    if (sorted.key) {
      state.set("sort", sorted.key);
      if (sorted.down) state.set("down", "1");
    }
    const text = state.toString();
    history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
    carry(text);
  }

  function restore() {
    const state = new URLSearchParams(location.hash.slice(1));
    for (const field of form.elements) {
      if (field.name) field.value = state.get(field.name) ?? "";
    }
    sort(state.get("sort") ?? "", state.get("down") === "1");
    filter();
    carry(location.hash);
  }

  for (const head of heads) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(head.firstChild);
    head.prepend(button);
    button.addEventListener("click", () => {
      const again = sorted.key === head.dataset.key;
      sort(head.dataset.key, again ? !sorted.down : head.dataset.better === "higher");
      remember();
    });
  }
  form.addEventListener("input", () => { filter(); remember(); });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => { sort("", false); filter(); remember(); }));
  window.addEventListener("hashchange", restore);
  form.hidden = false;
  restore();
})();
