import { entryPath, inSite, request } from "../lib/api.js";
import { dialog } from "../lib/dialogs.js";
import { h } from "../lib/dom.js";
import { bytesText, exactText, plural } from "../lib/format.js";
import { word } from "../lib/shell.js";
import { button, commands, toast } from "../lib/ui.js";
import { crc32, safeNames, zip } from "../lib/zip.js";

/** A ZIP is put together in the browser's memory. */
const SIZE_MAX = 500_000_000, COUNT_MAX = 1000;

/**
 * Saves entries: one as it is, more in a ZIP file.
 * @param tell called with how far it is, in words
 * @param signal ends it
 */
export async function download(store, entries, tell, signal) {
  const size = entries.reduce((sum, entry) => sum + entry.size, 0);
  if (entries.length === 1) return save(inSite(entryPath(store, entries[0].key)), lastPart(entries[0].key));
  if (size > SIZE_MAX || entries.length > COUNT_MAX) return refuse(store, entries.length, size);
  const names = safeNames(entries.map((entry) => entry.key));
  const files = [], problems = [];
  for (const [i, entry] of entries.entries()) {
    tell(`Downloading: ${exactText(i + 1)} of ${exactText(entries.length)}`);
    try {
      files.push({ name: names[i], date: new Date(entry.modifiedAt), ...await read(store, entry, signal) });
    } catch (error) {
      if (signal.aborted) return undefined;
      problems.push(`${entry.key}: ${error.message}`);
    }
  }
  if (files.length) {
    const url = URL.createObjectURL(zip(files));
    save(url, `${store.replaceAll(/[^A-Za-z0-9._-]+/g, "_")}.zip`);
    // The browser has its own hold on it once the download has begun.
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }
  if (problems.length) toast(`${plural(problems.length, "entry is", "entries are")} missing from the ZIP file. ${problems[0]}`, "bad");
  else toast(`Saved ${plural(files.length, "entry", "entries")}, ${bytesText(size)}`);
  return undefined;
}

const lastPart = (key) => key.split("/").filter(Boolean).at(-1) ?? "entry";

/** The content, with its checksum taken as it comes. */
async function read(store, entry, signal) {
  const answer = await request(entryPath(store, entry.key), { signal });
  if (answer.headers.get("etag") !== entry.etag) throw new Error("it has changed since the list was loaded.");
  const pieces = [];
  let crc = 0;
  for (const reader = answer.body.getReader(); ;) {
    const { done, value } = await reader.read();
    if (done) break;
    crc = crc32(value, crc);
    pieces.push(value);
  }
  return { content: new Blob(pieces), crc };
}

function save(href, name) {
  const anchor = h("a", { href, download: name, hidden: true });
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
}

const refuse = (store, count, size) => dialog("Too much for the browser", (close) => [
  h("p", `${plural(count, "entry", "entries")} of ${bytesText(size)} are selected. A ZIP file is put together in the browser's memory: at most ${exactText(COUNT_MAX)} entries and ${bytesText(SIZE_MAX)}.`),
  h("p", "Select fewer, or copy them as plain files on the command line:"),
  commands(`larder export ${word(store)} --to ${word(store)}`),
  h("div.actions", button("Close", { class: "primary", onclick: () => close(null) })),
]);
