// In: rich_text, table and data_table blocks. Out: nodes.
// Promise: text in them is never read as markup.

import { formatted } from "./dates.js";
import { h } from "./dom.js";
import { emoji, withEmoji } from "./emoji.js";
import { link, mention } from "./mrkdwn.js";

const STYLE_TAGS = [["code", "code"], ["bold", "strong"], ["italic", "em"], ["strike", "s"], ["underline", "u"]];

function words(value) {
  return value.split("\n").flatMap((part, i) => (i ? [h("br"), ...withEmoji(part)] : withEmoji(part)));
}

function part(element) {
  const style = element.style || {};
  const draw = {
    text: () => (style.code ? [element.text] : words(element.text)),
    link: () => [link(element.url, element.text)],
    emoji: () => [emoji(element.name)],
    user: () => [mention("user", element.user_id)],
    usergroup: () => [mention("usergroup", element.usergroup_id)],
    channel: () => [mention("channel", element.channel_id)],
    broadcast: () => [h("span", { class: "mention loud" }, `@${element.range}`)],
    date: () => [h("time", {}, formatted(element.timestamp, element.format))],
    color: () => [h("code", {}, element.value)],
    team: () => [element.team_id],
  }[element.type];
  let nodes = draw ? draw() : [];
  for (const [name, tag] of STYLE_TAGS) if (style[name]) nodes = [h(tag, {}, ...nodes)];
  return nodes;
}

const parts = (elements) => elements.flatMap(part);

function element(item) {
  if (item.type === "rich_text_list") {
    const tag = item.style === "ordered" ? "ol" : "ul";
    const start = item.offset ? { start: String(item.offset + 1) } : {};
    return h(tag, { class: `rich indent-${Math.min(item.indent || 0, 5)}`, ...start },
      ...item.elements.map((section) => h("li", {}, ...parts(section.elements))));
  }
  if (item.type === "rich_text_quote") return h("blockquote", {}, ...parts(item.elements));
  if (item.type === "rich_text_preformatted") {
    return h("pre", {}, ...item.elements.map((e) => e.text || e.url || ""));
  }
  return h("div", { class: "rich" }, ...parts(item.elements));
}

export const richText = (block) => block.elements.map(element);

function cell(value) {
  if (value.type === "rich_text") return richText(value);
  if (value.type === "raw_number") return [value.text || value.value.toLocaleString("en-GB")];
  return words(value.text);
}

function row(cells, tag, settings) {
  return h("tr", {}, ...cells.map((value, i) => {
    const setting = settings[i] || {};
    const align = setting.align || (value.type === "raw_number" ? "right" : "left");
    const kind = `${align}${setting.is_wrapped ? " wraps" : ""}`;
    return h(tag, { class: kind, scope: tag === "th" ? "col" : undefined }, ...cell(value));
  }));
}

function grid(head, body, settings, caption) {
  return h("div", { class: "table-wrap", tabindex: "0", role: "group", "aria-label": caption || "Table" },
    h("table", {}, caption ? h("caption", {}, caption) : null,
      h("thead", {}, row(head, "th", settings)),
      h("tbody", {}, ...body.map((cells) => row(cells, "td", settings)))));
}

export function table(block) {
  const [head, ...body] = block.rows;
  return [grid(head, body, block.column_settings || [])];
}

export function dataTable(block) {
  const [head, ...body] = block.rows;
  const size = block.page_size || 5;
  const caption = block.caption.text || block.caption;
  const pages = Math.max(1, Math.ceil(body.length / size));
  const holder = h("div", { class: "data-table" });
  const show = (page) => {
    const turn = (to, label) => h("button", { type: "button", class: "button small", disabled: to < 0 || to >= pages, onclick: () => show(to) }, label);
    holder.replaceChildren(
      grid(head, body.slice(page * size, (page + 1) * size), block.column_settings || [], caption),
      pages > 1 ? h("div", { class: "pager" }, turn(page - 1, "Previous"), `Page ${page + 1} of ${pages}`, turn(page + 1, "Next")) : "",
    );
  };
  show(0);
  return [holder];
}
