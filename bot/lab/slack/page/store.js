// In: the server's state and its stream of changes. Out: one state object and who wants to know.
// Promise: after a break of the stream the state is read anew, so nothing is missed.

export const state = { me: localStorage.getItem("me") || "", ready: false };
const listeners = [];

export const onChange = (listener) => listeners.push(listener);
const tell = (kind, detail) => listeners.forEach((listener) => listener(kind, detail));

let stream = null;

export async function load() {
  const answer = await fetch(`/ui/state?user=${encodeURIComponent(state.me)}`);
  if (!answer.ok) throw new Error(await answer.text());
  const fresh = await answer.json();
  Object.assign(state, fresh, {
    ready: true,
    userMap: new Map(fresh.users.map((user) => [user.id, user])),
    channelMap: new Map(fresh.channels.map((channel) => [channel.id, channel])),
    messageMap: new Map(
      Object.entries(fresh.messages).map(([id, list]) => [id, new Map(list.map((m) => [m.ts, m]))]),
    ),
    unread: state.unread || {},
  });
  localStorage.setItem("me", state.me);
  tell("all");
}

// Opens the stream first and reads the state then, so that no change falls between the two.
export function listen() {
  if (stream) stream.close();
  stream = new EventSource(`/ui/events?user=${encodeURIComponent(state.me)}`);
  stream.onopen = () => {
    state.online = true;
    load().then(loaded, failed);
  };
  stream.onerror = failed;
  stream.onmessage = (event) => changed(JSON.parse(event.data));
  return new Promise((resolve) => {
    loaded = resolve;
  });
}

let loaded = () => {};

function failed() {
  state.online = false;
  tell("offline");
}

export function become(user) {
  state.me = user;
  state.unread = {};
  return listen();
}

function changed(change) {
  const apply = {
    message: () => {
      const list = state.messageMap?.get(change.channel);
      if (!list) return load();
      change.isNew = !list.has(change.message.ts);
      change.before = list.get(change.message.ts)?.text;
      list.set(change.message.ts, change.message);
      return undefined;
    },
    removed: () => void state.messageMap?.get(change.channel)?.delete(change.ts),
    views: () => void (state.views = change.views),
    home: () => void (state.home = change.home),
    sockets: () => void (state.sockets = change.count),
    console: () => void Object.assign(state, { snapshot: change.snapshot || state.snapshot, consoleError: change.error }),
    channels: () => load(),
    reload: () => load(),
  }[change.kind];
  if (!apply) return;
  apply();
  if (state.ready) tell(change.kind, change);
}

export async function send(action, body) {
  try {
    const answer = await fetch(`/ui/${action}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ user: state.me, ...body }),
    });
    if (!answer.ok) throw new Error(await answer.text());
    return await answer.json();
  } catch (problem) {
    return { ok: false, error: "unreachable", notice: `The lab did not answer: ${problem.message}`, errors: {} };
  }
}
