// In: the messages of a channel, a thread, or the app's home. Out: the list, kept up to date.
// Promise: a changed message is redrawn alone, and the reader's place in the list does not move.

import { blocks, files } from "./blocks.js";
import { clock, dayName } from "./dates.js";
import { byId, h, icon, put } from "./dom.js";
import { emoji } from "./emoji.js";
import { allValues, stand, standing } from "./elements.js";
import { focusName } from "./focus.js";
import { viewActs } from "./modal.js";
import { mrkdwn } from "./mrkdwn.js";
import { send, state } from "./store.js";

const NEAR_END = 120;
const TRUNCATED = 4000;

export function avatar(user, kind = "") {
  const name = user ? user.real_name : "Slackbot";
  const initials = name.split(/\s+/).map((word) => word[0]).slice(0, 2).join("").toUpperCase();
  const hue = [...(user?.id || "S")].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 8;
  const app = user?.is_bot;
  return h("span", { class: `avatar hue-${hue} ${app ? "app" : ""} ${kind}`, "aria-hidden": "true" },
    app ? h("img", { src: "/page/icon.svg", alt: "" }) : initials);
}

function acts(message, node) {
  return async (block, element, choice) => {
    const answer = await send("click", { channel: message.channel, ts: message.ts, block_id: block.block_id, action_id: element.action_id, choice, values: allValues(node()) });
    if (!answer.ok) notice(message, answer.notice);
  };
}

function notice(message, words) {
  for (const place of document.querySelectorAll(`[data-ts="${message.ts}"] .notice`)) {
    put(place, emoji("warning"), h("span", {}, words));
    place.hidden = false;
  }
}

function body(message, node) {
  if (message.blocks) return blocks(message.blocks, acts(message, node));
  if (!message.text && message.files) return [];
  const words = message.text.length > TRUNCATED ? `${message.text.slice(0, TRUNCATED)}…` : message.text;
  return [h("div", { class: "block section" }, h("div", { class: "words" }, ...mrkdwn(words)))];
}

export function drawMessage(message, { inThread = false, openThread } = {}) {
  const user = state.userMap.get(message.user);
  const name = user ? user.real_name : "Slackbot";
  const at = new Date(Number(message.ts) * 1000);
  const count = message.reply_count;
  const broadcast = message.subtype === "thread_broadcast" && !inThread;
  const article = h("article", { class: `message ${message.only_for ? "ephemeral" : ""}`, "data-ts": message.ts, "data-testid": "message", "aria-label": `${name}, ${clock(at)}` },
    message.only_for ? h("div", { class: "only-you" }, icon("eye"), "Only visible to you") : null,
    broadcast ? h("div", { class: "only-you" }, icon("thread"), h("button", { class: "replies", type: "button", "data-testid": "open-thread", onclick: () => openThread(message) }, "replied to a thread"), h("span", { class: "quote" }, parentOf(message))) : null,
    avatar(user),
    h("div", { class: "content" },
      h("div", { class: "who" }, h("strong", {}, name), !user || user.is_bot ? h("span", { class: "badge" }, "APP") : null,
        user?.is_stranger ? h("span", { class: "badge foreign" }, user.title) : null,
        h("time", { datetime: at.toISOString(), title: at.toLocaleString() }, clock(at)),
        message.edited && !message.blocks ? h("span", { class: "quiet" }, "(edited)") : null),
      ...body(message, () => article),
      ...files(message.files || []),
      message.reactions ? h("div", { class: "row" }, ...message.reactions.map((r) => h("span", { class: "reaction" }, emoji(r.name), String(r.count)))) : null,
      h("div", { class: "notice", role: "alert", "data-testid": "notice", hidden: true }),
      count && !inThread && !broadcast ? h("button", { class: "replies", type: "button", "data-testid": "open-thread", onclick: () => openThread(message) },
        `${count} ${count === 1 ? "reply" : "replies"}`, message.latest_reply ? h("span", { class: "quiet" }, ` last ${moment(message.latest_reply)}`) : null) : null),
    message.only_for ? null : tools(message, inThread || broadcast || count ? null : openThread));
  return article;
}

const moment = (ts) => {
  const at = new Date(Number(ts) * 1000);
  return Date.now() - at < 86_400_000 ? `at ${clock(at)}` : dayName(ts).toLowerCase();
};

function parentOf(message) {
  const parent = state.messageMap.get(message.channel)?.get(message.thread_ts);
  return parent ? parent.text.slice(0, 80) : "";
}

// What Slack shows at the edge of a message under the hand: the thread, and the lines that the app brings.
function tools(message, openThread) {
  const lines = (state.shortcuts || []).map(({ callback_id, name }) => h("button", {
    class: "replies none", type: "button", "data-testid": `shortcut-${callback_id}`,
    onclick: async () => {
      const answer = await send("shortcut", { channel: message.channel, ts: message.ts, callback_id });
      if (!answer.ok) notice(message, answer.notice);
    },
  }, name));
  const reply = openThread ? h("button", { class: "replies none", type: "button", "data-testid": "open-thread", onclick: () => openThread(message) }, "Reply in thread") : null;
  return lines.length || reply ? h("div", { class: "tools" }, reply, ...lines) : null;
}

