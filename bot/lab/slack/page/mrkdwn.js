// In: a text in Slack's mrkdwn, and the names it may mention. Out: nodes.
// Promise: what Slack would not format stays as it was typed; only http, https and mailto become links.

import { withEmoji } from "./emoji.js";
import { h } from "./dom.js";
import { slackDate } from "./dates.js";

let names = { users: new Map(), channels: new Map(), groups: {} };

export function nameThings(known) {
  names = known;
}

const unescape = (text) =>
  text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

function plain(text) {
  return unescape(text)
    .split("\n")
    .flatMap((part, i) => (i ? [h("br"), ...withEmoji(part)] : withEmoji(part)));
}

export function link(url, label) {
  if (!/^(https?:|mailto:)/i.test(url)) return document.createTextNode(label || url);
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, label || url);
}

export function mention(kind, id, fallback) {
  const user = kind === "user" ? names.users.get(id) : null;
  const found = { user: user && user.real_name, usergroup: names.groups[id] }[kind];
  const sign = kind === "channel" ? "#" : "@";
  const channel = kind === "channel" ? names.channels.get(id) : null;
  const text = found || (channel && channel.name) || fallback || id;
  return h("span", { class: "mention", title: id }, sign + text.replace(/^[@#]/, ""));
}

function control(inner) {
  const [target, label] = inner.split(/\|(.*)/s, 2);
  if (target.startsWith("@")) return mention("user", target.slice(1), label);
  if (target.startsWith("#")) return mention("channel", target.slice(1), label);
  if (target.startsWith("!subteam^")) return mention("usergroup", target.slice(9), label);
  if (target.startsWith("!date^")) return slackDate(target, label);
  if (target.startsWith("!")) return h("span", { class: "mention loud" }, `@${target.slice(1)}`);
  return link(unescape(target), label && unescape(label));
}

const STYLES = { "*": "strong", _: "em", "~": "s" };
const WORD = /[\p{L}\p{N}]/u;

// The place of the closing mark, or -1: it must end a word on the same line.
function closing(text, start) {
  const mark = text[start];
  if (start > 0 && WORD.test(text[start - 1])) return -1;
  if (!text[start + 1] || /[\s*_~]/.test(text[start + 1])) return -1;
  for (let i = start + 2; i < text.length && text[i] !== "\n"; i += 1) {
    if (text[i] === "`") {
      const end = text.indexOf("`", i + 1);
      if (end > 0) i = end;
    } else if (text[i] === mark && !/\s/.test(text[i - 1]) && !WORD.test(text[i + 1] || " ")) return i;
  }
  return -1;
}

export function inline(text) {
  const out = [];
  let from = 0;
  let at = 0;
  const take = (end, node) => {
    if (at > from) out.push(...plain(text.slice(from, at)));
    out.push(node);
    at = end;
    from = end;
  };
  while (at < text.length) {
    const sign = text[at];
    if (sign === "`") {
      const end = text.indexOf("`", at + 1);
      if (end > at + 1 && !text.slice(at, end).includes("\n")) {
        take(end + 1, h("code", {}, unescape(text.slice(at + 1, end))));
        continue;
      }
    } else if (sign === "<") {
      const end = text.indexOf(">", at);
      if (end > at + 1) {
        take(end + 1, control(text.slice(at + 1, end)));
        continue;
      }
    } else if (STYLES[sign]) {
      const end = closing(text, at);
      if (end > 0) {
        take(end + 1, h(STYLES[sign], {}, ...inline(text.slice(at + 1, end))));
        continue;
      }
    }
    at += 1;
  }
  if (at > from) out.push(...plain(text.slice(from)));
  return out;
}

function lines(text) {
  const out = [];
  let quote = [];
  let said = [];
  const flush = () => {
    if (said.length) out.push(h("span", { class: "line" }, ...inline(said.join("\n"))));
    if (quote.length) out.push(h("blockquote", {}, ...inline(quote.join("\n"))));
    said = [];
    quote = [];
  };
  for (const line of text.split("\n")) {
    const quoted = /^(?:&gt;|>)\s?(.*)$/.exec(line);
    if ((quoted && said.length) || (!quoted && quote.length)) flush();
    if (quoted) quote.push(quoted[1]);
    else said.push(line);
  }
  flush();
  return out;
}

export function mrkdwn(text) {
  return text.split(/```\n?([\s\S]*?)\n?```\n?/).flatMap((part, i) => {
    if (i % 2) return [h("pre", {}, ...diffLines(unescape(part)))];
    return part ? lines(part.replace(/\n$/, "")) : [];
  });
}

// A line that starts with "- " or "+ " in a code block reads as a change, so it is tinted as one.
function diffLines(text) {
  return text.split("\n").flatMap((line, i) => {
    const kind = { "- ": "gone", "+ ": "come" }[line.slice(0, 2)];
    const node = kind ? h("span", { class: kind }, line) : line;
    return i ? ["\n", node] : [node];
  });
}

export function text(object) {
  if (!object) return [];
  return object.type === "mrkdwn" ? mrkdwn(object.text) : plain(object.text.replaceAll("&", "&amp;"));
}
