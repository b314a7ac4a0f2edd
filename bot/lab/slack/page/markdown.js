// In: the text of a markdown block. Out: nodes.
// Promise: headings, emphasis, code, lists, quotes, links, rules and tables; the rest stays text.

import { h } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { link } from "./mrkdwn.js";

const INLINE = /`([^`]+)`|\[([^\]]+)\]\(([^)\s]+)\)|\*\*(.+?)\*\*|__(.+?)__|~~(.+?)~~|\*([^*\s][^*]*)\*|\b_([^_]+)_\b/g;

function inline(text) {
  const out = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    const [whole, code, label, url, strong, strong2, strike, em, em2] = match;
    out.push(...withEmoji(text.slice(end, match.index)));
    if (code) out.push(h("code", {}, code));
    else if (url) out.push(link(url, label));
    else if (strike) out.push(h("s", {}, ...inline(strike)));
    else if (em || em2) out.push(h("em", {}, ...inline(em || em2)));
    else out.push(h("strong", {}, ...inline(strong || strong2)));
    end = match.index + whole.length;
  }
  out.push(...withEmoji(text.slice(end)));
  return out;
}

const cells = (line) => line.replace(/^\||\|$/g, "").split("|").map((cell) => cell.trim());

const KINDS = [
  [/^```/, fence],
  [/^#{1,6}\s/, heading],
  [/^(?:-{3,}|\*{3,})$/, rule],
  [/^>\s?/, quote],
  [/^\s*(?:[-*+]|\d+\.)\s/, list],
  [/^\|.*\|$/, table],
];

function fence(rows, i) {
  let end = i + 1;
  while (end < rows.length && !rows[end].startsWith("```")) end += 1;
  return [h("pre", {}, rows.slice(i + 1, end).join("\n")), end + 1];
}

function heading(rows, i) {
  const [, marks, words] = /^(#+)\s+(.*)$/.exec(rows[i]);
  return [h(`h${Math.min(6, marks.length + 2)}`, {}, ...inline(words)), i + 1];
}

function rule(_rows, i) {
  return [h("hr"), i + 1];
}

function run(rows, i, pattern) {
  let end = i;
  while (end < rows.length && pattern.test(rows[end])) end += 1;
  return end;
}

function quote(rows, i) {
  const end = run(rows, i, /^>/);
  return [h("blockquote", {}, ...markdown(rows.slice(i, end).map((r) => r.replace(/^>\s?/, "")).join("\n"))), end];
}

function list(rows, i) {
  const end = run(rows, i, /^\s*(?:[-*+]|\d+\.)\s/);
  const tag = /^\s*\d/.test(rows[i]) ? "ol" : "ul";
  const items = rows.slice(i, end).map((r) => h("li", {}, ...inline(r.replace(/^\s*(?:[-*+]|\d+\.)\s+/, ""))));
  return [h(tag, {}, ...items), end];
}

function table(rows, i) {
  const end = run(rows, i, /^\|/);
  const [head, ...body] = rows.slice(i, end).filter((r) => !/^\|[\s:|-]+\|$/.test(r)).map(cells);
  const row = (tag) => (values) => h("tr", {}, ...values.map((v) => h(tag, {}, ...inline(v))));
  return [h("div", { class: "table-wrap" }, h("table", {}, h("thead", {}, row("th")(head)), h("tbody", {}, ...body.map(row("td"))))), end];
}

export function markdown(source) {
  const rows = source.split("\n");
  const out = [];
  let i = 0;
  while (i < rows.length) {
    if (!rows[i].trim()) {
      i += 1;
      continue;
    }
    const kind = KINDS.find(([pattern]) => pattern.test(rows[i]));
    if (kind) {
      const [node, next] = kind[1](rows, i);
      out.push(node);
      i = next;
      continue;
    }
    const start = i;
    while (i < rows.length && rows[i].trim() && !KINDS.some(([pattern]) => pattern.test(rows[i]))) i += 1;
    out.push(h("p", {}, ...inline(rows.slice(start, i).join(" "))));
  }
  return out;
}