const inList = (message) => !message.thread_ts || message.thread_ts === message.ts || message.subtype === "thread_broadcast";
const byTime = (a, b) => Number(a.ts) - Number(b.ts);

export function listOf(channel) {
  return [...(state.messageMap.get(channel)?.values() || [])].filter(inList).sort(byTime);
}

export const atEnd = () => {
  const list = byId("messages");
  return list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_END;
};

export function toEnd() {
  const list = byId("messages");
  list.scrollTop = list.scrollHeight;
  byId("newer").hidden = true;
}

export function drawList(channel, openThread, empty) {
  const list = byId("messages");
  const all = listOf(channel);
  const nodes = [];
  let day = "";
  for (const message of all) {
    const name = dayName(message.ts);
    if (name !== day) nodes.push(h("div", { class: "day", role: "separator" }, h("span", {}, name)));
    day = name;
    nodes.push(drawMessage({ ...message, channel }, { openThread }));
  }
  put(list, nodes.length ? nodes : [empty]);
  list.dataset.channel = channel;
  toEnd();
}

// One message came or changed: only its own node is touched.
export function patchList(change, openThread) {
  const list = byId("messages");
  if (list.dataset.channel !== change.channel) return false;
  const message = { ...change.message, channel: change.channel };
  if (!inList(message)) return true;
  const stay = atEnd();
  const before = list.querySelector(`:scope > [data-ts="${message.ts}"]`);
  const node = drawMessage(message, { openThread });
  if (before) {
    const focus = before.contains(document.activeElement) ? focusName() : "";
    before.replaceWith(node);
    if (focus) (list.querySelector(focus) || node.querySelector("button"))?.focus();
    node.classList.add("changed");
  } else if (list.querySelector(":scope > .message")) {
    node.classList.add("new");
    list.append(node);
  } else return false;
  if (stay) toEnd();
  else if (!before) byId("newer").hidden = false;
  return true;
}

export function removeFromList(change) {
  for (const node of document.querySelectorAll(`[data-ts="${change.ts}"]`)) node.remove();
}

export function drawHome() {
  const list = byId("messages");
  const again = list.dataset.channel === "home";
  const [top, focus] = [list.scrollTop, again && list.contains(document.activeElement) ? focusName() : ""];
  const kept = again ? standing(list) : new Map();
  list.dataset.channel = "home";
  const view = state.home;
  put(list, view
    ? h("div", { class: "home", "data-testid": "home" }, ...blocks(view.blocks, viewActs(view, () => list)))
    : h("div", { class: "empty" }, h("h3", {}, `${state.app.name} has not drawn its home yet`), h("p", {}, "It appears as soon as the app publishes it.")));
  stand(list, kept);
  list.scrollTop = again ? top : 0;
  if (focus) list.querySelector(focus)?.focus();
}

export function drawThread(thread, close, composer) {
  const panel = byId("thread");
  const parent = state.messageMap.get(thread.channel)?.get(thread.ts);
  panel.hidden = !parent;
  if (!parent) return;
  const replies = [...state.messageMap.get(thread.channel).values()].filter((m) => m.thread_ts === thread.ts && m.ts !== thread.ts).sort(byTime);
  const draw = (message) => drawMessage({ ...message, channel: thread.channel }, { inThread: true });
  const before = panel.querySelector(".side-list");
  const same = panel.dataset.thread === thread.ts && before;
  const at = same ? before.scrollTop : 0;
  const atBottom = !same || before.scrollHeight - before.scrollTop - before.clientHeight < NEAR_END;
  const focus = panel.contains(document.activeElement) ? focusName() : "";
  panel.dataset.thread = thread.ts;
  put(panel,
    h("div", { class: "side-head" }, h("h2", {}, "Thread"), h("button", { class: "plain", type: "button", "aria-label": "Close the thread", "data-testid": "close-thread", onclick: close }, icon("close"))),
    h("div", { class: "side-list", tabindex: "0" }, draw(parent),
      replies.length ? h("div", { class: "day", role: "separator" }, h("span", {}, `${replies.length} ${replies.length === 1 ? "reply" : "replies"}`)) : null,
      ...replies.map(draw)),
    composer);
  const list = panel.querySelector(".side-list");
  const settle = () => {
    list.scrollTop = replies.length && atBottom ? list.scrollHeight : at;
  };
  settle();
  for (const picture of list.querySelectorAll("img.sent")) picture.addEventListener("load", settle, { once: true });
  if (focus) panel.querySelector(focus)?.focus();
}
