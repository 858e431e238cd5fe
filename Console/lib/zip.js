// A ZIP file of files as they are, without compressing them again (PKWARE APPNOTE 6.3; no ZIP64: what goes in is bounded by who calls).

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let value = n;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** The CRC-32 of bytes behind others whose CRC is `before`. */
export function crc32(bytes, before = 0) {
  let crc = ~before;
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return ~crc >>> 0;
}

const UTF8_NAMES = 0x0800;

/** Numbers in little endian: `[bytes, value]`. */
function fields(...list) {
  const view = new DataView(new ArrayBuffer(list.reduce((sum, [size]) => sum + size, 0)));
  let at = 0;
  for (const [size, value] of list) {
    if (size === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += size;
  }
  return new Uint8Array(view.buffer);
}

/** A local time in the two numbers that MS-DOS had for it. */
function dosTime(date) {
  const year = Math.min(Math.max(date.getFullYear(), 1980), 2107);
  return [(date.getHours() << 11) | (date.getMinutes() << 5) | (date.getSeconds() >> 1), ((year - 1980) << 9) | ((date.getMonth() + 1) << 5) | date.getDate()];
}

/** @param files `{ name, content: Blob, crc, date }` */
export function zip(files) {
  const parts = [], directory = [];
  let at = 0, directorySize = 0;
  for (const { name, content, crc, date } of files) {
    const nameBytes = new TextEncoder().encode(name);
    const [time, day] = dosTime(date);
    // From the version that is needed to the length of the extra field: the same in both headers.
    const shared = fields([2, 20], [2, UTF8_NAMES], [2, 0], [2, time], [2, day], [4, crc], [4, content.size], [4, content.size], [2, nameBytes.length], [2, 0]);
    parts.push(fields([4, 0x04034b50]), shared, nameBytes, content);
    directory.push(fields([4, 0x02014b50], [2, 20]), shared, fields([2, 0], [2, 0], [2, 0], [4, 0], [4, at]), nameBytes);
    at += 30 + nameBytes.length + content.size;
    directorySize += 46 + nameBytes.length;
  }
  const end = fields([4, 0x06054b50], [2, 0], [2, 0], [2, files.length], [2, files.length], [4, directorySize], [4, at], [2, 0]);
  return new Blob([...parts, ...directory, end], { type: "application/zip" });
}

/** Names for files in one ZIP: relative, without `..`, each once, whatever the keys are. */
export function safeNames(keys) {
  const taken = new Set();
  return keys.map((key) => {
    const parts = key.split("/").map((part) => part.replace(/[\u0000-\u001f\u007f\\:*?"<>|]/g, "_")).filter((part) => part !== "" && part !== ".")
      .map((part) => (part === ".." ? "__" : part));
    const name = parts.join("/") || "entry";
    let free = name;
    for (let number = 2; taken.has(free.toLowerCase()); number += 1) free = name.replace(/(\.[^./]*)?$/, ` (${number})$1`);
    taken.add(free.toLowerCase());
    return free;
  });
}
