// In: the state. Out: the page: top bar, rail, messages, side panels, and what moves between them.
// Promise: the address bar never keeps the token.

import { drawBehind, noteChanges } from "./behind.js";
import { composer } from "./composer.js";
import { byId, h, icon, put } from "./dom.js";
import { closeMenu } from "./elements.js";
import { avatar, drawHome, drawList, drawThread, patchList, removeFromList, toEnd, atEnd } from "./messages.js";
import { drawModal } from "./modal.js";
import { nameThings } from "./mrkdwn.js";
import { comeBackTo, focusName, keepInside } from "./focus.js";
import { become, listen, onChange, send, state } from "./store.js";
import { announce, toast } from "./toast.js";

history.replaceState(null, "", "/");

const place = { kind: "channel", channel: "", thread: null };
const wide = matchMedia("(min-width: 1180px)");
const narrow = matchMedia("(max-width: 760px)");
const dark = matchMedia("(prefers-color-scheme: dark)");
let behindOpen = localStorage.getItem("behind") !== "closed";
let main = null;

function theme(next) {
  if (next) localStorage.setItem("theme", next);
  const chosen = localStorage.getItem("theme") || (dark.matches ? "dark" : "light");
  document.documentElement.dataset.theme = chosen;
  return chosen;
}

function drawTop() {
  const isDark = theme() === "dark";
  const focus = byId("top").contains(document.activeElement) ? focusName() : "";
  const picker = h("select", { id: "who", "data-testid": "who", "aria-describedby": "rights", onchange: (event) => switchTo(event.target.value) },
    ...state.users.filter((user) => !user.is_bot).map((user) => h("option", { value: user.id, selected: user.id === state.me }, `${user.real_name} · ${user.standing}`)));
  const linked = state.online !== false && state.sockets > 0;
  put(byId("top"),
    h("button", { class: "plain only-narrow", type: "button", "aria-label": "Channels", "aria-expanded": String(document.body.classList.contains("rail-open")), "aria-controls": "rail", "data-testid": "menu", onclick: () => rail(true) }, icon("menu")),
    h("span", { class: "only-wide quiet" }, "Local lab. Nothing here reaches Slack."),
    h("span", { class: "grow" }),
    h("span", { class: `link ${linked ? "up" : "down"}`, "data-testid": "link", title: "Socket Mode connections of the app" },
      state.online === false ? "lab away" : linked ? `app connected (${state.sockets})` : "app not connected"),
    h("label", { class: "who" }, h("span", { class: "only-wide" }, "You are"), avatar(state.userMap.get(state.me), "tiny"), picker),
    h("button", { class: "plain", type: "button", "data-testid": "theme", "aria-label": isDark ? "Light theme" : "Dark theme", title: isDark ? "Light theme" : "Dark theme", onclick: () => {
      theme(isDark ? "light" : "dark");
      drawTop();
    } }, icon(isDark ? "sun" : "moon")),
    state.has_console ? h("button", { class: "plain", type: "button", "data-testid": "toggle-behind", "aria-pressed": String(behindOpen), "aria-label": "Behind the scenes", title: "Behind the scenes", onclick: () => showBehind(!behindOpen) }, icon("panel")) : null);
  if (focus) byId("top").querySelector(focus)?.focus();
}

function entry(key, sign, name, onclick, testid) {
  const here = place.kind === "home" ? key === "home" : key === place.channel;
  const unread = state.unread[key] || 0;
  return h("button", { class: `entry ${here ? "here" : ""} ${unread ? "unread" : ""}`, type: "button", "data-testid": testid, "aria-current": here ? "page" : undefined, onclick },
    sign, h("span", { class: "name" }, name), unread ? h("span", { class: "count", "aria-label": `${unread} new` }, String(unread)) : null);
}

