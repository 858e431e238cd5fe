// Begins the console: who is there, the frame, and which view the address asks for.

import { chooseSite, currentSession, currentSite, may, resumeSession, signOut } from "./lib/api.js";
import { h, replace } from "./lib/dom.js";
import { tickAges } from "./lib/format.js";
import { icon } from "./lib/icons.js";
import { closeDialogs, confirm, dialog, isDialogOpen } from "./lib/dialogs.js";
import { here, kept, link, rewrite } from "./lib/router.js";
import { button, emptyState, failedState, listenForFilter, loadingState, toast, toastError } from "./lib/ui.js";
import { healthView } from "./views/health.js";
import { housekeepingView } from "./views/housekeeping.js";
import { memoryView } from "./views/memory.js";
import { runView } from "./views/run.js";
import { runsView } from "./views/runs.js";
import { signInFields, signInView } from "./views/sign-in.js";
import { forgetThumbnails } from "./lib/thumbnails.js";
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
/** The view that is shown; `leave()` ends what it keeps going, `unsaved()` says what leaving it would lose, or null. */
let view = null;
let shownAddress = null;

/** The view of an address: `{ node, title, leave?, unsaved? }`. */
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
      return healthView(values);
    default:
  }
  return missing();
}

const missing = () => ({
  title: "Not found",
  node: h("div", emptyState("search", "Page not found", "The address may be from another version of the console.", h("a.button", { href: link(["stores"]) }, "Go to Stores"))),
});

const forbidden = (section) => ({
  title: "Not allowed",
  node: h("div", emptyState("shield", "Not allowed", section === "housekeeping"
    ? "Housekeeping needs a token with the scope admin, for all sites and stores." : "This page needs a token with the scope read.")),
});

// Going around. A browser goes first and tells then, so an address that must not be left yet is put back.

/** Where the page is among the places of its history; each place keeps its own number. */
let position = 0;
let isPuttingBack = false, mayLeave = false;

function show() {
  if (!main) return;
  if (isPuttingBack) {
    isPuttingBack = false;
    if (location.hash !== shownAddress) history.replaceState({ at: position }, "", shownAddress);
    return;
  }
  if (location.hash === shownAddress) return;
  const loss = mayLeave ? null : view?.unsaved?.();
  if (loss) {
    stay(loss);
    return;
  }
  mayLeave = false;
  closeDialogs();
  if (kept().at === undefined) history.replaceState({ ...kept(), at: position + 1 }, "");
  position = kept().at;
  const isFirst = shownAddress === null;
  shownAddress = location.hash;
  view?.leave?.();
  const place = here();
  view = viewOf(place);
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

/** Puts the address of the view back, and asks whether to leave it. */
async function stay(loss) {
  const target = location.hash, at = kept().at;
  // A place without a number is a new one, behind the view's own.
  const step = at === undefined ? 1 : at - position;
  if (step === 0) history.replaceState({ at: position }, "", shownAddress);
  else {
    isPuttingBack = true;
    history.go(-step);
  }
  closeDialogs();
  if (!(await isLossMeant(loss))) return;
  mayLeave = true;
  if (at === undefined || step === 0) location.hash = target;
  else history.go(step);
}

const isLossMeant = ({ title, text, action }) => confirm(title, [h("p", text)], action, { cancel: "Stay" });

/** Whether nothing would be lost, or that is meant. */
const mayDrop = async () => {
  const loss = view?.unsaved?.();
  return !loss || Boolean(await isLossMeant(loss));
};

function frame() {
  const session = currentSession();
  const items = SECTIONS.filter((section) => section.allowed())
    .map((section) => h("li", h("a", { href: link([section.id]), "data-section": section.id }, icon(section.id), section.title)));
  main = h("main.main", { id: "main", tabindex: "-1" });
  replace(app, h("div.frame",
    h("a.skip", { href: "#main", onclick: (event) => {
      event.preventDefault();
      main.focus();
    } }, "Skip to content"),
    h("header.side",
      h("a.brand", { href: link(["stores"]), "aria-label": "Larder: go to Stores" }, h("img", { src: "/console/icon.svg", alt: "" }), "Larder"),
      h("nav", { "aria-label": "Sections" }, h("ul", items)),
      h("div.whoami",
        h("p", h("strong", rightsText(session)), h("br"), `Site: ${currentSite()}`, h("br"), session.stores ? `Stores: ${session.stores.join(", ")}` : "All stores"),
        session.site ? null : button("Switch site", { icon: "stores", class: "small quiet", onclick: changeSite }),
        h("p", h("a", { href: "/docs" }, "API reference")),
        session.isOpen ? h("p", "No sign-in needed (--no-auth)") : button("Sign out", { icon: "leave", class: "small", onclick: out }))),
    main));
  view?.leave?.();
  view = null;
  shownAddress = null;
  show();
}

function rightsText({ scopes }) {
  if (scopes.includes("admin")) return "Administrator";
  return scopes.includes("write") ? scopes.includes("read") ? "Read and write" : "Write only" : "Read only";
}

async function changeSite() {
  if (!(await mayDrop())) return;
  const name = await dialog("Switch site", (close) => {
    const field = h("input", { id: "site", value: currentSite(), required: true, pattern: "[A-Za-z0-9._\\-]{1,64}", maxlength: 64, spellcheck: "false", title: "1 to 64 letters, digits, dots, dashes and underscores" });
    return [
      h("p", "A site is a tenant with its own stores. Your token can see all sites."),
      h("label.field", { for: "site" }, "Site", field),
      h("div.actions", button("Cancel", { onclick: () => close(null) }), button("Switch", { type: "submit", class: "primary", onclick: () => field.reportValidity() && close(field.value) })),
    ];
  });
  if (!name) return;
  chooseSite(name);
  rewrite(["stores"]);
  frame();
}

async function out() {
  if (!(await mayDrop())) return;
  try {
    await signOut();
  } catch (error) {
    toastError(error);
  }
  await forgetThumbnails();
  // Whoever signs in next begins at the beginning; only a session that ran out goes on where it was.
  rewrite(["stores"]);
  signIn();
}

function signIn(message) {
  view?.leave?.();
  view = null;
  main = null;
  closeDialogs();
  document.title = "Sign in · Larder";
  replace(app, signInView(frame, message));
  app.querySelector("input")?.focus();
}

/** The session is over. What is not saved yet stays on the page behind the dialog. */
function signInAgain() {
  const message = "Your session has ended. Sign in again to continue.";
  if (!view?.unsaved?.()) return signIn(message);
  closeDialogs();
  return dialog("Sign in", (close) => signInFields(() => close(true), message), { isDismissable: false });
}

async function begin() {
  replace(app, h("div.sign-in", loadingState("Loading")));
  try {
    if (await resumeSession()) frame();
    else signIn();
  } catch (error) {
    replace(app, h("div.sign-in", failedState(error, begin)));
  }
}

addEventListener("hashchange", show);
addEventListener("larder:rewritten", () => {
  if (view) shownAddress = location.hash;
});
addEventListener("beforeunload", (event) => {
  if (main && view?.unsaved?.()) event.preventDefault();
});
addEventListener("larder:signedout", () => {
  if (main) signInAgain();
});

// Files that are dropped beside a list would make the browser show them, and leave the console.
for (const kind of ["dragover", "drop"]) {
  addEventListener(kind, (event) => {
    if (event.defaultPrevented || !event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "none";
    if (kind === "drop") toast("Nothing was uploaded. Drop files on the list of a store.", "bad");
  });
}

listenForFilter(() => (isDialogOpen() ? null : main));
setInterval(tickAges, 5000);
begin();
