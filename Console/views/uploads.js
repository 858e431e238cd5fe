import { entryPath, request, shownPath, upload } from "../lib/api.js";
import { confirm } from "../lib/dialogs.js";
import { announce, h, replace } from "../lib/dom.js";
import { bytesText, durationText, plural } from "../lib/format.js";
import { link } from "../lib/router.js";
import { button, iconButton } from "../lib/ui.js";

/** Uploads at once; more wait. Browsers allow six connections, and the page needs some itself. */
const WIDTH = 2;

/**
 * Uploads files into a folder of a store, with bars. They go on while the view is looked at, and end with it: `underWay()` says what that would
 * lose, `end()` cancels the rest.
 * @param folder gives the prefix that names begin with
 * @param whenDone called after each file
 */
export function uploader(store, folder, whenDone) {
  const items = h("ul.uploads");
  const panel = h("section.card", { "aria-label": "Uploads", hidden: true }, h("header", h("h2", "Uploads"), h("div.actions",
    button("Clear finished", { class: "small quiet", onclick: () => {
      for (const item of items.querySelectorAll("[data-over]")) item.remove();
      panel.hidden = !items.children.length;
    } }))), items);
  const picker = h("input", { type: "file", multiple: true, hidden: true, "aria-label": "Files to upload", onchange: () => {
    add([...picker.files].map((file) => ({ file, name: file.name })));
    picker.value = "";
  } });
  const waiting = [];
  /** What is sent now. */
  const exchanges = new Set();
  let running = 0, asking = 0, isOver = false;

  function add(files) {
    for (const { file, name } of files) waiting.push(row(file, folder() + name));
    panel.hidden = false;
    pump();
  }

  function pump() {
    while (!isOver && running < WIDTH && waiting.length) {
      running += 1;
      waiting.shift()().finally(() => {
        running -= 1;
        pump();
      });
    }
  }

  /** Shows a file that waits. Returns what uploads it. */
  function row(file, key) {
    const bar = h("progress", { max: Math.max(file.size, 1), value: 0, "aria-label": `Upload of ${key}` });
    const note = h("span.note", "waiting");
    const end = h("span");
    const item = h("li", h("div", h("a", { href: link(["stores", store, "entry", key]) }, key), h("br"), note), bar, end);
    items.prepend(item);
    const finish = (tone, text) => {
      bar.className = tone;
      item.dataset.over = "";
      note.textContent = text;
      replace(end);
      announce(`${key}: ${text}`);
    };
    return async () => {
      note.textContent = "checking";
      const exists = await isThere(key);
      if (exists && !isOver) {
        asking += 1;
        const isMeant = await confirm("Replace this entry?", [h("p", h("code", shownPath(store, key))), h("p", "An entry with this key already exists.")], "Replace");
        asking -= 1;
        if (!isMeant) return finish("cancelled", "skipped, it already exists");
      }
      if (isOver) return undefined;
      const began = performance.now();
      const exchange = upload(store, key, file, { isNew: !exists, progress: (sent) => {
        bar.value = sent;
        const seconds = (performance.now() - began) / 1000;
        note.textContent = sent >= file.size ? "saving to disk" : `${bytesText(sent)} of ${bytesText(file.size)}, ${bytesText(sent / Math.max(seconds, 0.1))}/s`;
      } });
      replace(end, iconButton(`Cancel the upload of ${key}`, "close", exchange.cancel));
      exchanges.add(exchange);
      try {
        await exchange.done;
        bar.value = bar.max;
        finish("completed", `${bytesText(file.size)} in ${durationText(performance.now() - began)}`);
        whenDone();
      } catch (error) {
        finish("failed", error.status === 412 ? "Not uploaded: someone else wrote this key at the same time." : error.message);
      } finally {
        exchanges.delete(exchange);
      }
      return undefined;
    };
  }

  async function isThere(key) {
    try {
      await request(entryPath(store, key), { method: "HEAD" });
      return true;
    } catch {
      return false;
    }
  }

  return {
    panel,
    underWay() {
      // One that waits for an answer goes with its question.
      const left = waiting.length + running - asking;
      return left ? { title: "Cancel the uploads?", text: `${plural(left, "upload")} not finished yet. Leaving this page cancels them.`, action: "Leave and cancel" } : null;
    },
    end() {
      isOver = true;
      for (const exchange of exchanges) exchange.cancel();
    },
    button: h("span", picker, button("Upload", { icon: "upload", class: "primary", onclick: () => picker.click() })),
    /** Lets files, and folders of them, be dropped on an element. */
    acceptDrops(element) {
      let depth = 0;
      const over = (isOver) => element.classList.toggle("over", isOver);
      const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
      element.addEventListener("dragenter", (event) => {
        if (!hasFiles(event)) return;
        depth += 1;
        over(true);
      });
      element.addEventListener("dragleave", () => {
        depth = Math.max(0, depth - 1);
        if (!depth) over(false);
      });
      element.addEventListener("dragover", (event) => {
        if (hasFiles(event)) event.preventDefault();
      });
      element.addEventListener("drop", async (event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        depth = 0;
        over(false);
        add(await dropped(event.dataTransfer));
      });
    },
  };
}

/** The files of a drop; those of folders with their path. */
async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.some((entry) => entry.isDirectory)) return [...transfer.files].map((file) => ({ file, name: file.name }));
  const found = [];
  const walk = async (entry) => {
    if (entry.isFile) {
      const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
      found.push({ file, name: entry.fullPath.replace(/^\//, "") });
      return;
    }
    const reader = entry.createReader();
    for (;;) {
      const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
      if (!some.length) return;
      for (const inner of some) await walk(inner);
    }
  };
  for (const entry of entries) await walk(entry);
  return found;
}
