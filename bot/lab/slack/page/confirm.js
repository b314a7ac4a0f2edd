// In: a confirm object. Out: whether the person agreed.
// Promise: Esc and a click outside mean no.

import { h } from "./dom.js";
import { comeBackTo, keepInside } from "./focus.js";
import { text } from "./mrkdwn.js";

export function confirmFirst(words) {
  const comeBack = comeBackTo();
  return new Promise((answer) => {
    const done = (value) => {
      dialog.close();
      dialog.remove();
      comeBack();
      answer(value);
    };
    const dialog = h("dialog", {
      class: "dialog confirm",
      "data-testid": "confirm-dialog",
      role: "alertdialog",
      "aria-labelledby": "confirm-title",
      "aria-describedby": "confirm-text",
      oncancel: (event) => {
        event.preventDefault();
        done(false);
      },
      onclick: (event) => event.target === dialog && done(false),
    },
      h("div", { class: "dialog-body" }, h("h2", { id: "confirm-title" }, ...text(words.title)), h("p", { id: "confirm-text" }, ...text(words.text))),
      h("footer", {},
        h("button", { class: "button", type: "button", "data-testid": "confirm-deny", onclick: () => done(false) }, ...text(words.deny)),
        h("button", { class: `button ${words.style || "primary"}`, type: "button", "data-testid": "confirm-ok", onclick: () => done(true) }, ...text(words.confirm))));
    document.body.append(dialog);
    keepInside(dialog);
    dialog.showModal();
    dialog.querySelector("[data-testid=confirm-ok]").focus();
  });
}
