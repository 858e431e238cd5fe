// Small pictures of images and films. They are made here from the entries themselves, and kept in this browser until somebody signs out.

import { entryPath, inSite } from "./api.js";
import { h, replace } from "./dom.js";
import { typeIcon } from "./icons.js";

const WIDTH = 320, HEIGHT = 240;
/** Larger images are not loaded for this; of a film only parts are read. */
const IMAGE_MAX = 30_000_000;
const AT_ONCE = 2;
/** Pictures kept, of some 10 KB each; the oldest go. */
const KEPT_MAX = 2000;
const GIVE_UP_AFTER = 15_000;
const DATABASE = "larder-thumbnails";

const kindOf = (entry) => /^(image|video)\//.exec(entry.contentType)?.[1] ?? null;

/** Whether there can be a picture of it. */
const isPictured = (entry) => entry.size > 0 && (kindOf(entry) === "video" || (kindOf(entry) === "image" && entry.size <= IMAGE_MAX));

/**
 * Makes pictures for one view, as they come into sight.
 * @returns `{ picture(store, entry), end() }`: an element for an entry; and what lets go of all
 */
export function thumbnails() {
  const waiting = [], urls = [];
  const wanted = new WeakMap();
  const over = new AbortController();
  let running = 0;
  const observer = new IntersectionObserver((changes) => {
    for (const { isIntersecting, target } of changes) {
      if (!isIntersecting) continue;
      observer.unobserve(target);
      waiting.push([target, wanted.get(target)]);
    }
    pump();
  }, { rootMargin: "200px" });

  function pump() {
    while (running < AT_ONCE && waiting.length && !over.signal.aborted) {
      const [place, { store, entry }] = waiting.shift();
      if (!place.isConnected) continue;
      running += 1;
      find(store, entry, over.signal).then((blob) => {
        if (over.signal.aborted || !blob) return;
        const url = URL.createObjectURL(blob);
        urls.push(url);
        replace(place, h("img", { src: url, alt: "", width: WIDTH, height: HEIGHT }));
      }).catch(() => {
        // Without a picture the icon stays.
      }).finally(() => {
        running -= 1;
        pump();
      });
    }
  }

  return {
    picture(store, entry) {
      const place = h("div.thumb", typeIcon(entry.contentType));
      if (isPictured(entry)) {
        wanted.set(place, { store, entry });
        observer.observe(place);
      }
      return place;
    },
    end() {
      over.abort();
      observer.disconnect();
      for (const url of urls) URL.revokeObjectURL(url);
    },
  };
}

/** The picture that is kept, else a new one. The ETag names the content: another one is another picture. */
async function find(store, entry, signal) {
  const kept = await read(entry.etag);
  if (kept || signal.aborted) return kept;
  const source = inSite(`${entryPath(store, entry.key)}?v=${encodeURIComponent(entry.etag.replaceAll('"', ""))}`);
  const blob = await (kindOf(entry) === "video" ? ofFilm(source, signal) : ofImage(source));
  if (blob) await write(entry.etag, blob);
  return blob;
}

async function ofImage(source) {
  const image = new Image();
  image.src = source;
  await image.decode();
  return shrink(image, image.naturalWidth, image.naturalHeight);
}

/** A frame soon after the beginning, which is often black. */
async function ofFilm(source, signal) {
  const film = h("video", { muted: true, preload: "auto", playsinline: true });
  try {
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("too slow")), GIVE_UP_AFTER);
      signal.addEventListener("abort", () => reject(new Error("left")));
      film.onerror = () => reject(new Error("not shown"));
      film.onloadedmetadata = () => {
        film.currentTime = Math.min(1, (film.duration || 0) / 4);
      };
      film.onseeked = () => {
        clearTimeout(timer);
        resolve(shrink(film, film.videoWidth, film.videoHeight));
      };
      film.src = source;
    });
  } finally {
    film.removeAttribute("src");
    film.load();
  }
}

/** The middle of a picture, so large that it fills the place. */
function shrink(source, width, height) {
  if (!width || !height) return null;
  const canvas = h("canvas", { width: WIDTH, height: HEIGHT });
  const scale = Math.max(WIDTH / width, HEIGHT / height);
  canvas.getContext("2d").drawImage(source, (WIDTH - width * scale) / 2, (HEIGHT - height * scale) / 2, width * scale, height * scale);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/webp", 0.8));
}

// What is kept. A browser that keeps nothing (private windows) makes every picture anew.

const done = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

let database = null;

function open() {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore("pictures", { keyPath: "etag" }).createIndex("at", "at");
  return done(request);
}

async function pictures(mode) {
  database ??= open();
  return (await database).transaction("pictures", mode).objectStore("pictures");
}

async function read(etag) {
  try {
    return (await done((await pictures("readonly")).get(etag)))?.blob ?? null;
  } catch {
    return null;
  }
}

async function write(etag, blob) {
  try {
    const kept = await pictures("readwrite");
    await done(kept.put({ etag, blob, at: Date.now() }));
    const surplus = (await done(kept.count())) - KEPT_MAX;
    if (surplus > 0) for (const old of await done(kept.index("at").getAllKeys(null, surplus))) kept.delete(old);
  } catch {
    // There is no room, or none is given.
  }
}

/** Removes all that is kept. */
export async function forgetThumbnails() {
  try {
    (await pictures("readwrite")).clear();
  } catch {
    // Nothing is kept.
  }
}
