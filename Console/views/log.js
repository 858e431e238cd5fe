import { api, inSite, logPath, may, query, shownPath } from "../lib/api.js";
import { confirm } from "../lib/dialogs.js";
import { h, replace } from "../lib/dom.js";
import { plural, time } from "../lib/format.js";
import { laidOut } from "../lib/json.js";
import { button, clamped, emptyState, failedState, iconButton, loadingState, toast, toastError } from "../lib/ui.js";

/** Events that are asked for at once. */
const PAGE = 100;
/** Events that the page holds while new ones come: of more, the oldest leave it, and scrolling up brings them back. */
const SHOWN_MAX = 2_000;
/** So near to an end of the list, in pixels, counts as there. */
const NEAR = 80;

/**
 * The events of a log: turns of a conversation where they have a role and a content, else JSON. The newest is at the end; older ones come as one
 * scrolls up, new ones as they are written.
 * @param told called with the log without its events, whenever what is known of it has changed
 * @returns `{ node, end }`
 */
export function logPanel(store, key, told) {
  const path = logPath(store, key);
  const list = h("ol.turns");
  const older = h("p.turns-more");
  const box = h("div.turns-box", { tabindex: "0", role: "region", "aria-label": `Events of ${key}` }, older, list);
  const state = h("span.connection", { role: "status" });
  const newer = h("div.turns-newer", { hidden: true });
  const title = h("h2", "Events");
  const node = h("section.card.log", { "aria-label": "Events" }, h("header", title, state), box, newer);
  let log = null, source = null, isOver = false, isFetching = false, unseen = 0;
  /** Where older events go on; null: nothing is left. */
  let previous = null;
  /** Long texts that are shown whole. */
  const open = new Set();

  async function begin() {
    replace(box, loadingState("Loading the events"));
    try {
      const page = await api(`${path}${query({ tail: PAGE })}`);
      if (isOver) return;
      know(page);
      replace(box, older, list);
      replace(list, page.events.map(row));
      previous = page.previous ?? null;
      showOlder();
      toEnd();
      follow();
    } catch (error) {
      if (!isOver) replace(box, failedState(error, begin));
    }
  }

  function know(page) {
    const { events, next, previous: before, ...rest } = page;
    log = rest;
    title.textContent = typeof log.metadata?.title === "string" && log.metadata.title ? log.metadata.title : "Events";
    told(log);
  }

  // What is shown

  function row({ seq, at, receivedAt, event }) {
    const isTurn = typeof event.role === "string" && typeof event.content === "string";
    const forget = may.write() ? iconButton(`Forget event ${seq}`, "trash", () => forgetOne(seq), { class: "icon-only quiet small" }) : null;
    return h("li.turn", { class: isTurn ? roleClass(event.role) : "other", "data-seq": seq },
      h("div.turn-head", h("strong", isTurn ? event.role : `Event ${seq}`), h("span.dim", at ?? receivedAt ? time(at ?? receivedAt) : "now"), forget),
      isTurn ? h("div.turn-text", clamped(event.content, seq, open, 2_000)) : h("pre.turn-json", json(event, seq)));
  }

  const roleClass = (role) => (["user", "assistant", "system", "tool"].includes(role) ? role : "other");

  function json(event, seq) {
    const text = JSON.stringify(event);
    return text.length > 4_000 ? clamped(text, seq, open, 2_000) : (laidOut(text) ?? [[text, null]]).map(([piece, kind]) => (kind ? h(`span.json-${kind}`, piece) : piece));
  }

  function showOlder() {
    replace(older, log.count === 0 ? emptyState("file", "No events", "This log has none, or they were forgotten.")
      : previous !== null ? button("Show older events", { class: "small", onclick: loadOlder })
        : h("span.dim", log.dropped ? `${plural(log.dropped, "older event")} removed by the log’s limits` : "The beginning"));
  }

  const isAtEnd = () => box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
  function toEnd() {
    box.scrollTop = box.scrollHeight;
    unseen = 0;
    newer.hidden = true;
  }

  async function loadOlder() {
    if (isFetching || previous === null || isOver) return;
    isFetching = true;
    try {
      const page = await api(`${path}${query({ before: previous, limit: PAGE })}`);
      if (isOver) return;
      // What is looked at stays where it is.
      const fromEnd = box.scrollHeight - box.scrollTop;
      list.prepend(...page.events.map(row));
      previous = page.previous ?? null;
      showOlder();
      box.scrollTop = box.scrollHeight - fromEnd;
    } catch (error) {
      if (!isOver) toastError(error);
    } finally {
      isFetching = false;
    }
  }

  box.addEventListener("scroll", () => {
    if (box.scrollTop < NEAR) loadOlder();
    if (unseen > 0 && isAtEnd()) toEnd();
  });

  // Live

  function follow() {
    source = new EventSource(inSite(`${path}${query({ after: log.last })}`));
    const connection = (name, text) => {
      state.className = `connection ${name}`;
      replace(state, h("span.dot"), text);
    };
    source.onopen = () => connection("open", "live");
    source.onerror = () => connection("lost", source.readyState === EventSource.CLOSED ? "not followed" : "reconnecting");
    const take = (message) => {
      const seq = Number(message.lastEventId);
      if (!(seq > log.last)) return;
      add({ seq, receivedAt: new Date().toISOString(), event: JSON.parse(message.data) });
    };
    source.onmessage = take;
    // Logs with states name their events.
    source.addEventListener("progress", take);
    // The server has another history than before: all of it is asked for again.
    source.addEventListener("gap", (message) => {
      if (JSON.parse(message.data).first > log.last) return;
      source.close();
      begin();
    });
    source.addEventListener("complete", () => source.close());
  }

  function add(item) {
    const wasAtEnd = isAtEnd();
    list.append(row(item));
    log.count += 1;
    log.last = item.seq;
    while (wasAtEnd && list.children.length > SHOWN_MAX) {
      list.firstElementChild.remove();
      previous = Number(list.firstElementChild.dataset.seq);
    }
    if (log.count === 1 || previous !== null) showOlder();
    told(log);
    if (wasAtEnd) return toEnd();
    unseen += 1;
    newer.hidden = false;
    return replace(newer, button(`${plural(unseen, "new event")}: go to the end`, { class: "small primary", onclick: toEnd }));
  }

  // Forgetting

  async function forgetOne(seq) {
    const isMeant = await confirm(`Forget event ${seq}?`, [
      h("p", h("code", shownPath(store, key))),
      h("p", "Its content is gone for every reader at once, and from the disk with the next collection. Its number is not used again. This can't be undone."),
    ], "Forget");
    if (!isMeant || isOver) return;
    try {
      const { deleted } = await api(`${path}${query({ seq })}`, { method: "DELETE" });
      toast(deleted ? "Forgotten" : "It was gone already");
      const item = list.querySelector(`[data-seq="${seq}"]`);
      const next = item?.nextElementSibling ?? item?.previousElementSibling;
      item?.remove();
      log.count -= deleted;
      showOlder();
      told(log);
      // The focus stays near, where the dialog has let go of it.
      (next?.querySelector("button") ?? box).focus({ preventScroll: true });
    } catch (error) {
      toastError(error);
    }
  }

  begin();
  return {
    node,
    end: () => {
      isOver = true;
      source?.close();
    },
  };
}
