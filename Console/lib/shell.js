// Commands that people copy: words for a POSIX shell.

/** Not seen, or seen as something else: controls, and what turns the direction of text. */
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;
const PLAIN = /^[A-Za-z0-9_./:@%+=,-]+$/;

/** A word as a shell reads it. What is not seen is spelled out as `$'…'`, which bash, zsh and ksh read. */
export function word(text) {
  if (PLAIN.test(text)) return text;
  if (!UNSEEN.test(text)) return `'${text.replaceAll("'", "'\\''")}'`;
  const spelled = [...text].map((character) => (UNSEEN.test(character) ? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`
    : character === "'" || character === "\\" ? `\\${character}` : character));
  return `$'${spelled.join("")}'`;
}

/** Words that are no options, whatever they begin with. */
export const words = (...texts) => `${texts.some((text) => text.startsWith("-")) ? "-- " : ""}${texts.map(word).join(" ")}`;
