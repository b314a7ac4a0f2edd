// In: snapshots from behind the scenes. Out: AD and Entra side by side, and the levers of the lab.
// Promise: what has just changed is marked for a few seconds, and what was removed is still seen going.

import { ago } from "./dates.js";
import { byId, h, icon, put } from "./dom.js";
import { send, state } from "./store.js";
import { toast } from "./toast.js";

const MARKED_MS = 9000;
const open = new Map();
const marks = new Map(); // "key/side/attribute/value" → { kind, until }
let before = null;
let filter = "";
let busy = "";

async function act(name, args = {}) {
  if (busy) return;
  busy = args.id || name;
  drawBehind();
  const answer = await send("console", { name, arguments: args });
  busy = "";
  toast(answer.message || answer.notice || (answer.ok ? "Done." : "That did not work."), answer.ok ? "good" : "bad");
  drawBehind();
}

const sides = (object) => [["ad", object.ad], ["entra", object.entra]];

function values(object) {
  const found = new Set();
  for (const [side, it] of sides(object)) {
    for (const [name, list] of Object.entries(it?.attrs || {})) {
      for (const value of list) found.add(JSON.stringify([object.key, side, name, value]));
    }
    for (const error of it?.errors || []) found.add(JSON.stringify([object.key, side, "!", error]));
  }
  return found;
}

// Compares with the snapshot before: new values and removed ones get a mark that fades.
export function noteChanges() {
  const objects = state.snapshot?.objects || [];
  const now = new Map(objects.map((object) => [object.key, values(object)]));
  if (before) {
    const until = Date.now() + MARKED_MS;
    for (const [key, had] of before) {
      const has = now.get(key);
      if (!has) continue;
      for (const value of has) if (!had.has(value)) marks.set(value, { kind: "come", until });
      for (const value of had) if (!has.has(value)) marks.set(value, { kind: "gone", until });
      if ([...has].some((v) => marks.has(v)) || [...had].some((v) => marks.has(v))) open.set(key, open.get(key) ?? true);
    }
    setTimeout(drawBehind, MARKED_MS + 100);
  }
  before = now;
}

function dropOldMarks() {
  for (const [value, mark] of marks) if (mark.until < Date.now()) marks.delete(value);
}

const bare = (value) => value.toLowerCase().replace(/^(smtp|sip|x500|upn):/, "");

function valueNode(object, side, name, value) {
  const mark = marks.get(JSON.stringify([object.key, side, name, value]));
  const contested = (object.contested || []).some((c) => bare(c) === bare(value));
  return h("span", { class: `value ${contested ? "contested" : ""} ${mark ? mark.kind : ""}`, title: contested ? "two objects claim this value" : undefined }, value);
}

function cell(object, side, name) {
  const it = object[side];
  const list = it?.attrs?.[name] || [];
  const gone = [...marks.entries()]
    .filter(([, mark]) => mark.kind === "gone")
    .map(([value]) => JSON.parse(value))
    .filter(([key, where, what]) => key === object.key && where === side && what === name)
    .map(([, , , value]) => value)
    .filter((value) => !list.includes(value));
  const nodes = [...list, ...gone].map((value) => valueNode(object, side, name, value));
  return h("div", { class: "cell" }, nodes.length ? nodes : h("span", { class: "none" }, it ? "–" : ""));
}

function verdict(object, errors) {
  if (errors.length) return h("span", { class: "pill bad" }, `${errors.length} ${errors.length === 1 ? "error" : "errors"}`);
  if (!object.entra) return h("span", { class: "pill warn" }, "not in Entra");
  if (!object.ad) return h("span", { class: "pill warn" }, "cloud only");
  return h("span", { class: "pill good" }, "clean");
}

function objectNode(object) {
  const names = [...new Set(sides(object).flatMap(([, it]) => Object.keys(it?.attrs || {})))];
  const errors = object.entra?.errors || [];
  const place = (side, it, words, missing) => h("div", { class: `place ${side}` }, h("strong", {}, words),
    h("span", { class: "dn", title: it ? it.dn || it.id : "" }, it ? it.dn || it.id : missing));
  return h("details", { class: "object", open: open.get(object.key) ?? false, "data-testid": "object", "data-key": object.key, ontoggle: (event) => open.set(object.key, event.target.open) },
    h("summary", {}, h("span", { class: "title" }, object.title), h("span", { class: "kind" }, object.kind),
      verdict(object, errors)),
    h("div", { class: "pairs" },
      place("ad", object.ad, "Active Directory", "not there"),
      place("entra", object.entra, "Entra ID", "not there"),
      ...names.flatMap((name) => [h("div", { class: "attribute" }, name), cell(object, "ad", name), cell(object, "entra", name)]),
      ...errors.map((error) => h("div", { class: "sync-error" }, error))));
}

