// In: a sentence. Out: it is shown for a while and read out.
// Promise: a failure stays until it is closed or a quarter of a minute is over.

import { byId, h, icon } from "./dom.js";

export function toast(words, kind = "bad") {
  const close = () => note.remove();
  const note = h("div", { class: `toast ${kind}`, "data-testid": "toast" },
    h("span", {}, words),
    h("button", { class: "plain", type: "button", "aria-label": "Close", onclick: close }, icon("close")));
  byId("toasts").append(note);
  setTimeout(close, kind === "bad" ? 15_000 : 5_000);
}

export function announce(words) {
  byId("announce").textContent = words;
}
