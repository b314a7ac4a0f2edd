// In: the stack of open views. Out: the top one as a dialog, and what is done in it.
// Promise: what was typed survives an update of the view; Esc closes one level.

import { blocks } from "./blocks.js";
import { h, icon } from "./dom.js";
import { valueOf } from "./elements.js";
import { text } from "./mrkdwn.js";
import { send, state } from "./store.js";
import { toast } from "./toast.js";

let dialog = null;
let shown = "";

function act(view) {
  return async (block, element, choice) => {
    const answer = await send("click_view", { view_id: view.id, block_id: block.block_id, action_id: element.action_id, choice });
    if (!answer.ok) toast(answer.notice);
  };
}

export const viewActs = act;

function values() {
  const found = {};
  for (const field of dialog.querySelectorAll("[data-action-id]")) {
    if (field.matches(".field, .ticks") && !field.closest(".actions")) found[field.dataset.blockId] = valueOf(field);
  }
  return found;
}

function typedSoFar() {
  const kept = new Map();
  if (!dialog) return kept;
  for (const field of dialog.querySelectorAll("input.field, textarea.field, select.field")) {
    kept.set(`${field.dataset.blockId}/${field.dataset.actionId}`, field.value);
  }
  return kept;
}

function showErrors(errors) {
  for (const place of dialog.querySelectorAll("[data-error-for]")) {
    const words = errors[place.dataset.errorFor] || "";
    place.textContent = words;
    const field = place.parentElement.querySelector(".field");
    if (field) field.setAttribute("aria-invalid", words ? "true" : "false");
  }
  dialog.querySelector("[aria-invalid=true]")?.focus();
}

async function submit(view, button) {
  if (button.dataset.pending) return;
  button.dataset.pending = "yes";
  button.disabled = true;
  const answer = await send("submit", { view_id: view.id, values: values() });
  delete button.dataset.pending;
  button.disabled = false;
  if (!dialog) return;
  showErrors(answer.errors || {});
  dialog.querySelector(".dialog-notice").textContent = answer.notice || "";
}

const close = (view, all = false) => send("close", { view_id: view.id, all });

function head(view, depth) {
  return h("header", {},
    depth > 1 ? h("button", { class: "plain", type: "button", "aria-label": "Back", "data-testid": "modal-back", onclick: () => close(view) }, icon("back")) : null,
    h("h2", { id: "modal-title" }, ...text(view.title)),
    h("button", { class: "plain", type: "button", "aria-label": "Close", "data-testid": "modal-x", onclick: () => close(view, true) }, icon("close")));
}

function foot(view) {
  const words = (object, otherwise) => (object ? text(object) : [otherwise]);
  return h("footer", {},
    h("span", { class: "dialog-notice", role: "alert", "data-testid": "modal-notice" }),
    h("button", { class: "button", type: "button", "data-testid": "modal-close", onclick: () => close(view) }, ...words(view.close, "Close")),
    view.submit ? h("button", { class: "button primary", type: "submit", "data-testid": "modal-submit" }, h("span", { class: "label" }, ...text(view.submit))) : null);
}

export function drawModal() {
  const stack = state.views || [];
  const view = stack[stack.length - 1];
  const key = view ? `${view.id}/${view.hash}/${stack.length}` : "";
  if (key === shown) return;
  const same = view && shown.startsWith(`${view.id}/`);
  const kept = same ? typedSoFar() : new Map();
  const focused = same ? document.activeElement?.id : "";
  shown = key;
  if (!view) {
    dialog?.close();
    dialog?.remove();
    dialog = null;
    return;
  }
  if (!dialog) {
    dialog = h("dialog", { class: "dialog modal", "data-testid": "modal", "aria-labelledby": "modal-title" });
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      const top = state.views[state.views.length - 1];
      if (top) close(top);
    });
    document.body.append(dialog);
  }
  const form = h("form", { novalidate: true, onsubmit: (event) => {
    event.preventDefault();
    submit(view, form.querySelector("[type=submit]"));
  } }, head(view, stack.length), h("div", { class: "dialog-body" }, ...blocks(view.blocks, act(view))), foot(view));
  dialog.replaceChildren(form);
  dialog.dataset.view = view.id;
  for (const field of dialog.querySelectorAll("input.field, textarea.field, select.field")) {
    const before = kept.get(`${field.dataset.blockId}/${field.dataset.actionId}`);
    if (before !== undefined && before !== "") field.value = before;
  }
  if (!dialog.open) dialog.showModal();
  const first = (focused && document.getElementById(focused)) || dialog.querySelector(".field") || dialog.querySelector("footer .button:last-child");
  first?.focus();
}
