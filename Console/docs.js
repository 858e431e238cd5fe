// Shows `/openapi.json` to people. All of it comes from this server: no request goes elsewhere.

import { announce, debounced, h, replace } from "./lib/dom.js";
import { plural } from "./lib/format.js";
import { emptyState, failedState, filterField, hasText, listenForFilter, loadingState } from "./lib/ui.js";

const place = document.getElementById("docs");
const METHODS = ["get", "put", "post", "patch", "delete", "head"];
/** Types that hold others are written out so deep; behind that by name. */
const DEPTH_MAX = 6;
let description = null;

const refOf = (value) => (value?.$ref ? value.$ref.split("/").at(-1) : null);
const resolved = (value) => (value?.$ref ? resolved(value.$ref.slice(2).split("/").reduce((at, part) => at[part], description)) : value);

/** Words with `code` in them; blank lines are paragraphs. */
const words = (text) => (text ?? "").trim().split(/\n\s*\n/).filter(Boolean).map((paragraph) =>
  h("p", paragraph.split(/(`[^`]+`)/).map((part) => (/^`.+`$/.test(part) ? h("code", part.slice(1, -1)) : part))));

async function begin() {
  replace(place, h("main.docs", loadingState("Loading the description")));
  try {
    const answer = await fetch("/openapi.json");
    if (!answer.ok) throw Object.assign(new Error(`The server answered ${answer.status}.`), { status: answer.status });
    description = await answer.json();
    show();
  } catch (error) {
    replace(place, h("main.docs", failedState({ status: error.status ?? 0, message: error.message }, begin)));
  }
}

/** Every operation with its path; a HEAD that only repeats its GET is told there. */
function operations() {
  return Object.entries(description.paths).flatMap(([path, item]) => METHODS.filter((method) => item[method] && !(method === "head" && item.get)).map((method) => {
    const own = item[method];
    return { path, method, id: own.operationId, tag: own.tags?.[0] ?? "other", own, hasHead: method === "get" && Boolean(item.head), parameters: [...(item.parameters ?? []), ...(own.parameters ?? [])].map(resolved) };
  }));
}

function show() {
  const all = operations().map((one) => ({ ...one, element: section(one) }));
  const tags = [...new Set([...(description.tags ?? []).map(({ name }) => name), ...all.map(({ tag }) => tag)])].filter((tag) => all.some((one) => one.tag === tag));
  const list = h("div.stack"), nav = h("nav", { "aria-label": "Operations" });
  const draw = (text) => {
    const found = all.filter(({ path, own, method, id }) => hasText(`${method} ${path} ${id} ${own.summary ?? ""}`, text));
    const groups = tags.map((tag) => [tag, found.filter((one) => one.tag === tag)]).filter(([, of]) => of.length);
    replace(nav, groups.map(([tag, of]) => [h("h2", tag), h("ul", of.map(({ id, method, path }) => h("li", h("a", { href: `#${id}` }, h("span.method", method.toUpperCase()), path))))]));
    replace(list, groups.length ? groups.map(([tag, of]) => h("section.stack", { "aria-label": tag },
      h("h2", tag), words(description.tags?.find(({ name }) => name === tag)?.description), of.map(({ element }) => element)))
      : emptyState("search", "No matches", `No operation has “${text}” in its path or summary.`));
    if (text) announce(plural(found.length, "operation"));
  };
  const { info } = description;
  replace(place, h("div.docs-frame", h("header.docs-side",
    h("a.brand", { href: "/console" }, h("img", { src: "/console/icon.svg", alt: "" }), "Larder"), filterField("Filter operations", "", debounced(draw, 150)), nav),
  h("main.docs", { id: "main", tabindex: "-1" }, h("h1", info.title, " ", h("span.dim", info.version)), words(info.description),
    h("p", "The same for programs: ", h("a", { href: "/openapi.json" }, "openapi.json"), ", OpenAPI ", description.openapi, "."), list)));
  draw("");
  document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

function section({ path, method, id, own, parameters, hasHead }) {
  const body = resolved(own.requestBody);
  return h("section.card", { id, "aria-label": `${method.toUpperCase()} ${path}` },
    h("header", h("h3", h("span.method", { class: method }, method.toUpperCase()), " ", h("code", path))),
    h("div.card-body.stack",
      h("div", words(own.summary), words(own.description), hasHead ? h("p.dim", "HEAD answers the same without a body.") : null),
      parameters.length ? h("div", h("h4", "Parameters"), h("dl.facts", parameters.map((one) => [
        h("dt", h("code", one.name)), h("dd", h("p.small.dim", [`in ${one.in}`, one.required ? "required" : null, typeText(one.schema)].filter(Boolean).join(", ")), words(one.description)),
      ]))) : null,
      body ? h("div", h("h4", "Body"), contents(body)) : null,
      h("div", h("h4", "Answers"), h("dl.facts", Object.entries(own.responses).map(([status, response]) => {
        const said = resolved(response);
        return [h("dt", h("code", status)), h("dd", words(said.description), Number(status) < 300 ? contents(said) : null)];
      })))));
}

/** What a body may hold, by media type. */
const contents = (holder) => Object.entries(holder.content ?? {}).map(([type, { schema, example }]) => h("div",
  h("p.small.dim", type),
  schema && Object.keys(schema).length ? h("pre", { tabindex: "0", role: "region", "aria-label": `The form of ${type}` }, formOf(schema, 0)) : null,
  example === undefined ? null : h("details", h("summary", "Example"), h("pre", { tabindex: "0", role: "region", "aria-label": "Example" }, typeof example === "string" ? example : JSON.stringify(example, null, 2)))));

/** A type in a few words. */
function typeText(given) {
  const schema = resolved(given ?? {});
  const type = [schema.type ?? ""].flat().join(" or ");
  const parts = [schema.enum ? `one of ${schema.enum.map((value) => JSON.stringify(value)).join(", ")}` : schema.const === undefined ? type : JSON.stringify(schema.const)];
  if (schema.default !== undefined) parts.push(`default ${JSON.stringify(schema.default)}`);
  if (schema.minimum !== undefined || schema.maximum !== undefined) parts.push(`${schema.minimum ?? "…"} to ${schema.maximum ?? "…"}`);
  if (schema.maxLength !== undefined) parts.push(`at most ${schema.maxLength} characters`);
  return parts.filter(Boolean).join(", ");
}

/** A type written out, with what its fields mean. */
function formOf(given, depth) {
  const schema = resolved(given);
  const indent = "  ".repeat(depth + 1);
  const several = schema.oneOf ?? schema.anyOf ?? schema.allOf;
  if (depth >= DEPTH_MAX) return refOf(given) ?? typeText(schema);
  if (several) return several.map((one) => formOf(one, depth)).join(schema.allOf ? " and " : " or ");
  if (schema.properties) {
    const needed = new Set(schema.required ?? []);
    const lines = Object.entries(schema.properties).map(([name, field]) => {
      const about = resolved(field).description?.trim().replace(/\s+/g, " ");
      return `${indent}${name}${needed.has(name) ? "" : "?"}: ${formOf(field, depth + 1)}${about ? `    // ${about}` : ""}`;
    });
    return `{\n${lines.join("\n")}\n${"  ".repeat(depth)}}${[schema.type].flat().includes("null") ? " or null" : ""}`;
  }
  if (schema.items) return `[${formOf(schema.items, depth)}]`;
  return typeText(schema) || "any JSON";
}

listenForFilter(() => place);
begin();
