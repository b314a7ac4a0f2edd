// In: text with :shortcodes: or emoji characters. Out: text and drawn emoji.
// Promise: those the cards use are drawn here, so they look the same on a machine without emoji fonts.

import { h, svg } from "./dom.js";

const RED = "#e01e5a";
const GREEN = "#2bac76";
const AMBER = "#f2b43c";
const BLUE = "#1d9bd1";
const GREY = "#8b8b8f";
const white = { fill: "none", stroke: "#fff", "stroke-width": "2.2", "stroke-linecap": "round", "stroke-linejoin": "round" };
const line = (color, width = "2") => ({ fill: "none", stroke: color, "stroke-width": width, "stroke-linecap": "round", "stroke-linejoin": "round" });
const disc = (fill) => [["circle", { cx: 10, cy: 10, r: 8, fill }]];
const tile = (fill) => ["rect", { x: 2, y: 2, width: 16, height: 16, rx: 4, fill }];

const DRAWN = {
  "🚨": [
    ["path", { d: "M4.5 15V11a5.5 5.5 0 0 1 11 0v4z", fill: RED }],
    ["path", { d: "M8 11a2 2 0 0 1 2-2", ...line("#ffc2d1", "1.6") }],
    ["rect", { x: 3, y: 15, width: 14, height: 3, rx: 1, fill: GREY }],
    ["path", { d: "M10 1.500v1.500M3 4l1.2 1.200M17 4l-1.2 1.2", ...line(AMBER, "1.6") }],
  ],
  "🟢": disc(GREEN),
  "🟡": disc(AMBER),
  "🟠": disc("#e8833a"),
  "🔴": disc(RED),
  "🔵": disc(BLUE),
  "⚪": [["circle", { cx: 10, cy: 10, r: 7.5, fill: "#fff", stroke: "#bbb" }]],
  "✅": [tile(GREEN), ["path", { d: "M6 10.500l3 3 5.5-6.5", ...white }]],
  "❌": [["path", { d: "M5 5l10 10M15 5 5 15", ...line(RED, "3.4") }]],
  "⚠️": [
    ["path", { d: "M10 2.5 18.5 17.500h-17z", fill: AMBER, stroke: AMBER, "stroke-linejoin": "round" }],
    ["path", { d: "M10 8v4M10 14.800v.1", ...line("#3d2c00") }],
  ],
  "🔒": [
    ["path", { d: "M6.5 9V6.500a3.5 3.5 0 0 1 7 0V9", ...line(GREY, "2") }],
    ["rect", { x: 4, y: 9, width: 12, height: 8.5, rx: 2, fill: AMBER }],
  ],
  "⏳": [
    ["path", { d: "M5 2.500h10M5 17.500h10M6.5 2.500c0 4.5 7 5 7 7.500s-7 3-7 7.500M13.5 2.500c0 4.5-7 5-7 7.500s7 3 7 7.5", ...line("#9a6b3f", "1.7") }],
    ["path", { d: "M8 16.500h4c-.5-1.5-1.2-2.2-2-2.8-.8.6-1.5 1.3-2 2.800z", fill: AMBER }],
  ],
  "📝": [
    ["rect", { x: 3.5, y: 2.5, width: 11, height: 15, rx: 1.5, fill: "#f4f4f4", stroke: GREY }],
    ["path", { d: "M6 6.500h6M6 9.500h6M6 12.500h3", ...line(GREY, "1.3") }],
    ["path", { d: "M10.5 14.5 17 7l1.5 1.5-6.5 7-2 .5z", fill: AMBER }],
  ],
  "💤": [["path", { d: "M3 10h5l-5 6h5M10 4h6l-6 7h6", ...line(BLUE, "2") }]],
  "↩️": [tile(BLUE), ["path", { d: "M8.5 6 5.5 9l3 3M5.5 9h6a2.5 2.5 0 0 1 0 5H9", ...white, "stroke-width": "1.8" }]],
  "🔄": [tile(BLUE), ["path", { d: "M6 9a4.2 4.2 0 0 1 7.5-1.500M14 11a4.2 4.2 0 0 1-7.5 1.500M13.8 5v2.700H11M6.2 15v-2.700H9", ...white, "stroke-width": "1.6" }]],
  "ℹ️": [tile(BLUE), ["path", { d: "M10 9.500v4.500M10 6.200v.1", ...white }]],
  "⛔": [...disc(RED), ["path", { d: "M6 10h8", ...white, "stroke-width": "2.8" }]],
  "🚫": [["circle", { cx: 10, cy: 10, r: 7, ...line(RED, "2.2") }], ["path", { d: "M5.2 5.200l9.6 9.6", ...line(RED, "2.2") }]],
  "🔍": [["circle", { cx: 8.5, cy: 8.5, r: 5, ...line(BLUE, "2") }], ["path", { d: "M12.5 12.5 17 17", ...line(GREY, "2.8") }]],
  "💡": [["path", { d: "M10 2a5.5 5.5 0 0 0-3 10.100V14h6v-1.900A5.5 5.5 0 0 0 10 2z", fill: AMBER }], ["path", { d: "M7.5 16h5M8.5 18h3", ...line(GREY, "1.5") }]],
  "👤": [["circle", { cx: 10, cy: 6.5, r: 3.7, fill: GREY }], ["path", { d: "M3 17.500c0-4 3-6 7-6s7 2 7 6z", fill: GREY }]],
  "👥": [["circle", { cx: 7, cy: 7, r: 3.2, fill: GREY }], ["path", { d: "M1 17c0-3.5 2.6-5.5 6-5.500s6 2 6 5.500z", fill: GREY }], ["circle", { cx: 14, cy: 7.5, r: 2.7, fill: GREY }], ["path", { d: "M14.5 16.500H19c0-3-1.8-4.8-4.7-4.800z", fill: GREY }]],
  "🔑": [["circle", { cx: 6.5, cy: 10, r: 3.5, ...line(AMBER, "2.2") }], ["path", { d: "M10 10h8M15 10v3", ...line(AMBER, "2.2") }]],
  "✉️": [["rect", { x: 2, y: 4.5, width: 16, height: 11, rx: 1.5, fill: "#f4f4f4", stroke: GREY }], ["path", { d: "M2.5 5.5 10 11l7.5-5.5", ...line(GREY, "1.3") }]],
  "⏸️": [tile(BLUE), ["path", { d: "M8 6.500v7M12 6.500v7", ...white }]],
  "📌": [["path", { d: "M12 2l6 6-2 .8-3 3-.5 4L4 7.500l4-.5 3-3z", fill: RED }], ["path", { d: "M7 13l-4.5 4.5", ...line(GREY, "1.6") }]],
  "🛡️": [["path", { d: "M10 2l7 2.500v5c0 4-3 7-7 8.5-4-1.5-7-4.5-7-8.500v-5z", fill: BLUE }], ["path", { d: "M7 10l2.2 2.200L13.3 8", ...white, "stroke-width": "1.8" }]],
  "🕒": [["circle", { cx: 10, cy: 10, r: 7.5, fill: "#f4f4f4", stroke: GREY, "stroke-width": "1.5" }], ["path", { d: "M10 5.500V10h3.5", ...line(GREY, "1.6") }]],
};

