// Drawn on 24 × 24, strokes only; their colour is the text's.

import { svg } from "./dom.js";

const PATHS = {
  stores: "M5 4h14v4H5zM5 8v11a1 1 0 0 0 1 1h12a1 1 0 0 0 1-1V8M9.500 12h5",
  runs: "M4 6h9M4 12h14M4 18h6M17 4l4 2-4 2zM14 16l4 2-4 2z",
  memory: "M12 4a5 5 0 0 0-5 5c-2 .6-3 2-3 3.700 0 1.800 1.200 3.200 3 3.600.3 2 1.800 3.200 3.500 3.200.6 0 1.100-.1 1.500-.4m0-15.100a5 5 0 0 1 5 5c2 .6 3 2 3 3.700 0 1.800-1.200 3.200-3 3.600-.3 2-1.800 3.200-3.500 3.200-.6 0-1.100-.1-1.500-.4M12 4v15",
  housekeeping: "M14 4l6 6M11 7l6 6M12.500 5.500l6 6M9 9c-1.500 3-4 5-6 6l6 6c1-2 3-4.500 6-6z",
  health: "M3 12h4l3-7 4 14 3-7h4",
  folder: "M3 7a2 2 0 0 1 2-2h4l2 2.500h8a2 2 0 0 1 2 2V17a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2z",
  file: "M6 3h8l4 4v13a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1zM14 3v4h4",
  image: "M4 5h16v14H4zM4 16l4.500-4.500L13 16l3-3 4 4M15.500 9.500h.01",
  film: "M4 5h16v14H4zM8 5v14M16 5v14M4 9.500h4M4 14.500h4M16 9.500h4M16 14.500h4",
  sound: "M9 18V6l10-2v12M9 18a2.500 2.500 0 1 1-5 0 2.500 2.500 0 0 1 5 0zM19 16a2.500 2.500 0 1 1-5 0 2.500 2.500 0 0 1 5 0z",
  braces: "M9 4c-2.500 0-3 1-3 3v2c0 2-1 3-2.500 3C5 12 6 13 6 15v2c0 2 .5 3 3 3M15 4c2.500 0 3 1 3 3v2c0 2 1 3 2.500 3-1.500 0-2.500 1-2.500 3v2c0 2-.5 3-3 3",
  upload: "M12 16V5M7.500 9.500L12 5l4.500 4.500M4 19h16",
  download: "M12 4v11M7.500 10.500L12 15l4.500-4.500M4 19h16",
  link: "M10 14a4 4 0 0 0 5.700 0l3-3a4 4 0 0 0-5.700-5.700l-1 1M14 10a4 4 0 0 0-5.700 0l-3 3A4 4 0 0 0 11 18.700l1-1",
  edit: "M4 20h4L19 9l-4-4L4 16zM13 7l4 4",
  trash: "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5",
  search: "M10.500 17a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13zM15.500 15.500L20 20",
  refresh: "M20 12a8 8 0 1 1-2.300-5.600M20 4v4.500h-4.500",
  warning: "M12 4L2.500 20h19zM12 10v4.500M12 17.500h.01",
  check: "M5 12.500l4.500 4.500L19 7.500",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  close: "M6 6l12 12M18 6L6 18",
  leave: "M14 8V5H5v14h9v-3M10 12h11M17.500 8.500L21 12l-3.500 3.500",
  back: "M19 12H5M11 6l-6 6 6 6",
  next: "M5 12h14M13 6l6 6-6 6",
  thumbUp: "M7 11v9H4v-9zM7 11l4-7c1.500 0 2.500 1 2.500 2.500V10h5a1.500 1.500 0 0 1 1.500 1.800l-1.300 6.700a2 2 0 0 1-2 1.500H7",
  thumbDown: "M7 13V4H4v9zM7 13l4 7c1.500 0 2.500-1 2.500-2.500V14h5a1.500 1.500 0 0 0 1.500-1.800l-1.300-6.700a2 2 0 0 0-2-1.500H7",
  shield: "M12 3l8 3v6c0 4.500-3.300 7.700-8 9-4.700-1.300-8-4.500-8-9V6zM8.500 12l2.500 2.500 4.500-4.500",
  list: "M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01",
  bulb: "M9 18h6M10 21h4M12 3a6 6 0 0 0-3.500 10.900c.4.3.5.7.5 1.100h6c0-.4.1-.8.5-1.100A6 6 0 0 0 12 3z",
  play: "M7 5l12 7-12 7z",
};

/** An icon; it says nothing to screen readers, its neighbour text does. */
export function icon(name) {
  return svg("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" }, svg("path", { d: PATHS[name] }));
}

/** The icon of an entry, by its content type. */
export function typeIcon(contentType) {
  const type = contentType ?? "";
  if (type.startsWith("image/")) return icon("image");
  if (type.startsWith("video/")) return icon("film");
  if (type.startsWith("audio/")) return icon("sound");
  return icon(/json/.test(type) ? "braces" : "file");
}
