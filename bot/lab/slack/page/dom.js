// In: a tag, its attributes and children. Out: an element.
// Promise: text only ever becomes text; nothing here parses HTML.

export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && typeof value !== "string") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(9).filter((child) => child !== null && child !== undefined));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

export function svg(size, shapes, attributes = {}) {
  const root = document.createElementNS(SVG, "svg");
  root.setAttribute("viewBox", `0 0 ${size} ${size}`);
  for (const [name, value] of Object.entries(attributes)) root.setAttribute(name, value);
  for (const [tag, shape] of shapes) {
    const part = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(shape)) part.setAttribute(name, value);
    root.append(part);
  }
  return root;
}

const STROKE = {
  fill: "none",
  stroke: "currentColor",
  "stroke-width": "1.7",
  "stroke-linecap": "round",
  "stroke-linejoin": "round",
};
const ICONS = {
  hash: "M8 3 6 17M14 3l-2 14M4 7.5h13M3 12.5h13",
  lock: "M5 9h10v8H5zM7 9V6.5a3 3 0 0 1 6 0V9",
  close: "M5 5l10 10M15 5 5 15",
  back: "M12 4 6 10l6 6",
  menu: "M3 5h14M3 10h14M3 15h14",
  more: "M4.2 10a.8.8 0 1 0 1.6 0 .8.8 0 1 0-1.6 0M9.2 10a.8.8 0 1 0 1.6 0 .8.8 0 1 0-1.6 0M14.2 10a.8.8 0 1 0 1.6 0 .8.8 0 1 0-1.6 0",
  sun: "M10 6.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7M10 2v1.5M10 16.5V18M2 10h1.5M16.5 10H18M4.3 4.3l1 1M14.7 14.7l1 1M15.7 4.3l-1 1M5.3 14.7l-1 1",
  moon: "M16 12.5A6.5 6.5 0 0 1 7.5 4a6.5 6.5 0 1 0 8.5 8.500z",
  panel: "M3 4h14v12H3zM12 4v12",
  eye: "M2 10s3-5 8-5 8 5 8 5-3 5-8 5-8-5-8-5zM10 8a2 2 0 1 0 0 4 2 2 0 0 0 0-4",
  send: "M3 10 17 4l-4 13-3.5-5.500zM9.5 11.5 17 4",
  home: "M3 10l7-6 7 6M5.5 8.500V16h9V8.5",
  shared: "M7 5H3v12h12v-4M11 3h6v6M17 3 9 11",
  thread: "M4 4h12v9H9l-4 3.500V13H4z",
  file: "M5 3h7l3.500 3.500V17H5zM12 3v4h3.500",
  save: "M10 3v9M6 8.500 10 12.500l4-4M4 16.500h12",
};

export function icon(name) {
  return svg(20, [["path", { d: ICONS[name], ...STROKE }]], {
    class: "icon",
    "aria-hidden": "true",
  });
}

export function put(parent, ...children) {
  parent.replaceChildren(...children.flat(9).filter(Boolean));
  return parent;
}

export const byId = (id) => document.getElementById(id);
