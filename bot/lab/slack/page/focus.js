// In: a dialog, a panel. Out: the keyboard stays in it while it is open, and goes back to where it came from.
// Promise: the place is found again after a card was drawn anew.

const REACHABLE = "a[href], button, input, select, textarea, summary, [tabindex='0']";

const reachable = (root) =>
  [...root.querySelectorAll(REACHABLE)].filter((node) => !node.disabled && node.checkVisibility({ visibilityProperty: true }));

// Tab goes round in it; without this it leaves for the browser's own bar.
export function keepInside(root, wanted = () => true) {
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Tab" || !wanted()) return;
    const all = reachable(root);
    const [first, last] = [all[0], all[all.length - 1]];
    const at = document.activeElement;
    const outside = !root.contains(at) || at === root;
    if (!all.length) event.preventDefault();
    else if (event.shiftKey && (at === first || outside)) last.focus();
    else if (!event.shiftKey && (at === last || outside)) first.focus();
    else return;
    event.preventDefault();
  });
}

const NAMES = { actionId: "action-id", testid: "testid", ts: "ts", value: "value" };
const named = (name, value) => `[data-${name}="${CSS.escape(value)}"]`;

// What has the focus, by name: the node itself may be gone when it is wanted back.
// A button is the same one in a block with a new id; a field is not.
export function focusName(node = document.activeElement) {
  const field = node?.closest?.(".field[data-block-id], .ticks[data-block-id]");
  let name = Object.entries(NAMES).filter(([key]) => node?.dataset?.[key]).map(([key, as]) => named(as, node.dataset[key])).join("");
  if (field) {
    name = named("block-id", field.dataset.blockId) + named("action-id", field.dataset.actionId);
    if (field !== node) name += ` input[value="${CSS.escape(node.value)}"]`;
  }
  if (!name) return "";
  const message = node.closest(".message");
  return message && message !== node ? `${named("ts", message.dataset.ts)} ${name}` : name;
}

// Remembers the place now; the answer is a function that goes back to it.
export function comeBackTo() {
  const node = document.activeElement;
  const name = focusName(node);
  return () => {
    if (node?.isConnected && node !== document.body) node.focus();
    else ((name && document.querySelector(name)) || document.querySelector("[data-testid=compose]"))?.focus();
  };
}