function drawRail() {
  const channels = state.channels.filter((channel) => !channel.is_im);
  const direct = state.channels.find((channel) => channel.is_im);
  const sign = (channel) => icon(channel.is_private ? "lock" : channel.is_ext_shared ? "shared" : "hash");
  const me = state.userMap.get(state.me);
  const focus = byId("rail").contains(document.activeElement) ? focusName() : "";
  put(byId("rail"),
    h("div", { class: "team" }, h("span", { class: "team-mark", "aria-hidden": "true" }, state.team[0]), h("strong", {}, state.team)),
    h("h2", {}, "Channels"),
    ...channels.map((channel) => entry(channel.id, sign(channel), channel.name, () => goTo(channel.id), `channel-${channel.name}`)),
    h("h2", {}, "App"),
    entry("home", icon("home"), "Home", goHome, "home-tab"),
    direct ? entry(direct.id, avatar(state.userMap.get(state.app.bot), "tiny"), state.app.name, () => goTo(direct.id), "bot-dm") : null,
    h("div", { class: "me", "data-testid": "me" }, avatar(me), h("div", {}, h("strong", {}, me.real_name), h("span", { class: "title" }, me.title),
      h("span", { class: "standing" }, me.standing), h("p", { id: "rights" }, me.rights))));
  if (focus) byId("rail").querySelector(focus)?.focus();
}

let leaveRail = () => {};

function rail(show) {
  const was = document.body.classList.contains("rail-open");
  if (show === was) return;
  if (show) leaveRail = comeBackTo();
  document.body.classList.toggle("rail-open", show);
  byId("veil").hidden = !show;
  for (const id of ["top", "main", "thread", "behind"]) byId(id).inert = show;
  if (show) byId("rail").querySelector(".entry.here, .entry")?.focus();
  else leaveRail();
}

function drawHead() {
  const channel = state.channelMap.get(place.channel);
  const title = place.kind === "home" ? `${state.app.name} home` : channel.is_im ? state.app.name : channel.name;
  const sign = place.kind === "home" ? icon("home") : icon(channel.is_im ? "thread" : channel.is_private ? "lock" : channel.is_ext_shared ? "shared" : "hash");
  const about = place.kind === "home" ? "Only you see this" : channel.is_im ? "Between you and the app" : channel.topic;
  put(byId("head"), h("h1", { "data-testid": "title" }, sign, title), h("span", { class: "quiet topic" }, about),
    channel && !channel.is_im && !channel.has_app && place.kind !== "home" && state.commands.length
      ? h("button", { class: "button small", type: "button", "data-testid": "invite", onclick: () => send("say", { channel: channel.id, text: `/invite @${state.app.name}` }) }, `Add ${state.app.name} here`) : null,
    channel?.is_ext_shared && place.kind !== "home" ? h("span", { class: "pill warn" }, "shared with another company") : null);
}

function empty() {
  const channel = state.channelMap.get(place.channel);
  const example = state.commands[0];
  return h("div", { class: "empty" },
    h("h3", {}, channel.is_im ? `This is your conversation with ${state.app.name}` : `Nothing in #${channel.name} yet`),
    h("p", {}, channel.has_app ? "Cards appear here as soon as the app finds something." : `${state.app.name} is not in this channel.`),
    example ? h("button", { class: "button", type: "button", "data-testid": "try-command", onclick: () => main.fill(`${example.command} ${example.usage_hint}`) }, "Try ", h("code", {}, `${example.command} ${example.usage_hint}`)) : null);
}

