import { api, entryPath, request, shownPath } from "../lib/api.js";
import { dialog } from "../lib/dialogs.js";
import { h, replace } from "../lib/dom.js";
import { timeText } from "../lib/format.js";
import { indented } from "../lib/json.js";
import { button, notice, toast } from "../lib/ui.js";

const TYPES = ["image/jpeg", "image/png", "image/webp", "image/svg+xml", "video/mp4", "audio/mpeg", "audio/wav", "text/plain", "text/markdown", "text/csv", "application/json", "application/pdf", "application/zip", "application/octet-stream"];
const ENDS = [["1h", "1 hour from now"], ["24h", "1 day from now"], ["7d", "7 days from now"], ["30d", "30 days from now"], ["90d", "90 days from now"], ["365d", "1 year from now"], ["never", "Never"]];

/** Asks for another type, metadata or expiry of an entry. Resolves to whether something was saved. */
export async function editProperties(store, entry) {
  // As it was written: numbers may be larger than a script can hold.
  const head = await request(entryPath(store, entry.key), { method: "HEAD" });
  const was = indented(head.headers.get("larder-metadata") ?? "{}");
  return dialog("Properties", (close) => {
    const told = h("div", { "aria-live": "polite" });
    const type = h("input", { id: "type", value: entry.contentType, list: "types", required: true, maxlength: 255, pattern: "[!-~]([ -~]*[!-~])?", spellcheck: "false", title: "A media type, such as image/png" });
    const metadata = h("textarea", { id: "metadata", rows: 6, spellcheck: "false", value: was });
    const shown = metadata.value;
    const end = h("select", { id: "end" }, h("option", { value: "" }, entry.expiresAt ? `No change (${timeText(entry.expiresAt)})` : "No change (never)"),
      ENDS.filter(([value]) => value !== "never" || entry.expiresAt).map(([value, text]) => h("option", { value }, text)));
    const save = async () => {
      if (!type.reportValidity()) return undefined;
      const fields = [];
      if (type.value !== entry.contentType) fields.push(`"contentType":${JSON.stringify(type.value)}`);
      if (metadata.value !== shown) {
        const problem = problemOf(metadata.value);
        if (problem) return replace(told, notice("bad", problem));
        fields.push(`"metadata":${metadata.value.trim() || "{}"}`);
      }
      if (end.value) fields.push(`"ttl":${JSON.stringify(end.value)}`);
      if (!fields.length) return close(false);
      try {
        await api(`/v1/stores/${encodeURIComponent(store)}/properties/${encodeURIComponent(entry.key)}`, {
          method: "PATCH", body: `{${fields.join(",")}}`, headers: { "Content-Type": "application/json", "If-Match": entry.etag },
        });
        toast("Saved");
        return close(true);
      } catch (error) {
        return replace(told, notice("bad", error.status === 412 ? "Not saved: the entry has changed since you opened this. Close, and look again." : `Not saved. ${error.message}`));
      }
    };
    return [
      h("p", h("code", shownPath(store, entry.key))), told,
      h("label.field", { for: "type" }, "Content type", type), h("datalist", { id: "types" }, TYPES.map((value) => h("option", { value }))),
      h("label.field", { for: "end" }, "Expires", end),
      h("label.field", { for: "metadata" }, "Metadata, a JSON object of up to 2,048 bytes", metadata),
      h("p.small", "The content stays as it is. Saving counts as a change of the entry: its ETag and time follow."),
      h("div.actions", button("Cancel", { onclick: () => close(false) }), button("Save", { type: "submit", class: "primary", onclick: save })),
    ];
  });
}

function problemOf(text) {
  try {
    const value = JSON.parse(text.trim() || "{}");
    return value !== null && typeof value === "object" && !Array.isArray(value) ? null : "Metadata must be a JSON object, such as {\"shot\": 3}.";
  } catch (error) {
    return `Metadata is not valid JSON: ${error.message}`;
  }
}
