// In: Block Kit blocks and a way to act. Out: nodes.
// Promise: a kind that is not known is named, never dropped in silence.

import { h, icon } from "./dom.js";
import { control, fileAddress, image } from "./elements.js";
import { markdown } from "./markdown.js";
import { text } from "./mrkdwn.js";
import { dataTable, richText, table } from "./richtext.js";

function section(block, act) {
  const words = h("div", { class: "words" }, ...text(block.text));
  if (block.fields) {
    words.append(h("div", { class: "fields" }, ...block.fields.map((field) => h("div", {}, ...text(field)))));
  }
  return [words, block.accessory ? h("div", { class: "accessory" }, control(block.accessory, block, act)) : null];
}

function card(block, act) {
  return h("div", { class: "card" },
    block.hero_image ? image(block.hero_image, "hero") : null,
    h("div", { class: "card-body" },
      block.title ? h("strong", {}, ...text(block.title)) : null,
      block.subtitle ? h("div", { class: "quiet" }, ...text(block.subtitle)) : null,
      block.body ? h("div", {}, ...text(block.body)) : null,
      block.actions ? h("div", { class: "row" }, ...block.actions.map((e) => control(e, block, act))) : null));
}

function container(block, act, draw) {
  const title = h("span", { class: "container-title" },
    ...(block.rich_text_title ? richText(block.rich_text_title) : text(block.title)),
    block.subtitle ? h("small", {}, ...text(block.subtitle)) : null);
  const children = h("div", { class: "container-children" }, ...draw(block.child_blocks, act));
  if (!block.is_collapsible) return [title, children];
  return [h("details", { open: !block.default_collapsed }, h("summary", {}, title), children)];
}

let drawn = 0;

function input(block, act) {
  const field = control(block.element, block, block.dispatch_action ? act : null);
  drawn += 1; // the same card may stand in the channel and in the thread
  const id = `in-${drawn}`;
  const group = field.classList.contains("ticks");
  field.id = id;
  field.setAttribute("aria-describedby", `${id}-error${block.hint ? ` ${id}-hint` : ""}`);
  field.removeAttribute("aria-label");
  if (group) field.setAttribute("aria-labelledby", `${id}-label`);
  if (!block.optional && (!group || field.getAttribute("role") === "radiogroup")) field.setAttribute("aria-required", "true");
  return [
    h(group ? "div" : "label", { class: "label", id: `${id}-label`, for: group ? undefined : id }, ...text(block.label),
      block.optional ? h("span", { class: "quiet" }, " (optional)") : null),
    field,
    h("div", { class: "field-error", id: `${id}-error`, "data-error-for": block.block_id, role: "alert" }),
    block.hint ? h("div", { class: "quiet hint", id: `${id}-hint` }, ...text(block.hint)) : null,
  ];
}

const LEVELS = { default: "ℹ️", info: "ℹ️", warning: "⚠️", error: "⛔", success: "✅" };

function alert(block) {
  const sign = text({ type: "plain_text", text: LEVELS[block.level || "default"] });
  return [h("span", { class: "sign" }, ...sign), h("div", {}, ...text(block.text))];
}

const KINDS = {
  header: (block) => [h("h3", {}, ...text(block.text))],
  section,
  divider: () => [h("hr")],
  context: (block) => block.elements.map((item) => (item.type === "image" ? image(item) : h("span", {}, ...text(item)))),
  actions: (block, act) => block.elements.map((item) => control(item, block, act)),
  context_actions: (block, act) => block.elements.map((item) => control(item, block, act)),
  image: (block) => [block.title ? h("div", { class: "quiet" }, ...text(block.title)) : null, image(block, "picture")],
  input,
  markdown: (block) => markdown(block.text),
  rich_text: richText,
  table,
  data_table: dataTable,
  alert,
  card: (block, act) => [card(block, act)],
  carousel: (block, act) => block.elements.map((item) => card(item, act)),
  container: (block, act) => container(block, act, blocks),
};

export function blocks(list, act) {
  return list.map((block) => {
    const draw = KINDS[block.type];
    const level = block.type === "alert" ? `level-${block.level || "default"}` : "";
    return h("div", { class: `block ${block.type} ${level}`, "data-block": block.block_id, "data-block-type": block.type },
      ...(draw ? draw(block, act) : [h("em", {}, `A block of the kind ${block.type}, which this page does not draw.`)]));
  });
}

const PICTURES = ["image/png", "image/jpeg", "image/gif", "image/webp"];
const sized = (bytes) => (bytes < 1000 ? `${bytes} bytes` : bytes < 1e6 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

export function files(list) {
  return list.map((file) => {
    const where = fileAddress(file.id);
    if (PICTURES.includes(file.mimetype)) {
      return h("figure", { class: "shot" }, h("figcaption", {}, file.title), h("a", { href: where, target: "_blank", rel: "noopener", "aria-label": `Open ${file.title}` }, h("img", { class: "sent", src: where, alt: file.title })));
    }
    return h("a", { class: "file", href: where, download: file.name, "data-testid": "file", "aria-label": `Save ${file.title}, ${sized(file.size)}` },
      icon("file"), h("span", {}, h("strong", {}, file.title), h("small", {}, `${(file.filetype || "").toUpperCase()} · ${sized(file.size)}`)), icon("save"));
  });
}
