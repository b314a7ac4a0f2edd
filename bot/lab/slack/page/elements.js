// In: one interactive element, its block and a way to act. Out: a control.
// Promise: each carries data-action-id; while an answer is pending it says so and takes no second click.

import { confirmFirst } from "./confirm.js";
import { h, icon } from "./dom.js";
import { text } from "./mrkdwn.js";
import { state } from "./store.js";

const marks = (element, block) => ({
  "data-action-id": element.action_id,
  "data-block-id": block.block_id,
  "data-type": element.type,
});

// Runs an action once: asks first where the app wants it, shows it as pending until the ack is there.
async function run(control, element, block, act, choice) {
  if (control.dataset.pending) return;
  if (element.confirm && !(await confirmFirst(element.confirm))) return;
  control.dataset.pending = "yes";
  control.setAttribute("aria-busy", "true");
  try {
    await act(block, element, choice);
  } finally {
    delete control.dataset.pending;
    control.removeAttribute("aria-busy");
  }
}

function button(element, block, act) {
  const control = h(element.url ? "a" : "button", {
    ...marks(element, block),
    class: `button ${element.style || ""}`,
    type: element.url ? undefined : "button",
    href: element.url && /^https?:/i.test(element.url) ? element.url : undefined,
    target: element.url ? "_blank" : undefined,
    rel: element.url ? "noopener noreferrer" : undefined,
    "aria-label": element.accessibility_label,
    onclick: () => run(control, element, block, act),
  }, h("span", { class: "label" }, ...text(element.text)));
  return control;
}

function iconButton(element, block, act) {
  const control = h("button", {
    ...marks(element, block),
    class: "button icon-only",
    type: "button",
    title: element.text.text,
    "aria-label": element.accessibility_label || element.text.text,
    onclick: () => run(control, element, block, act),
  }, element.icon === "trash" ? icon("close") : icon("more"));
  return control;
}

function feedback(element, block, act) {
  const one = (part, name) => {
    const control = h("button", {
      ...marks(element, block),
      class: "button small",
      type: "button",
      "data-feedback": name,
      onclick: () => run(control, element, block, act, part.value),
    }, ...text(part.text));
    return control;
  };
  return h("span", { class: "pair" }, one(element.positive_button, "positive"), one(element.negative_button, "negative"));
}

let openMenu = null;

export function closeMenu(focus) {
  if (!openMenu) return false;
  const { menu, control } = openMenu;
  openMenu = null;
  menu.remove();
  control.setAttribute("aria-expanded", "false");
  if (focus) control.focus();
  return true;
}

document.addEventListener("click", (event) => {
  if (openMenu && !openMenu.menu.contains(event.target) && !openMenu.control.contains(event.target)) closeMenu(false);
});

function overflow(element, block, act) {
  const control = h("button", {
    ...marks(element, block),
    class: "button icon-only",
    type: "button",
    "aria-haspopup": "menu",
    "aria-expanded": "false",
    "aria-label": "More actions",
    onclick: () => (openMenu?.control === control ? closeMenu(true) : show()),
  }, icon("more"));
  const holder = h("span", { class: "menu-holder" }, control);
  const show = () => {
    closeMenu(false);
    const items = element.options.map((option) => h("button", {
      class: "menu-item",
      type: "button",
      role: "menuitem",
      tabindex: "-1",
      "data-value": option.value,
      "data-testid": "overflow-option",
      onclick: () => {
        closeMenu(true);
        if (option.url && /^https?:/i.test(option.url)) window.open(option.url, "_blank", "noopener");
        run(control, element, block, act, option.value);
      },
    }, h("span", {}, ...text(option.text)), option.description ? h("small", {}, ...text(option.description)) : null));
    const menu = h("div", { class: "menu", role: "menu", "aria-label": "More actions", onkeydown: (event) => menuKeys(event, items) }, ...items);
    holder.append(menu);
    const below = window.innerHeight - control.getBoundingClientRect().bottom;
    menu.classList.toggle("above", below < menu.offsetHeight + 16);
    control.setAttribute("aria-expanded", "true");
    openMenu = { menu, control };
    items[0].focus();
  };
  return holder;
}

