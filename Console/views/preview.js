import { entryPath, inSite, request } from "../lib/api.js";
import { h, replace } from "../lib/dom.js";
import { bytesText } from "../lib/format.js";
import { laidOut } from "../lib/json.js";
import { emptyState, failedState, loadingState } from "../lib/ui.js";

/** Text is read up to this much; more is for a download. */
const TEXT_MAX = 256 << 10;
const HEX_BYTES = 512;
const TEXT_NAME = /\.(txt|md|json|jsonl|ndjson|ya?ml|toml|csv|tsv|log|srt|vtt|xml|html?|css|m?js|ts|py|sh|swift|sql|svg)$/i;

/** What is in an entry, shown and never run: media by their elements, everything else as text or bytes. */
export function preview(store, entry) {
  const path = entryPath(store, entry.key);
  const place = h("div.preview", { tabindex: "0", role: "region", "aria-label": `Content of ${entry.key}` });
  const type = entry.contentType.split(";")[0].trim().toLowerCase();
  // The ETag keeps a browser from showing what it has of an older version.
  const source = inSite(`${path}?v=${encodeURIComponent(entry.etag.replaceAll('"', ""))}`);
  const broken = () => replace(place, emptyState("warning", "No preview", `The browser can't show this ${type}. Download it instead.`));
  if (entry.size === 0) return replace(place, emptyState("file", "Empty entry", "This entry has 0 bytes."));
  if (type.startsWith("image/")) return replace(place, h("img", { src: source, alt: `Image ${entry.key}`, onerror: broken }));
  if (type.startsWith("video/")) return replace(place, h("video", { src: source, controls: true, preload: "metadata", playsinline: true, onerror: broken }));
  if (type.startsWith("audio/")) return replace(place, h("audio", { src: source, controls: true, preload: "metadata", onerror: broken }));
  const isText = /^text\/|json|xml|yaml|javascript|x-sh/.test(type) || TEXT_NAME.test(entry.key);
  const attempt = () => {
    replace(place, loadingState("Loading the content"));
    read(path, entry, isText ? TEXT_MAX : HEX_BYTES)
      .then((content) => replace(place, isText ? text(content, entry, type) : hex(content, entry)))
      .catch((error) => replace(place, failedState(error, attempt)));
  };
  attempt();
  return place;
}

async function read(path, entry, limit) {
  const headers = entry.size > limit ? { Range: `bytes=0-${limit - 1}` } : {};
  return new Uint8Array(await (await request(path, { headers })).arrayBuffer());
}

function text(content, entry, type) {
  const isWhole = content.length >= entry.size;
  const shown = new TextDecoder().decode(content);
  const looksLikeJSON = /json/.test(type) || /\.json$/i.test(entry.key);
  const pieces = looksLikeJSON && isWhole ? laidOut(shown) : null;
  const element = h("pre", pieces ? colored(pieces) : shown);
  return isWhole ? element : [h("p.notice", `Showing the first ${bytesText(content.length)} of ${bytesText(entry.size)}. Download the entry for the rest.`), element];
}

/** JSON with its parts in colours: keys and texts are never markup. */
function colored(pieces) {
  return pieces.map(([piece, kind]) => (kind ? h(`span.json-${kind}`, piece) : piece));
}

function hex(content, entry) {
  const lines = [];
  for (let at = 0; at < content.length; at += 16) {
    const row = [...content.slice(at, at + 16)];
    const digits = row.map((byte) => byte.toString(16).padStart(2, "0")).join(" ").padEnd(47);
    lines.push(`${at.toString(16).padStart(6, "0")}  ${digits}  ${row.map((byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : ".")).join("")}`);
  }
  const rest = entry.size > content.length ? h("p.notice", `Showing the first ${content.length} bytes of ${bytesText(entry.size)}.`) : null;
  return [rest, h("pre.hex", lines.join("\n"))].filter(Boolean);
}
