// In: the stack of open views. Out: the top one as a dialog, and what is done in it.
// Promise: what was typed survives an update of the view; Esc closes one level.

import { blocks } from "./blocks.js";
import { h, icon } from "./dom.js";
import { allValues, stand, standing } from "./elements.js";
import { comeBackTo, focusName, keepInside } from "./focus.js";
import { text } from "./mrkdwn.js";
import { send, state } from "./store.js";
import { toast } from "./toast.js";

let dialog = null;
let shown = "";
let comeBack = () => {};

// `root`: where the view stands; what is filled in there goes along with a click.
function act(view, root) {
  return async (block, element, choice) => {
    const answer = await send("click_view", { view_id: view.id, block_id: block.block_id, action_id: element.action_id, choice, values: allValues(root()) });
    if (!answer.ok) toast(answer.notice);
  };
}

export const viewActs = act;

function showErrors(errors) {
  for (const place of dialog.querySelectorAll("[data-error-for]")) {
    const words = errors[place.dataset.errorFor] || "";
    place.textContent = words;
    const field = place.parentElement.querySelector(".field, .ticks");
    if (field) field.setAttribute("aria-invalid", words ? "true" : "false");
  }
  const first = dialog.querySelector("[aria-invalid=true]");
  (first?.matches(".ticks") ? first.querySelector("input") : first)?.focus();
}

async function submit(view, button) {
  if (button.dataset.pending) return;
  button.dataset.pending = "yes";
  button.disabled = true;
  const answer = await send("submit", { view_id: view.id, values: allValues(dialog) });
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
  const kept = same ? standing(dialog) : new Map();
  const focused = same && dialog.contains(document.activeElement) ? focusName() : "";
  const typing = same ? document.activeElement?.selectionStart : undefined;
  shown = key;
  if (!view) {
    if (!dialog) return;
    dialog.close();
    dialog.remove();
    dialog = null;
    comeBack();
    return;
  }
  if (!dialog) {
    dialog = h("dialog", { class: "dialog modal", "data-testid": "modal", "aria-labelledby": "modal-title" });
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      const top = state.views[state.views.length - 1];
      if (top) close(top);
    });
    keepInside(dialog);
    comeBack = comeBackTo();
    document.body.append(dialog);
  }
  const form = h("form", { novalidate: true, onsubmit: (event) => {
    event.preventDefault();
    submit(view, form.querySelector("[type=submit]"));
  } }, head(view, stack.length), h("div", { class: "dialog-body", tabindex: "0", role: "group", "aria-labelledby": "modal-title" }, ...blocks(view.blocks, act(view, () => dialog))), foot(view));
  dialog.replaceChildren(form);
  dialog.dataset.view = view.id;
  stand(dialog, kept);
  if (!dialog.open) dialog.showModal();
  const again = focused && dialog.querySelector(focused);
  const first = again || dialog.querySelector(".field, .ticks input") || dialog.querySelector(".dialog-body");
  first?.focus();
  if (again && typeof typing === "number") again.setSelectionRange?.(typing, typing);
}
