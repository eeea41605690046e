// One pair at a time: shown when both pictures are there, voted on once, and the next one asked for.
const at = (id) => document.getElementById(id);
const buttons = [...document.querySelectorAll("[data-said]")];
let trial = "";
let since = 0;
let busy = true;
let whole = false;

const picture = (side) => `/pictures/${trial}/${side}${whole ? "?whole=1" : ""}`;

function trouble(text) {
  at("trouble").textContent = text;
  at("trouble").hidden = !text;
}

function load(image, address) {
  return new Promise((resolve, reject) => {
    image.onload = resolve;
    image.onerror = () => reject(new Error("a picture could not be shown"));
    image.src = address;
  });
}

async function show() {
  const photograph = at("input").getAttribute("aria-pressed") === "true";
  const sides = photograph ? ["input", "input"] : ["left", "right"];
  await Promise.all(["left", "right"].map((side, place) => load(at(`${side}-picture`), picture(sides[place]))));
}

function enable(on) {
  busy = !on;
  for (const button of buttons) button.disabled = !on || at("input").getAttribute("aria-pressed") === "true";
}

async function next() {
  enable(false);
  press("input", false);
  const answer = await fetch("/api/pair");
  const found = await answer.json();
  if (!answer.ok) throw new Error(found.problem);
  trial = found.trial;
  at("done").textContent = found.done ? `${found.done} ${found.done === 1 ? "vote" : "votes"} given` : "No vote yet";
  await show();
  since = performance.now();
  enable(true);
}

async function vote(said) {
  if (busy || at("input").getAttribute("aria-pressed") === "true") return;
  enable(false);
  const body = JSON.stringify({ trial, said, milliseconds: Math.round(performance.now() - since), whole });
  try {
    const answer = await fetch("/api/votes", { method: "POST", headers: { "x-nlcl-arena": "1" }, body });
    if (!answer.ok && answer.status !== 409) throw new Error((await answer.json()).problem);
    trouble("");
    await next();
  } catch (error) {
    trouble(`The vote may not have been kept: ${error.message}. Try again.`);
    enable(true);
  }
}

function press(id, on) {
  at(id).setAttribute("aria-pressed", String(on));
}

async function toggle(id) {
  if (busy) return;
  const on = at(id).getAttribute("aria-pressed") !== "true";
  press(id, on);
  if (id === "whole") whole = on;
  enable(false);
  await show().catch((error) => trouble(error.message));
  enable(true);
}

for (const button of buttons) button.addEventListener("click", () => vote(button.dataset.said));
at("whole").addEventListener("click", () => toggle("whole"));
at("input").addEventListener("click", () => toggle("input"));
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  const said = { ArrowLeft: "left", ArrowRight: "right", ArrowDown: "equal" }[event.key];
  if (said) vote(said);
  else if (event.key === "w") toggle("whole");
  else if (event.key === " ") toggle("input");
  else return;
  event.preventDefault();
});
next().catch((error) => trouble(error.message));