function lever(name, label, args, kind = "") {
  const id = args?.id || name;
  return h("button", { class: `button small ${kind}`, type: "button", "data-testid": `console-${id}`, "data-action-id": `console-${id}`, disabled: busy !== "", "aria-busy": busy === id ? "true" : undefined, onclick: () => act(name, args) }, h("span", { class: "label" }, label));
}

const when = (seconds, otherwise) => h("span", { class: "when", "data-when": seconds ?? "" }, seconds ? ago(seconds) : otherwise);

function syncNode(sync) {
  return h("section", { class: "sync", "aria-label": "Synchronization" },
    h("div", { class: "row" },
      h("span", { class: `pill ${sync.running ? "good" : "bad"}`, "data-testid": "sync-state" }, sync.running ? "Sync running" : "Sync stopped"),
      h("span", { class: "quiet", "data-testid": "errors-open" }, `${sync.errors_open} ${sync.errors_open === 1 ? "object" : "objects"} with errors in Entra`)),
    h("dl", {},
      h("dt", {}, "Cycle"), h("dd", {}, when(sync.last_cycle, "not yet"), " · next ", when(sync.running ? sync.next_cycle : null, "not planned")),
      h("dt", {}, "Sweep"), h("dd", {}, when(sync.last_sweep, "not yet"), " · next ", when(sync.running ? sync.next_sweep : null, "not planned"))),
    h("div", { class: "row" }, lever("cycle", "Run a cycle"), lever("sweep", "Run the sweep"),
      sync.running ? lever("stop", "Stop the sync", {}, "danger-quiet") : lever("start", "Start the sync", {}, "primary")));
}

function plantsNode(plants) {
  return h("details", { class: "plants", open: open.get("plants") ?? false, ontoggle: (event) => open.set("plants", event.target.open) },
    h("summary", { "data-testid": "plants" }, "Plant another problem"),
    h("div", { class: "stack" }, ...plants.map((plant) => (plant.planted
      ? h("div", { class: "planted" }, plant.title, h("span", { class: "pill" }, "planted"))
      : lever("plant", plant.title, { id: plant.id })))));
}

export function drawBehind() {
  const panel = byId("behind");
  if (panel.hidden) return;
  dropOldMarks();
  const snapshot = state.snapshot;
  const list = panel.querySelector(".side-list");
  const top = list ? list.scrollTop : 0;
  const typing = document.activeElement?.dataset?.testid === "filter";
  if (document.activeElement?.closest?.("#behind") && !typing) setTimeout(() => restoreFocus(focus), 0);
  const focus = document.activeElement?.dataset?.testid || "";
  const wanted = (object) => !filter || JSON.stringify(object).toLowerCase().includes(filter);
  const shown = (snapshot?.objects || []).filter(wanted);
  const find = h("input", { class: "field", type: "search", placeholder: "Find a name or an address", "aria-label": "Find", "data-testid": "filter", oninput: (event) => {
    filter = event.target.value.trim().toLowerCase();
    drawBehind();
  } });
  find.value = filter;
  put(panel,
    h("div", { class: "side-head" }, h("h2", {}, "Behind the scenes"), h("button", { class: "plain", type: "button", "aria-label": "Close the panel", "data-testid": "close-behind", onclick: () => document.dispatchEvent(new Event("behind-close")) }, icon("close"))),
    h("div", { class: "side-list", tabindex: "0" },
      state.consoleError ? h("div", { class: "sync-error", "data-testid": "console-error" }, state.consoleError) : null,
      snapshot ? [syncNode(snapshot.sync), snapshot.plants?.length ? plantsNode(snapshot.plants) : null,
        h("div", { class: "find" }, find),
        shown.length ? shown.map(objectNode) : h("p", { class: "empty small" }, filter ? "Nothing matches." : "No open problems. Plant one above.")]
        : h("p", { class: "empty small" }, "Reading AD and Entra …")));
  panel.querySelector(".side-list").scrollTop = top;
  if (typing) panel.querySelector("[data-testid=filter]")?.focus();
}

function restoreFocus(testid) {
  if (testid) byId("behind").querySelector(`[data-testid="${CSS.escape(testid)}"]`)?.focus();
}

setInterval(() => {
  for (const node of document.querySelectorAll(".when[data-when]")) {
    if (node.dataset.when) node.textContent = ago(Number(node.dataset.when));
  }
}, 1000);
