// Tables: their columns, their order, and lists that come page by page.

import { announce, h } from "./dom.js";
import { exactText } from "./format.js";
import { busyWhile, button, failedState, loadingState, redraw } from "./ui.js";

/**
 * A table. Rows are lists of cells, or `<tr>` elements.
 * @param columns `{ title, right?, class?, hidden?, sort? }`; `sort` is `{ direction, onclick }`, the direction ascending, descending or null
 */
export function table(label, columns, rows) {
  const body = h("tbody", rows.map((row) => (row instanceof Node ? row : tableRow(columns, row))));
  const wrap = h("div.table-wrap", { tabindex: "0", role: "region", "aria-label": label },
    h("table", h("caption.unseen", label), h("thead", h("tr", columns.map(headCell))), body));
  showWhereCut(wrap);
  return wrap;
}

function headCell(column) {
  const title = column.hidden ? h("span.unseen", column.title) : column.title;
  if (!column.sort) return h("th", { scope: "col", class: cellClass(column) }, title);
  const { direction, onclick } = column.sort;
  return h("th", { scope: "col", class: cellClass(column), "aria-sort": direction ?? "none" },
    button(title, { class: "sort", onclick }), h("span.sort-mark", { "aria-hidden": "true" }, { ascending: "▲", descending: "▼" }[direction] ?? ""));
}

const cellClass = (column) => [column.right ? "right" : "", column.class ?? ""].join(" ").trim() || null;

export function tableRow(columns, cells, attributes) {
  return h("tr", attributes, cells.map((cell, i) => h("td", { class: cellClass(columns[i]) }, cell)));
}

/** A table wider than its place fades out where it goes on. */
function showWhereCut(wrap) {
  const mark = () => {
    wrap.classList.toggle("more-left", wrap.scrollLeft > 1);
    wrap.classList.toggle("more-right", wrap.scrollLeft + wrap.clientWidth < wrap.scrollWidth - 1);
  };
  wrap.addEventListener("scroll", mark, { passive: true });
  const observer = new ResizeObserver(mark);
  observer.observe(wrap);
  observer.observe(wrap.firstElementChild);
}

/** By table: the column that a person has chosen, so that a table that is drawn again keeps its order. */
const chosen = new Map();

/**
 * A table whose order can be chosen: all its rows are on the page.
 * @param columns those with `by: (item) => number | string` can be sorted by
 * @param order the column of the order that the items come in, if any: `{ index, direction }`
 */
export function sortable(label, columns, items, toRow, order = null) {
  const place = h("div.sorted");
  const show = () => {
    const { index, direction } = chosen.get(label) ?? order ?? {};
    const sorted = chosen.has(label) ? [...items].sort(compare(columns[index].by, direction)) : items;
    redraw(place, table(label, columns.map((column, i) => (column.by ? { ...column, sort: { direction: i === index ? direction : null, onclick: () => choose(i) } } : column)), sorted.map(toRow)));
  };
  const choose = (index) => {
    const now = chosen.get(label) ?? order;
    // Numbers and times begin with the largest: that is what people look for.
    const first = typeof columns[index].by(items[0] ?? {}) === "string" ? "ascending" : "descending";
    const other = first === "ascending" ? "descending" : "ascending";
    chosen.set(label, { index, direction: now?.index === index && now.direction === first ? other : first });
    show();
    announce(`Sorted by ${columns[index].title}, ${chosen.get(label).direction}`);
  };
  show();
  return place;
}

function compare(by, direction) {
  const sign = direction === "ascending" ? 1 : -1;
  return (a, b) => {
    const [one, other] = [by(a), by(b)];
    return sign * (typeof one === "string" ? (one < other ? -1 : one > other ? 1 : 0) : one - other);
  };
}

/** `101–200 of 10,000`, without a total where none is known. */
export const rangeText = (first, last, total = null) =>
  `${exactText(first)}–${exactText(last)}${total === null ? "" : ` of ${exactText(Math.max(total, last))}`}`;

/**
 * A list that comes page by page. A turn counts once its page is there: until then the old one is shown as busy, and a second click does nothing.
 * @param options.load gives the page at a cursor: an object, with `cursor` when there are more
 * @param options.show draws it, given what turns it: `{ number, foot(text) }`
 * @param options.cursors where the list begins: a cursor for each page before, and its own
 * @param options.pagesBefore how many pages are before these
 * @param options.turned called with the cursors when they have changed
 */
export function pages(place, { load, show, cursors = [""], pagesBefore = 0, turned = () => {}, names = ["Previous", "Next"] }) {
  let now = cursors, before = pagesBefore, abort = null;

  async function go(to, { isFirst = false, skipped = before } = {}) {
    abort?.abort();
    const mine = abort = new AbortController();
    if (isFirst) redraw(place, loadingState());
    try {
      const page = await busyWhile(place, load(to.at(-1), mine.signal));
      if (mine.signal.aborted) return;
      const isTurned = to !== now;
      now = to;
      before = skipped;
      redraw(place, show(page, { number: before + now.length, foot: (text) => foot(text, page.cursor) }));
      if (isTurned) turned(now, before + now.length);
    } catch (error) {
      if (error.name === "AbortError" || mine.signal.aborted) return;
      redraw(place, failedState(error, () => go(to, { isFirst: true, skipped })));
    }
  }

  async function turn(to, skipped) {
    await go(to, { skipped });
    place.scrollIntoView({ block: "start" });
    place.querySelector(".table-wrap")?.focus({ preventScroll: true });
    announce(place.querySelector(".table-foot span")?.textContent ?? "");
  }

  function foot(text, next) {
    const isFirst = before + now.length === 1;
    return h("div.table-foot", h("span", text),
      h("div.actions",
        // A page that was reached by its address knows the way to the first one only.
        before > 0 && now.length <= 2 ? button("First page", { icon: "back", class: "small", onclick: () => turn([""], 0) })
          : button(names[0], { icon: "back", class: "small", disabled: isFirst, onclick: () => turn(now.slice(0, -1)) }),
        button(names[1], { class: "small", disabled: !next, onclick: () => turn([...now, next]) })));
  }

  go(now, { isFirst: true });
  return {
    /** Loads the page that is shown again. */
    reload: () => go(now),
    /** Begins anew with the first page. */
    restart: () => go([""], { skipped: 0 }),
    end: () => abort?.abort(),
  };
}
