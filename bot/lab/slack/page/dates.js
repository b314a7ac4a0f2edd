// In: times. Out: words in the reader's own language and time zone.
// Promise: Slack's date formats, and nothing that moves the layout when a minute passes.

import { h } from "./dom.js";

const day = (options) => (date) => date.toLocaleDateString("en-US", options);
const short = day({ month: "short", day: "numeric", year: "numeric" });
const long = day({ weekday: "long", month: "long", day: "numeric", year: "numeric" });
const middle = day({ month: "long", day: "numeric", year: "numeric" });
export const clock = (date) => date.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
export const clockSeconds = (date) => date.toLocaleTimeString("en-GB");

function pretty(date, otherwise) {
  const days = Math.round((midnight(date) - midnight(new Date())) / 86_400_000);
  return { "-1": "yesterday", 0: "today", 1: "tomorrow" }[days] || otherwise(date);
}

const midnight = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate());

const FORMATS = {
  date_num: (d) => `${d.getFullYear()}-${String(d.getMonth() + 1).padStart(2, "0")}-${String(d.getDate()).padStart(2, "0")}`,
  date: middle,
  date_short: short,
  date_long: long,
  date_pretty: (d) => pretty(d, middle),
  date_short_pretty: (d) => pretty(d, short),
  date_long_pretty: (d) => pretty(d, long),
  time: clock,
  time_secs: clockSeconds,
  ago: (d) => ago(d.getTime() / 1000),
};

export function formatted(seconds, format) {
  const date = new Date(seconds * 1000);
  return format.replace(/\{(\w+)\}/g, (whole, name) => (FORMATS[name] ? FORMATS[name](date) : whole));
}

export function slackDate(target, fallback) {
  const [, stamp, format] = target.split("^");
  const seconds = Number(stamp);
  if (!Number.isFinite(seconds) || !format) return document.createTextNode(fallback || target);
  const date = new Date(seconds * 1000);
  return h("time", { datetime: date.toISOString(), title: `${long(date)} ${clock(date)}` }, formatted(seconds, format));
}

export function dayName(ts) {
  const name = pretty(new Date(Number(ts) * 1000), long);
  return name[0].toUpperCase() + name.slice(1);
}

export function ago(seconds) {
  const gone = Math.round(Date.now() / 1000 - seconds);
  const size = Math.abs(gone);
  const words = size < 60 ? `${size} s` : size < 3600 ? `${Math.floor(size / 60)} min` : `${Math.floor(size / 3600)} h`;
  return gone >= 0 ? `${words} ago` : `in ${words}`;
}
