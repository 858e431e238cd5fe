// JSON laid out for reading, token by token: numbers and escapes stay as they were written, which parsing and printing would not promise.

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/**
 * Valid JSON, indented.
 * @returns pieces `[text, kind]`, kind one of key, text, number, word, or null for layout and marks; null when it is not JSON
 */
export function laidOut(text) {
  try {
    JSON.parse(text);
  } catch {
    return null;
  }
  const tokens = text.match(TOKEN) ?? [];
  const pieces = [];
  let indent = "";
  const add = (piece, kind = null) => pieces.push([piece, kind]);
  tokens.forEach((token, i) => {
    const next = tokens[i + 1];
    if (token === "{" || token === "[") {
      add(token);
      if (next !== "}" && next !== "]") {
        indent += "  ";
        add(`\n${indent}`);
      }
    } else if (token === "}" || token === "]") {
      if (tokens[i - 1] !== "{" && tokens[i - 1] !== "[") {
        indent = indent.slice(2);
        add(`\n${indent}`);
      }
      add(token);
    } else if (token === ",") add(`,\n${indent}`);
    else if (token === ":") add(": ");
    else if (token.startsWith('"')) add(token, next === ":" ? "key" : "text");
    else add(token, /^[-\d]/.test(token) ? "number" : "word");
  });
  return pieces;
}

/** The same as one text; what is not JSON stays as it is. */
export function indented(text) {
  return laidOut(text)?.map(([piece]) => piece).join("") ?? text;
}
