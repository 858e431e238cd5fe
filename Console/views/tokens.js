import { api, currentSite } from "../lib/api.js";
import { confirm, dialog } from "../lib/dialogs.js";
import { h, replace } from "../lib/dom.js";
import { age, bytesText, countText, time } from "../lib/format.js";
import { sortable } from "../lib/tables.js";
import { badge, button, copyText, emptyState, loaded, notice, toast, toastError } from "../lib/ui.js";

const SCOPES = [["read", "Read: list, download, follow runs"], ["write", "Write: upload, change, delete"], ["admin", "Admin: all of these, housekeeping and tokens"]];
const LIFETIMES = [["24h", "1 day"], ["7d", "7 days"], ["30d", "30 days"], ["90d", "90 days"], ["365d", "1 year"], ["", "Never"]];

/** The tokens that admins have made: listed, made, revoked. The admin token itself is a file and no part of the list. */
export function tokensTab() {
  const place = h("section.card", { "aria-label": "Tokens" });
  const reload = loaded(place, async () => (await api("/v1/admin/tokens")).tokens, (tokens) => (tokens.length
    ? sortable("Tokens", COLUMNS, tokens, (token) => row(token, () => revoke(token)))
    : emptyState("shield", "No tokens yet", "Give each app and person a token of their own, with no more rights than needed. The admin token in the data directory is not listed here.")), "Loading the tokens");

  async function create() {
    const made = await ask();
    if (!made) return;
    await showOnce(made);
    await reload();
  }

  async function revoke(token) {
    const isMeant = await confirm("Revoke this token?", [
      h("p", h("strong", token.note || "No note"), " ", h("code", token.id)),
      h("p", "Requests with it are refused from now on, and what is under way ends. This can't be undone."),
    ], "Revoke");
    if (!isMeant) return;
    try {
      await api(`/v1/admin/tokens/${encodeURIComponent(token.id)}`, { method: "DELETE" });
      toast("Revoked");
    } catch (error) {
      toastError(error);
    }
    await reload();
  }

  return { node: h("div.stack", h("div.actions", button("New token", { icon: "shield", class: "primary", onclick: create })), place) };
}

const moment = (iso) => Date.parse(iso ?? "") || 0;

const COLUMNS = [
  { title: "Note", class: "wide", by: (token) => token.note ?? "" }, { title: "ID" }, { title: "Scopes", by: (token) => (token.scopes ?? []).join() }, { title: "Stores" },
  { title: "Created", right: true, class: "narrow-hide", by: (token) => moment(token.createdAt) }, { title: "Expires", right: true, by: (token) => moment(token.expiresAt) || Infinity },
  { title: "Last used", right: true, by: (token) => moment(token.lastUsedAt) }, { title: "Actions", hidden: true, right: true },
];

function row(token, revoke) {
  const isExpired = token.expiresAt && moment(token.expiresAt) <= Date.now();
  return [
    h("div", token.note ? h("strong", token.note) : h("span.dim", "no note"), ratesText(token) ? h("p.small.dim", ratesText(token)) : null), h("code", token.id),
    h("span.tags", token.scopes.map((scope) => h("span.tag", scope))),
    h("div", token.stores ? token.stores.join(", ") : "all stores", h("p.small.dim", token.site ? `site ${token.site}` : "all sites")),
    age(token.createdAt), isExpired ? badge("warn", "expired") : token.expiresAt ? age(token.expiresAt) : h("span.dim", "never"), token.lastUsedAt ? age(token.lastUsedAt) : h("span.dim", "never"),
    button("Revoke", { class: "small danger", "aria-label": `Revoke ${token.note || token.id}`, onclick: revoke }),
  ];
}

const ratesText = ({ requestsPerSecond, bytesPerSecond }) => [
  requestsPerSecond ? `${countText(requestsPerSecond)} requests/s` : null, bytesPerSecond ? `${bytesText(bytesPerSecond)}/s` : null,
].filter(Boolean).join(", ");

/** Asks what a token may do, and makes it. Null when that was given up. */
const ask = () => dialog("New token", (close) => {
  const told = h("div", { "aria-live": "polite" });
  const note = h("input", { id: "note", maxlength: 200, placeholder: "Who or what uses it", autofocus: true });
  const scopes = SCOPES.map(([scope, text]) => {
    const box = h("input", { type: "checkbox", value: scope, checked: scope === "read" });
    return { box, label: h("label.choice", box, text) };
  });
  const stores = h("input", { id: "token-stores", placeholder: "all stores", spellcheck: "false", "aria-describedby": "stores-help" });
  const site = h("input", { id: "token-site", value: currentSite(), placeholder: "all sites", maxlength: 64, spellcheck: "false" });
  const lifetime = h("select", { id: "token-end" }, LIFETIMES.map(([value, text]) => h("option", { value, selected: value === "90d" }, text)));
  const rate = h("input", { id: "token-rate", type: "number", min: 1, step: 1, placeholder: "no limit" });
  const make = async () => {
    const chosen = scopes.filter(({ box }) => box.checked).map(({ box }) => box.value);
    if (!chosen.length) return replace(told, notice("bad", "Choose at least one scope."));
    if (!rate.reportValidity()) return undefined;
    const patterns = stores.value.split(/[\s,]+/).filter(Boolean);
    const json = { scopes: chosen, note: note.value.trim() };
    if (patterns.length) json.stores = patterns;
    if (site.value.trim()) json.site = site.value.trim();
    if (lifetime.value) json.expiresIn = lifetime.value;
    if (rate.value) json.requestsPerSecond = Number(rate.value);
    try {
      return close(await api("/v1/admin/tokens", { method: "POST", json }));
    } catch (error) {
      return replace(told, notice("bad", error.message));
    }
  };
  return [
    told,
    h("label.field", { for: "note" }, "Note", note),
    h("fieldset", h("legend", "Scopes"), scopes.map(({ label }) => label)),
    h("label.field", { for: "token-stores" }, "Stores", stores),
    h("p.small", { id: "stores-help" }, "Names or patterns, separated by spaces: ", h("code", "media *-runs"), ". Empty: all stores."),
    h("label.field", { for: "token-site" }, "Site (empty: all sites)", site),
    h("label.field", { for: "token-end" }, "Expires", lifetime),
    h("label.field", { for: "token-rate" }, "Requests per second", rate),
    h("div.actions", button("Cancel", { onclick: () => close(null) }), button("Create token", { type: "submit", class: "primary", onclick: make })),
  ];
});

/** The one time that a token can be read. Escape does not end it: what is lost here is lost. */
const showOnce = (made) => dialog("Copy the token now", (close) => {
  const field = h("input", { readonly: true, value: made.token, "aria-label": "The new token", onfocus: () => field.select() });
  return [
    notice("warn", "It is shown this once. Larder keeps only its hash; a token that is lost is revoked and made anew."),
    h("label.field", "Token", field), h("p.small", made.note ? `${made.note}, ` : "", "ID ", h("code", made.id), made.expiresAt ? [", expires ", time(made.expiresAt)] : ", never expires"),
    h("div.actions", button("Copy", { icon: "copy", onclick: () => copyText(made.token, "Token") }), button("Done", { class: "primary", onclick: () => close(true) })),
  ];
}, { isDismissable: false });
