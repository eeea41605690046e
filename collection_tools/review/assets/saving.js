// Decisions on their way to the disk: one after the other, kept until the server has them, never dropped in silence.

const STORAGE = "nlcl-review";
const AGAIN_MS = 3000;
const TOO_LONG_MS = 20000;

let waiting = []; // {key, sha256, decision, undoes: key}, the first being sent
let made = []; // {key, sha256, before, line: number or undefined while it waits}: what can be undone
let listener = {};
let sending = false;
let timer;

export function startSaving(callbacks) {
  listener = callbacks;
  try {
    ({ waiting, made } = JSON.parse(sessionStorage.getItem(STORAGE)) ?? { waiting, made });
  } catch {
    // nothing usable was kept
  }
  addEventListener("beforeunload", (event) => waiting.length && event.preventDefault());
  addEventListener("online", retry);
  send();
}

export const unsaved = (sha256) => waiting.some((entry) => entry.sha256 === sha256);
export const waitingCount = () => waiting.length;

export function save(sha256, decision, before) {
  const key = crypto.randomUUID();
  made = [...made.slice(-199), { key, sha256, before }];
  enqueue({ key, sha256, decision: { sha256, ...decision } });
}

// Returns what is undone, so that the page can show it at once; undefined when there is nothing.
export function undo() {
  const last = made.pop();
  if (last) enqueue({ key: crypto.randomUUID(), sha256: last.sha256, undoes: last.key, line: last.line });
  return last;
}

export function retry() {
  clearTimeout(timer);
  send();
}

function enqueue(entry) {
  waiting.push(entry);
  keep();
  listener.changed();
  send();
}

function keep() {
  try {
    sessionStorage.setItem(STORAGE, JSON.stringify({ waiting, made }));
  } catch {
    // a full storage only means that a reload of this tab forgets; leaving it is asked about anyway
  }
}

async function send() {
  if (sending) return;
  sending = true;
  while (waiting.length) {
    const outcome = await post(waiting[0]);
    if (outcome.again) {
      listener.trouble(outcome.problem);
      timer = setTimeout(send, AGAIN_MS);
      break;
    }
    settle(waiting.shift(), outcome);
  }
  sending = false;
  listener.changed();
}

function settle(entry, outcome) {
  if (outcome.answer) {
    for (const one of [...made, ...waiting]) {
      if ((one.undoes ?? one.key) === entry.key) one.line = outcome.answer.line;
    }
  } else {
    made = made.filter((one) => one.key !== entry.key);
  }
  keep();
  if (outcome.problem) listener.refused(entry, outcome.problem);
  else listener.saved(entry, outcome.answer?.photo ?? null);
}

async function post(entry) {
  if (entry.undoes && !entry.line) return {}; // what it undoes was refused
  const body = JSON.stringify(entry.undoes ? { undoes: entry.line } : entry.decision);
  try {
    const response = await fetch("/api/decisions", {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-NLCL-Review": "1" },
      body,
      signal: AbortSignal.timeout(TOO_LONG_MS),
    });
    if (response.ok) return { answer: await response.json() };
    if (response.status === 403) return { again: true, problem: "the review was started anew; open the address that it printed in this browser" };
    const { problem } = await response.json().catch(() => ({ problem: `the server answered ${response.status}` }));
    return { again: response.status >= 500, problem };
  } catch {
    return { again: true, problem: `the server does not answer; start it again with --port ${location.port} and open its address in this browser` };
  }
}
