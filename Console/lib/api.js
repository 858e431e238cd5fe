// The one way to the server: same origin, the session's cookie, its CSRF token on everything that changes something.

/** An answer that is an error, or none at all (`status` 0). */
export class ApiError extends Error {
  constructor(status, code, message, retryAfter = null) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

/** The session as the server described it; null before login. */
let session = null;

export const currentSession = () => session;

const SITE = "larder.site";

/** The site that is shown: the token's own; for a token of all sites the one chosen in this tab, at first `default`. */
export const currentSite = () => session?.site ?? sessionStorage.getItem(SITE) ?? "default";

/** Shows another site. Only for sessions of all sites. */
export function chooseSite(name) {
  if (name === "default") sessionStorage.removeItem(SITE);
  else sessionStorage.setItem(SITE, name);
}

/** A path of the API, for the site that is shown. */
export function inSite(path) {
  if (!path.startsWith("/v1/") || !session || session.site || currentSite() === "default") return path;
  return `${path}${path.includes("?") ? "&" : "?"}site=${encodeURIComponent(currentSite())}`;
}

/** What the session may do: scopes are the server's; it decides again on every request. */
export const may = {
  read: () => has("read"),
  write: () => has("write"),
  /** The server's own figures are of all sites and stores. */
  readAll: () => has("read") && !session.site && !session.stores,
  /** Administration takes an admin of all sites and stores. */
  administer: () => (session?.scopes ?? []).includes("admin") && !session.site && !session.stores,
};

function has(scope) {
  const scopes = session?.scopes ?? [];
  return scopes.includes(scope) || scopes.includes("admin");
}

/** Asks whether there is a session. Returns null when there is none. */
export async function resumeSession() {
  try {
    session = await api("/console/session", { isLogin: true });
  } catch (error) {
    if (error.status !== 401) throw error;
    session = null;
  }
  return session;
}

export async function signIn(token) {
  session = await api("/console/session", { method: "POST", json: { token }, isLogin: true });
  return session;
}

export async function signOut() {
  try {
    await api("/console/session", { method: "DELETE", isLogin: true });
  } finally {
    session = null;
    sessionStorage.removeItem(SITE);
  }
}

function fieldsFor(method, fields = {}) {
  const all = { ...fields };
  if (method !== "GET" && method !== "HEAD" && session?.csrf) all["Larder-CSRF"] = session.csrf;
  return all;
}

async function failure(answer) {
  let code = "", message = "";
  try {
    ({ code, message } = (await answer.json()).error);
  } catch {
    message = `The server answered ${answer.status}.`;
  }
  return new ApiError(answer.status, code, message, Number(answer.headers.get("retry-after")) || null);
}

/** A request as it is; throws `ApiError` for every status from 400 on. */
export async function request(path, { method = "GET", json, body, headers, signal, isLogin = false } = {}) {
  const fields = fieldsFor(method, headers);
  if (json !== undefined) fields["Content-Type"] ??= "application/json";
  let answer;
  try {
    answer = await fetch(inSite(path), {
      method, signal, headers: fields, body: json === undefined ? body : JSON.stringify(json), credentials: "same-origin", cache: "no-store",
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, "unreachable", "Can't reach the server. It may be restarting; try again in a moment.");
  }
  if (answer.ok || answer.status === 304) return answer;
  const error = await failure(answer);
  if (error.status === 401 && !isLogin) {
    session = null;
    dispatchEvent(new Event("larder:signedout"));
  }
  throw error;
}

/** The same, for JSON; null when there is no body. */
export async function api(path, options) {
  const answer = await request(path, options);
  return answer.status === 204 ? null : answer.json();
}

/** `?a=b` of the values that are set. */
export function query(values) {
  const parts = Object.entries(values).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return parts.length ? `?${parts.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&")}` : "";
}

/** The path of a store's entry. Slashes are encoded, too: keys are opaque, and a browser would otherwise resolve `..` in them. */
export const entryPath = (store, key) => `/v1/stores/${encodeURIComponent(store)}/entries/${encodeURIComponent(key)}`;
/** The path of a store's log, likewise. */
export const logPath = (store, key) => `/v1/stores/${encodeURIComponent(store)}/logs/${encodeURIComponent(key)}`;
export const storePath = (store) => `/v1/stores/${encodeURIComponent(store)}`;

/** An entry's whole name for people: `media / trip/photo.jpg`, for another site than the first with the site before it. */
export const shownPath = (store, key) => [currentSite() === "default" ? null : currentSite(), store, key].filter(Boolean).join(" / ");

/** One entry with its metadata; null when there is none. */
export async function findEntry(store, key, signal) {
  const page = await api(`${storePath(store)}/entries${query({ prefix: key, limit: 1, metadata: true })}`, { signal });
  // The key itself comes before all others that begin with it.
  return page.entries.find((entry) => entry.key === key) ?? null;
}

/**
 * Uploads a file as a stream, and tells how far it is.
 * @param options.progress called with the bytes sent so far
 * @returns {{ done: Promise, cancel: () => void }}
 */
export function upload(store, key, file, { isNew, progress }) {
  const exchange = new XMLHttpRequest();
  const done = new Promise((resolve, reject) => {
    exchange.open("PUT", inSite(entryPath(store, key)));
    const fields = { "Content-Type": file.type || "application/octet-stream" };
    if (isNew) fields["If-None-Match"] = "*";
    for (const [name, value] of Object.entries(fieldsFor("PUT", fields))) exchange.setRequestHeader(name, value);
    exchange.upload.onprogress = (event) => progress(event.loaded);
    exchange.onload = () => {
      let answer = null;
      try {
        answer = JSON.parse(exchange.responseText);
      } catch {
        answer = null;
      }
      if (exchange.status < 400) resolve(answer);
      else reject(new ApiError(exchange.status, answer?.error?.code ?? "", answer?.error?.message ?? `The server answered ${exchange.status}.`));
    };
    exchange.onerror = () => reject(new ApiError(0, "unreachable", "The connection was lost before the upload finished."));
    exchange.onabort = () => reject(new ApiError(0, "cancelled", "Cancelled."));
    exchange.send(file);
  });
  return { done, cancel: () => exchange.abort() };
}
