// What is to be seen: kept in the address, so that a reload shows the same.

import { byId, make } from "./dom.js";

const SHOWS = {
  all: "All",
  undecided: "Undecided",
  kept: "Kept",
  rejected: "Left out",
  person: "Needs a person",
  accept: "Accepted by hand",
  reject: "Rejected by hand",
  decided: "Decided",
};
const CHOICES = { reason: "any reason", domain: "any", kind: "any" };
const TYPING_MS = 300;

export function readFilters() {
  const wanted = new URLSearchParams(location.hash.slice(1));
  const known = ["show", ...Object.keys(CHOICES), "text", "count"];
  return Object.fromEntries([...wanted].filter(([name, value]) => known.includes(name) && value));
}

function write(name, value, onChange) {
  const wanted = new URLSearchParams({ ...readFilters(), [name]: value });
  if (!value || value === "all") wanted.delete(name);
  history.replaceState(null, "", `${location.pathname}#${wanted}`);
  onChange();
}

export function startFilters(onChange) {
  byId("show").replaceChildren(
    ...Object.entries(SHOWS).map(([name, words]) => {
      const count = make("span", { className: "count" });
      return make("button", { type: "button", data: { show: name }, onclick: () => write("show", name, onChange) }, words, " ", count);
    }),
  );
  for (const name of Object.keys(CHOICES)) byId(name).onchange = (event) => write(name, event.target.value, onChange);
  let typing;
  byId("text").oninput = (event) => {
    clearTimeout(typing);
    typing = setTimeout(() => write("text", event.target.value, onChange), TYPING_MS);
  };
}

export function showCounts(counts) {
  const wanted = readFilters();
  byId("grid").dataset.show = wanted.show ?? "all";
  for (const button of byId("show").children) {
    const name = button.dataset.show;
    button.setAttribute("aria-pressed", String((wanted.show ?? "all") === name));
    button.querySelector(".count").textContent = (counts.show[name] ?? 0).toLocaleString("en");
  }
  for (const [name, any] of Object.entries(CHOICES)) {
    const options = Object.entries(counts[name]).map(([value, count]) => make("option", { value }, `${value} (${count.toLocaleString("en")})`));
    if (wanted[name] && !counts[name][wanted[name]]) options.push(make("option", { value: wanted[name] }, wanted[name]));
    byId(name).replaceChildren(make("option", { value: "" }, any), ...options);
    byId(name).value = wanted[name] ?? "";
  }
  if (document.activeElement !== byId("text")) byId("text").value = wanted.text ?? "";
}