const NAMES = {
  rotating_light: "🚨", large_green_circle: "🟢", green_circle: "🟢", large_yellow_circle: "🟡",
  yellow_circle: "🟡", large_orange_circle: "🟠", red_circle: "🔴", large_red_circle: "🔴",
  large_blue_circle: "🔵", blue_circle: "🔵", white_circle: "⚪", white_check_mark: "✅",
  heavy_check_mark: "✅", ballot_box_with_check: "✅", x: "❌", negative_squared_cross_mark: "❌",
  warning: "⚠️", lock: "🔒", hourglass_flowing_sand: "⏳", hourglass: "⏳", memo: "📝", pencil: "📝",
  zzz: "💤", sleeping: "💤", leftwards_arrow_with_hook: "↩️", arrows_counterclockwise: "🔄",
  information_source: "ℹ️", no_entry: "⛔", no_entry_sign: "🚫", mag: "🔍", mag_right: "🔍", bulb: "💡",
  bust_in_silhouette: "👤", busts_in_silhouette: "👥", key: "🔑", email: "✉️", envelope: "✉️",
  double_vertical_bar: "⏸️", pushpin: "📌", shield: "🛡️", clock3: "🕒", stopwatch: "🕒", eyes: "👀",
  tada: "🎉", wave: "👋", "+1": "👍", thumbsup: "👍", "-1": "👎", thumbsdown: "👎", question: "❓",
  exclamation: "❗", bell: "🔔", no_bell: "🔕", link: "🔗", package: "📦", robot_face: "🤖",
  wastebasket: "🗑️", point_right: "👉", arrow_right: "➡️", calendar: "📅", file_folder: "📁",
  smile: "😄", rocket: "🚀", fire: "🔥", gear: "⚙️", hammer_and_wrench: "🛠️", globe_with_meridians: "🌐",
  chart_with_upwards_trend: "📈", recycle: "♻️", hand: "✋", raised_hand: "✋", ok_hand: "👌",
};
// characters that other fonts or people write for one that is drawn
const SAME = { "⌛": "⏳", "😴": "💤", "⚠": "⚠️", "↩": "↩️", "ℹ": "ℹ️", "✉": "✉️", "⏸": "⏸️", "🛡": "🛡️", "✔️": "✅" };

const characters = [...Object.keys(DRAWN), ...Object.keys(SAME)].sort((a, b) => b.length - a.length);
const PATTERN = new RegExp(`:([a-z0-9_+-]{1,40}):|(${characters.join("|")})`, "gu");

export function emoji(name) {
  const character = NAMES[name];
  return character ? draw(character, name) : document.createTextNode(`:${name}:`);
}

function draw(character, name) {
  const shapes = DRAWN[character];
  const label = `:${name}:`;
  if (!shapes) return h("span", { class: "emoji", role: "img", "aria-label": label, title: label }, character);
  return svg(20, shapes, { class: "emoji", role: "img", "aria-label": label });
}

export function withEmoji(text) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(PATTERN)) {
    const [whole, name, found] = match;
    const character = found ? SAME[found] || found : NAMES[name];
    if (!character) continue;
    const known = name || Object.keys(NAMES).find((key) => NAMES[key] === character) || character;
    parts.push(text.slice(end, match.index), draw(character, known));
    end = match.index + whole.length;
  }
  parts.push(text.slice(end));
  return parts.filter((part) => part !== "");
}
