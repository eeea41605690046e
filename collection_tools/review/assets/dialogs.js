// Questions: why it is rejected, which rain is in it; and the help.

import { byId, make } from "./dom.js";

const REASONS = {
  rainy: ["no rain to be seen"],
  clean: ["it rains in it"],
  both: [
    "is blurred or shaken",
    "is edited, drawn or rendered",
    "has text, a logo or a frame on it",
    "shows people who cannot be made unrecognisable",
    "shows too little to judge by",
    "is too dark or too bright",
    "is like another photograph",
    "rights are doubtful",
  ],
};

const KINDS = ["streak", "drop", "veil", "splash", "ripple", "wet-ground", "snow", "hail", "fog"];

export const isAsking = () => document.querySelector("dialog[open]") !== null;

export function askReason(photo) {
  const reasons = [...REASONS[photo.domain], ...REASONS.both];
  const dialog = byId("reject");
  const own = byId("own-reason");
  own.value = "";
  byId("reasons").replaceChildren(
    ...reasons.map((reason, index) => {
      const button = make("button", { type: "button", onclick: () => dialog.close(reason) }, make("kbd", {}, `${index + 1}`), reason);
      return make("li", {}, button);
    }),
  );
  const giveOwn = () => (own.value.trim() ? dialog.close(own.value.trim()) : own.focus());
  byId("own-reject").onclick = giveOwn;
  return ask(dialog, (event) => {
    if (event.target === own) {
      if (event.key === "Enter") giveOwn();
      return event.key === "Enter";
    }
    if (event.key === "0") own.focus();
    const reason = reasons[Number(event.key) - 1];
    if (reason) dialog.close(reason);
    return event.key === "0" || Boolean(reason);
  });
}

export async function askTags(photo) {
  const dialog = byId("tags");
  const kinds = [...new Set([...KINDS, ...photo.kinds])];
  const boxes = kinds.map((kind) => make("input", { type: "checkbox", value: kind, checked: photo.kinds.includes(kind) }));
  byId("kinds").replaceChildren(
    ...kinds.map((kind, index) => make("li", {}, make("label", {}, boxes[index], make("kbd", {}, index < 9 ? `${index + 1}` : "–"), kind))),
  );
  byId("save-tags").onclick = () => dialog.close("save");
  byId("leave-tags").onclick = () => dialog.close();
  const answer = await ask(dialog, (event) => {
    const box = boxes[Number(event.key) - 1];
    if (box) box.checked = !box.checked;
    const saves = event.key === "Enter" && event.target.tagName !== "BUTTON";
    if (saves) dialog.close("save");
    return Boolean(box) || saves;
  });
  return answer ? boxes.filter((box) => box.checked).map((box) => box.value).slice(0, 16) : null;
}

export function help() {
  byId("close-help").onclick = () => byId("help").close();
  return ask(byId("help"), (event) => {
    if (event.key === "?") byId("help").close();
    return event.key === "?";
  });
}

// Opens a dialog and gives what it was closed with, null when it was left; `onKey` tells whether it used a key.
function ask(dialog, onKey) {
  const before = document.activeElement;
  dialog.returnValue = "";
  dialog.onkeydown = (event) => {
    event.stopPropagation(); // the page behind has keys of its own
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (onKey(event)) event.preventDefault();
  };
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.onclose = () => {
      before?.focus?.();
      resolve(dialog.returnValue || null);
    };
  });
}
