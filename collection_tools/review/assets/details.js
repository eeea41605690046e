// What is known of a photograph, in words: its state first, then how it was measured, taken and licensed.

import { make } from "./dom.js";

const MEASURES = {
  presence: "Rain is there",
  streak_density: "Streaks",
  streak_angle: "Their angle",
  veil: "Veil",
  drops: "Drops on the lens",
  night: "Night",
};

export function showDetails(panel, photo, details, where) {
  const { collected, record, finding } = details ?? {};
  const parts = [
    heading(photo, where),
    ...state(photo, details),
    photo.domain === "rainy" || photo.kinds.length ? section("Rain", kinds(photo), ...measures(finding?.rain)) : null,
    section("Picture", facts({
      Size: `${photo.width} × ${photo.height}, ${((photo.width * photo.height) / 1e6).toFixed(1)} megapixels`,
      File: collected && `${collected.format}, ${bytes(collected.bytes)}`,
      Domain: photo.domain,
      Split: photo.split,
      Scene: record && (record.scene_id === photo.image_id ? "of its own" : record.scene_id),
      Taken: record?.time_of_day && `by ${record.time_of_day}`,
      Faces: details && !details.looked_for_faces && "nobody looked for them",
      Twin: record?.clean_id && `without rain: ${record.clean_id}`,
      Still: collected?.frame && `frame ${collected.frame.number}, at ${collected.frame.seconds.toFixed(2)} s of a video`,
      Estimate: collected?.estimate,
      Converted: record?.converted,
    })),
    section("Checks", checks(finding?.checks ?? [])),
    section("Camera", camera(collected?.capture)),
    section("Rights", facts({ Licence: collected?.rights.licence, Author: collected?.rights.author, Source: collected?.rights.source, Consent: collected?.rights.consent })),
  ];
  panel.replaceChildren(...parts.filter(Boolean));
}

function heading(photo, where) {
  const under = make("p", { className: "soft under" }, make("code", {}, photo.image_id), make("span", {}, where));
  return make("header", {}, make("h2", {}, make("bdi", {}, photo.file)), under);
}

function state(photo, details) {
  const said = photo.decision ?? {};
  const lines = [
    photo.kept ? line("kept", "Kept by the recipe") : line("dropped", `Left out: ${photo.reason}${photo.measure === null ? "" : ` (${number(photo.measure)})`}`),
    said.verdict === "accept" && line("good", `✓ Accepted by hand${photo.kept ? "" : ", which counts unless it is damaged, withdrawn or a copy"}`),
    said.verdict === "reject" && line("bad", `✕ Rejected by hand${said.reason ? `: ${said.reason}` : ""}`),
    said.boxes && line("plain", said.boxes.length ? `Boxes by hand: ${said.boxes.length} to blur` : "Boxes by hand: nothing is private"),
    photo.needs_person && line("ask", `? The detector is not sure of ${count(details?.unsure.length)}: delete what is not private, then confirm`),
  ];
  return lines.filter(Boolean);
}

const count = (boxes = 0) => (boxes === 1 ? "1 box" : `${boxes || "some"} boxes`);
const line = (kind, text) => make("p", { className: `state ${kind}` }, text);
const number = (value) => Number(value.toPrecision(3)).toString();
const bytes = (count) => (count < 1e6 ? `${Math.max(1, Math.round(count / 1e3))} kB` : `${(count / 1e6).toFixed(1)} MB`);

function kinds(photo) {
  const byHand = Boolean(photo.decision?.tags);
  const words = photo.kinds.map((kind) => make("span", { className: "chip" }, kind));
  return make("p", { className: "chips" }, ...(words.length ? words : ["no kind named"]), make("small", {}, byHand ? " by hand" : photo.kept ? " as measured" : ""));
}

function measures(rain) {
  if (!rain) return [];
  const rows = Object.entries(rain).map(([name, { value, confidence }]) => {
    const angle = name === "streak_angle";
    const bar = make("span", { className: "bar", ariaHidden: "true" }, make("span"));
    bar.firstChild.style.width = `${Math.min(1, Math.max(0, value)) * 100}%`;
    const cells = [make("th", { scope: "row" }, MEASURES[name] ?? name), make("td", {}, angle ? "" : bar), make("td", {}, angle ? `${Math.round(value)}°` : value.toFixed(2)), make("td", {}, confidence.toFixed(2))];
    const row = make("tr", {}, ...cells);
    row.classList.toggle("doubtful", confidence < 0.3);
    return row;
  });
  const head = make("tr", {}, ...["Measure", "", "Value", "Trust"].map((word) => make("th", { scope: "col" }, word)));
  return [make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows))];
}

function checks(said) {
  if (!said.length) return null;
  const rows = said.map(({ check, reason, measure }) => make(
    "tr",
    { className: reason ? "failed" : "" },
    make("th", { scope: "row" }, check),
    make("td", {}, measure === undefined ? "" : number(measure)),
    make("td", {}, reason ? `✕ ${reason}` : "✓"),
  ));
  return make("table", { className: "checks" }, make("tbody", {}, ...rows));
}

function camera(capture = {}) {
  const exposure = capture.exposure_seconds;
  return facts({
    Camera: [capture.camera_make, capture.camera_model].filter(Boolean).join(" "),
    Lens: capture.lens_model,
    Exposure: exposure && (exposure < 0.5 ? `1/${Math.round(1 / exposure)} s` : `${number(exposure)} s`),
    Aperture: capture.f_number && `f/${number(capture.f_number)}`,
    Sensitivity: capture.iso && `ISO ${capture.iso}`,
    "Focal length": capture.focal_length_mm && `${number(capture.focal_length_mm)} mm`,
    Taken: capture.taken_at && `${capture.taken_at.replace("T", ", ")} h`,
  });
}

function facts(known) {
  const given = Object.entries(known).filter(([, value]) => value);
  if (!given.length) return null;
  return make("dl", {}, ...given.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, make("bdi", {}, value)))));
}

function section(title, ...content) {
  const shown = content.filter(Boolean);
  return shown.length ? make("section", {}, make("h3", {}, title), ...shown) : null;
}
