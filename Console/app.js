// Begins the console: who is there, the frame, and which view the address asks for.

import { chooseSite, currentSession, currentSite, may, resumeSession, signOut } from "./lib/api.js";
import { h, replace } from "./lib/dom.js";
import { tickAges } from "./lib/format.js";
import { icon } from "./lib/icons.js";
import { here, link, rewrite } from "./lib/router.js";
import { button, dialog, emptyState, failedState, loadingState, toastError } from "./lib/ui.js";
import { healthView } from "./views/health.js";
import { housekeepingView } from "./views/housekeeping.js";
import { memoryView } from "./views/memory.js";
import { runView } from "./views/run.js";
import { runsView } from "./views/runs.js";
import { signInView } from "./views/sign-in.js";
import { browseView } from "./views/browse.js";
import { entryView } from "./views/entry.js";
import { storesView } from "./views/stores.js";

const app = document.getElementById("app");

/** What the frame's list shows: name, icon, address, and who sees it. */
const SECTIONS = [
  { id: "stores", title: "Stores", allowed: may.read },
  { id: "runs", title: "Runs", allowed: may.read },
  { id: "memory", title: "Memory", allowed: may.read },
  { id: "housekeeping", title: "Housekeeping", allowed: may.administer },
  { id: "health", title: "Health", allowed: may.readAll },
];

let main = null;
/** Ends what the view that is shown keeps going. */
let leave = null;
let shownAddress = null;

/** The view of an address: `{ node, title, leave? }`. */
function viewOf({ parts, values }) {
  const [section = "stores", ...rest] = parts;
  if (SECTIONS.find((one) => one.id === section)?.allowed() === false) return forbidden(section);
  switch (section) {
    case "stores":
      if (rest.length === 0) return storesView();
      if (rest.length === 1) return browseView(rest[0], values);
      if (rest[1] === "entry" && rest.length === 3) return entryView(rest[0], rest[2], values);
      break;
    case "runs":
      if (rest.length === 0) return runsView(values);
      if (rest.length === 3) return runView(...rest);
      break;
    case "memory":
      if (rest.length === 0 || rest.length === 2) return memoryView(...rest);
      break;
    case "housekeeping":
      if (rest.length <= 2) return housekeepingView(...rest);
      break;
    case "health":
      return healthView();
    default:
  }
  return missing();
}

const missing = () => ({
  title: "Not found",
  node: h("div", emptyState("search", "There is no such page", "The address may be from another version of the console.", h("a.button", { href: link(["stores"]) }, "To the stores"))),
});

const forbidden = (section) => ({
  title: "Not allowed",
  node: h("div", emptyState("shield", "This token may not see that", section === "housekeeping"
    ? "Housekeeping takes a token with the scope admin, for all sites and stores." : "Looking takes a token with the scope read.")),
});

function show() {
  if (!main || location.hash === shownAddress) return;
  const isFirst = shownAddress === null;
  shownAddress = location.hash;
  leave?.();
  const place = here();
  const view = viewOf(place);
  leave = view.leave ?? null;
  document.title = `${view.title} · Larder`;
  replace(main, view.node);
  for (const anchor of document.querySelectorAll(".side nav a")) {
    if (anchor.dataset.section === (place.parts[0] ?? "stores")) anchor.setAttribute("aria-current", "page");
    else anchor.removeAttribute("aria-current");
  }
  window.scrollTo(0, 0);
  // After a step by link or key, screen readers and the Tab key go on from the new heading.
  if (!isFirst) main.querySelector("h1")?.focus({ preventScroll: true });
}

function frame() {
  const session = currentSession();
  const items = SECTIONS.filter((section) => section.allowed())
    .map((section) => h("li", h("a", { href: link([section.id]), "data-section": section.id }, icon(section.id), section.title)));
  main = h("main.main", { id: "main", tabindex: "-1" });
  replace(app, h("div.frame",
    h("a.skip", { href: "#main", onclick: (event) => {
      event.preventDefault();
      main.focus();
    } }, "Skip to the content"),
    h("header.side",
      h("a.brand", { href: link(["stores"]), "aria-label": "Larder, to the stores" }, h("img", { src: "/console/icon.svg", alt: "" }), "Larder"),
      h("nav", { "aria-label": "Sections" }, h("ul", items)),
      h("div.whoami",
        h("p", h("strong", rightsText(session)), h("br"), `site ${currentSite()}`, h("br"), session.stores ? `stores ${session.stores.join(", ")}` : "all stores"),
        session.site ? null : button("Another site", { icon: "stores", class: "small quiet", onclick: changeSite }),
        session.isOpen ? h("p", "Open to all on this machine") : button("Sign out", { icon: "leave", class: "small", onclick: out }))),
    main));
  shownAddress = null;
  show();
}

function rightsText({ scopes }) {
  if (scopes.includes("admin")) return "Administrator";
  return scopes.includes("write") ? scopes.includes("read") ? "Reads and writes" : "Writes only" : "Reads only";
}

async function changeSite() {
  const name = await dialog("Show another site", (close) => {
    const field = h("input", { id: "site", value: currentSite(), required: true, pattern: "[A-Za-z0-9._\\-]{1,64}", maxlength: 64, spellcheck: "false", title: "1 to 64 letters, digits, dots, dashes and underscores" });
    return [
      h("p", "A site is a tenant; nothing crosses sites. This session may see all of them."),
      h("label.field", { for: "site" }, "Site", field),
      h("div.actions", button("Cancel", { onclick: () => close(null) }), h("button.primary", { type: "button", onclick: () => field.reportValidity() && close(field.value) }, "Show it")),
    ];
  });
  if (!name) return;
  chooseSite(name);
  rewrite(["stores"]);
  frame();
}

async function out() {
  try {
    await signOut();
  } catch (error) {
    toastError(error);
  }
  // Whoever signs in next begins at the beginning; only a session that ran out goes on where it was.
  rewrite(["stores"]);
  signIn();
}

function signIn(message) {
  leave?.();
  leave = null;
  main = null;
  for (const element of document.querySelectorAll("dialog")) element.remove();
  document.title = "Sign in · Larder";
  replace(app, signInView(frame, message));
  app.querySelector("input")?.focus();
}

async function begin() {
  replace(app, h("div.sign-in", loadingState("Loading the console")));
  try {
    if (await resumeSession()) frame();
    else signIn();
  } catch (error) {
    replace(app, h("div.sign-in", failedState(error, begin)));
  }
}

addEventListener("hashchange", show);
addEventListener("larder:signedout", () => {
  if (main) signIn("The session is over. Sign in again to go on where you were.");
});
setInterval(tickAges, 5000);
begin();