function menuKeys(event, items) {
  const at = items.indexOf(document.activeElement);
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) items[(at + step + items.length) % items.length].focus();
  else if (event.key === "Home") items[0].focus();
  else if (event.key === "End") items[items.length - 1].focus();
  else if (event.key === "Escape") closeMenu(true);
  else if (event.key === "Tab") {
    closeMenu(true); // and Tab itself goes on from the three dots
    return;
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

const option = (item, chosen) => h("option", { value: item.value, selected: chosen.includes(item.value) }, item.text.text);

function choices(element) {
  const chosen = [element.initial_option, ...(element.initial_options || [])].filter(Boolean).map((o) => o.value);
  if (element.option_groups) {
    return element.option_groups.map((group) => h("optgroup", { label: group.label.text }, ...group.options.map((o) => option(o, chosen))));
  }
  if (element.options) return element.options.map((o) => option(o, chosen));
  const known = element.type.includes("users")
    ? state.users.filter((user) => !user.is_bot).map((user) => [user.id, user.real_name])
    : state.channels.filter((channel) => !channel.is_im).map((channel) => [channel.id, `#${channel.name}`]);
  return known.map(([value, name]) => h("option", { value, selected: initially(element).includes(value) }, name));
}

function initially(element) {
  const options = [element.initial_option, ...(element.initial_options || [])].filter(Boolean).map((o) => o.value);
  return [...options, element.initial_user, element.initial_channel, element.initial_conversation,
    ...(element.initial_users || []), ...(element.initial_channels || []), ...(element.initial_conversations || [])];
}

// Several of many: a list of ticks, which a keyboard and a thumb can use, where the browser's own list is neither.
function picks(element, block, act) {
  const group = h("div", { ...marks(element, block), class: "ticks picks", role: "group", "aria-label": element.placeholder?.text || "Choose any" });
  const tick = (item) => h("label", {},
    h("input", { type: "checkbox", value: item.value, checked: item.selected, onchange: () => act && run(group, element, block, act, valueOf(group)) }),
    h("span", {}, item.label || item.textContent));
  for (const each of choices(element)) {
    if (each.tagName === "OPTGROUP") group.append(h("strong", {}, each.label), ...[...each.children].map(tick));
    else group.append(tick(each));
  }
  return group;
}

function select(element, block, act) {
  const placeholder = element.placeholder?.text || "Choose…";
  const control = h("select", {
    ...marks(element, block),
    class: "field",
    "aria-label": placeholder,
    onchange: () => act && run(control, element, block, act, valueOf(control)),
  }, h("option", { value: "" }, placeholder), ...choices(element));
  return control;
}

function ticks(element, block, act) {
  const kind = element.type === "radio_buttons" ? "radio" : "checkbox";
  const chosen = [element.initial_option, ...(element.initial_options || [])].filter(Boolean).map((o) => o.value);
  const name = `${block.block_id}/${element.action_id}`;
  const group = h("div", { ...marks(element, block), class: "ticks", role: kind === "radio" ? "radiogroup" : "group", "aria-label": kind === "radio" ? "Choose one" : "Choose any" },
    ...element.options.map((item) => h("label", {},
      h("input", { type: kind, name, value: item.value, checked: chosen.includes(item.value), onchange: () => act && run(group, element, block, act, valueOf(group)) }),
      h("span", {}, ...text(item.text), item.description ? h("small", {}, ...text(item.description)) : null))));
  return group;
}

const INPUT_TYPES = {
  datepicker: "date", timepicker: "time", datetimepicker: "datetime-local", email_text_input: "email",
  url_text_input: "url", number_input: "number", file_input: "file", plain_text_input: "text",
};
const PICKERS = { datepicker: "Date", timepicker: "Time", datetimepicker: "Date and time" };

// Slack tells a moment in seconds; a person reads it on the clock of this browser.
function localTime(seconds) {
  if (!seconds) return "";
  const moment = new Date(seconds * 1000);
  return new Date(moment.getTime() - moment.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}

function typed(element, block, act) {
  const initial = element.initial_value ?? element.initial_date ?? element.initial_time ?? localTime(element.initial_date_time);
  const shared = {
    ...marks(element, block),
    class: "field",
    placeholder: element.placeholder?.text,
    maxlength: element.max_length ? String(element.max_length) : undefined,
    autofocus: element.focus_on_load || undefined,
  };
  if (element.multiline || element.type === "rich_text_input") {
    return h("textarea", { ...shared, rows: "4" }, String(initial));
  }
  const picker = element.type.endsWith("picker");
  const control = h("input", {
    ...shared,
    type: INPUT_TYPES[element.type],
    "aria-label": block.type === "input" ? undefined : element.placeholder?.text || PICKERS[element.type],
    min: element.min_value,
    max: element.max_value,
    step: element.type === "number_input" && element.is_decimal_allowed ? "any" : undefined,
    value: String(initial),
    onchange: () => act && picker && run(control, element, block, act, valueOf(control)),
  });
  return control;
}

// What a person has typed or picked in a control; empty means nothing.
export function valueOf(control) {
  if (control.classList.contains("ticks")) {
    const values = [...control.querySelectorAll("input:checked")].map((input) => input.value);
    return control.dataset.type === "radio_buttons" ? values[0] || null : values;
  }
  if (control.dataset.type === "datetimepicker") return control.value ? Math.floor(new Date(control.value).getTime() / 1000) : null;
  return control.value || null;
}

// All that is filled in below `root`, as the lab wants it: block → element → value.
export function allValues(root) {
  const found = {};
  for (const field of root.querySelectorAll(".field[data-action-id], .ticks[data-action-id]")) {
    (found[field.dataset.blockId] ||= {})[field.dataset.actionId] = valueOf(field);
  }
  return found;
}

// What stands in the controls of a view, to be put into the same controls when the view is drawn anew.
export function standing(root) {
  const kept = new Map();
  for (const field of root.querySelectorAll(".field[data-action-id], .ticks[data-action-id]")) {
    const ticked = [...field.querySelectorAll("input:checked")].map((input) => input.value);
    kept.set(`${field.dataset.blockId}/${field.dataset.actionId}`, field.matches(".ticks") ? ticked : field.value);
  }
  return kept;
}

export function stand(root, kept) {
  for (const field of root.querySelectorAll(".field[data-action-id], .ticks[data-action-id]")) {
    const before = kept.get(`${field.dataset.blockId}/${field.dataset.actionId}`);
    if (before === undefined || field.type === "file") continue;
    if (!field.matches(".ticks")) field.value = before;
    else for (const input of field.querySelectorAll("input")) input.checked = before.includes(input.value);
  }
}

export const fileAddress = (id) => `/ui/files/${encodeURIComponent(id)}?user=${encodeURIComponent(state.me)}`;

export function image(element, kind = "thumb") {
  const id = element.slack_file?.id;
  const own = id || element.image_url?.startsWith(`${location.origin}/`);
  if (own) return h("img", { class: kind, src: id ? fileAddress(id) : element.image_url, alt: element.alt_text });
  // the page loads nothing from elsewhere, so a picture from there is named instead of shown
  return h("span", { class: `${kind} no-image`, role: "img", "aria-label": element.alt_text, title: element.image_url || "" },
    kind === "thumb" ? "" : element.alt_text);
}

export function control(element, block, act) {
  const type = element.type;
  if (type === "button" || type === "workflow_button") return button(element, block, act);
  if (type === "overflow") return overflow(element, block, act);
  if (type === "icon_button") return iconButton(element, block, act);
  if (type === "feedback_buttons") return feedback(element, block, act);
  if (type === "image") return image(element);
  if (type.startsWith("multi_")) return picks(element, block, act);
  if (type.endsWith("_select")) return select(element, block, act);
  if (type === "checkboxes" || type === "radio_buttons") return ticks(element, block, act);
  return typed(element, block, act);
}
