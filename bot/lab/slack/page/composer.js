// In: what a person types. Out: a message, a reply, or a slash command with its completion.
// Promise: Enter sends, Shift+Enter breaks the line, nothing typed is lost when sending fails.

import { h, icon, put } from "./dom.js";
import { send, state } from "./store.js";
import { toast } from "./toast.js";

const history = [];

export function composer(form, { channel, label, threadTs }) {
  const list = h("div", { class: "commands", role: "listbox", id: `commands-${threadTs || "main"}`, "aria-label": "Commands", hidden: true, "data-testid": "commands" });
  const field = h("textarea", {
    class: "typed", rows: "1", placeholder: label, "aria-label": label, "data-testid": threadTs ? "reply" : "compose",
    role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id, autocomplete: "off", spellcheck: "false",
  });
  const button = h("button", { class: "button primary send", type: "submit", "aria-label": "Send", "data-testid": "send" }, icon("send"));
  let offered = [];
  let chosen = 0;

  const offer = () => {
    const start = field.value;
    offered = start.startsWith("/") && !start.includes(" ") && !threadTs ? state.commands.filter((c) => c.command.startsWith(start)) : [];
    chosen = Math.min(chosen, Math.max(0, offered.length - 1));
    list.hidden = !offered.length;
    field.setAttribute("aria-expanded", String(offered.length > 0));
    if (offered.length) field.setAttribute("aria-activedescendant", `${list.id}-${chosen}`);
    else field.removeAttribute("aria-activedescendant");
    put(list, ...offered.map((c, i) => h("button", { class: "command", type: "button", role: "option", id: `${list.id}-${i}`, tabindex: "-1", "aria-selected": String(i === chosen), "data-command": c.command, onclick: () => pick(c) },
      h("span", {}, h("strong", {}, c.command), " ", h("code", {}, c.usage_hint)), h("small", {}, c.description))));
  };
  const grow = () => {
    field.rows = Math.min(8, Math.max(1, field.value.split("\n").length));
  };
  const pick = (command) => {
    field.value = `${command.command} `;
    offer();
    field.focus();
  };
  const submit = async () => {
    const text = field.value.trim();
    if (!text || form.dataset.pending) return;
    form.dataset.pending = "yes";
    const answer = await send("say", { channel: channel(), text, thread_ts: threadTs });
    delete form.dataset.pending;
    if (answer.error === "unreachable") {
      toast(answer.notice);
      return;
    }
    history.push(text);
    field.value = "";
    grow();
    offer();
  };
  field.addEventListener("input", () => {
    grow();
    offer();
  });
  field.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (offered.length && step) chosen = (chosen + step + offered.length) % offered.length;
    else if (offered.length && (event.key === "Tab" || (event.key === "Enter" && offered[chosen].command !== field.value))) pick(offered[chosen]);
    else if (offered.length && event.key === "Escape") list.hidden = true;
    else if (event.key === "ArrowUp" && !field.value && history.length) field.value = history[history.length - 1];
    else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) submit();
    else return;
    event.preventDefault();
    if (step) offer();
  });
  form.onsubmit = (event) => {
    event.preventDefault();
    submit();
  };
  put(form, list, h("div", { class: "compose-box" }, field, button));
  return {
    fill: (text) => {
      field.value = text;
      grow();
      offer();
      field.focus();
    },
    focus: () => field.focus(),
  };
}