function drawMain() {
  nameThings({ users: state.userMap, channels: state.channelMap, groups: state.groups });
  const home = place.kind === "home";
  byId("composer").hidden = home;
  drawHead();
  if (home) {
    drawHome();
    return;
  }
  const channel = state.channelMap.get(place.channel);
  state.unread[place.channel] = 0;
  drawList(place.channel, openThread, empty());
  main = composer(byId("composer"), { channel: () => place.channel, label: `Message ${channel.is_im ? state.app.name : `#${channel.name}`}, or / for a command` });
}

function goTo(channel) {
  Object.assign(place, { kind: "channel", channel, thread: null });
  rail(false);
  drawAll();
  main?.focus();
}

function goHome() {
  Object.assign(place, { kind: "home", thread: null });
  rail(false);
  drawAll();
  send("home", {});
}

let leaveThread = () => {};

function openThread(message) {
  if (!place.thread) leaveThread = comeBackTo();
  place.thread = { channel: message.channel || place.channel, ts: message.thread_ts || message.ts };
  drawSide();
  byId("thread").querySelector("textarea")?.focus();
}

function closeThread() {
  place.thread = null;
  drawSide();
  leaveThread();
}

function showBehind(open) {
  behindOpen = open;
  localStorage.setItem("behind", open ? "open" : "closed");
  drawSide();
  drawTop();
}

function drawSide() {
  const thread = byId("thread");
  if (place.thread) {
    const typed = thread.querySelector("textarea")?.value || "";
    const focused = thread.contains(document.activeElement) && document.activeElement.tagName === "TEXTAREA";
    const form = h("form", { class: "composer" });
    const reply = composer(form, { channel: () => place.thread.channel, label: "Reply", threadTs: place.thread.ts });
    drawThread(place.thread, closeThread, form);
    if (typed) reply.fill(typed);
    if (focused) reply.focus();
  } else {
    thread.hidden = true;
    thread.replaceChildren();
  }
  byId("behind").hidden = !state.has_console || !behindOpen || Boolean(place.thread);
  document.body.classList.toggle("with-side", !thread.hidden || !byId("behind").hidden);
  drawBehind();
}

function drawAll() {
  if (!state.channelMap.has(place.channel)) {
    const first = state.channels.find((channel) => channel.has_app && !channel.is_im) || state.channels[0];
    place.channel = first.id;
    place.thread = null;
  }
  document.title = `${state.team} - lab Slack`;
  noteChanges();
  drawTop();
  drawRail();
  drawMain();
  drawSide();
  drawModal();
}

async function switchTo(user) {
  await become(user);
  if (place.kind === "home") send("home", {});
  toast(`You are now ${state.userMap.get(user).real_name}.`, "good");
}

function messageCame(change) {
  const here = place.kind === "channel" && change.channel === place.channel;
  if (here && !patchList({ ...change }, openThread)) drawMain();
  if (place.thread?.channel === change.channel) {
    const { ts, thread_ts: parent } = change.message;
    if (ts === place.thread.ts || parent === place.thread.ts) drawSide();
  }
  if (change.message.user === state.me) return;
  const who = state.userMap.get(change.message.user)?.real_name || "Slackbot";
  if (change.isNew) announce(`${who}${change.message.only_for ? ", only to you" : ""}: ${spoken(change.message)}`);
  else if (change.before !== change.message.text) announce(`Changed: ${change.message.text}`);
  if (change.isNew && !here) {
    state.unread[change.channel] = (state.unread[change.channel] || 0) + 1;
    drawRail();
  }
}

const spoken = (message) => message.text || (message.files || []).map((file) => file.title).join(", ");

function away() {
  put(byId("messages"), h("div", { class: "empty" }, h("h3", {}, "The lab does not answer"),
    h("p", {}, "If it was started again, open the address that was printed then.")));
}

onChange((kind, change) => {
  const draw = {
    all: drawAll,
    message: () => messageCame(change),
    removed: () => {
      removeFromList(change);
      if (place.kind === "channel" && !byId("messages").querySelector(".message")) drawMain();
    },
    views: drawModal,
    home: () => place.kind === "home" && drawHome(),
    sockets: drawTop,
    offline: () => (state.ready ? drawTop() : away()),
    console: () => {
      noteChanges();
      drawBehind();
    },
  }[kind];
  draw?.();
});

byId("newer").addEventListener("click", toEnd);
byId("veil").addEventListener("click", () => rail(false));
byId("messages").addEventListener("scroll", () => {
  if (atEnd()) byId("newer").hidden = true;
});
document.addEventListener("behind-close", () => showBehind(false));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || document.querySelector("dialog[open]")) return;
  if (closeMenu(true)) return;
  if (document.body.classList.contains("rail-open")) rail(false);
  else if (place.thread) closeThread();
  else if (!wide.matches && !byId("behind").hidden) showBehind(false);
});

narrow.addEventListener("change", () => rail(false));
dark.addEventListener("change", () => state.ready && drawTop());
keepInside(byId("rail"), () => narrow.matches);
theme();
if (!wide.matches) behindOpen = false;
listen();
