import { api, inSite, may, query } from "../lib/api.js";
import { barChart } from "../lib/charts.js";
import { dialog } from "../lib/dialogs.js";
import { h, replace } from "../lib/dom.js";
import { count, percentText, plural, time } from "../lib/format.js";
import { icon } from "../lib/icons.js";
import { goInstead, link } from "../lib/router.js";
import { sortable } from "../lib/tables.js";
import { badge, button, card, commands, emptyState, failedState, figures, filterField, hasText, heading, iconButton, loaded, loadingState, redraw, short, toast, toastError } from "../lib/ui.js";

/** Projects of a store that are listed; others are reached by their address. */
const LISTED_MAX = 1000;

/** The projects that memories are kept of, or one of them. */
export function memoryView(store, project) {
  return project === undefined ? projectsView() : projectView(store, project);
}

function projectsView() {
  const content = h("div"), tablePlace = h("section.card", { "aria-label": "Projects" });
  let isOver = false, all = [], text = "";
  const showTable = () => {
    const found = all.filter((one) => hasText(one.project, text));
    redraw(tablePlace, found.length ? sortable("Projects", PROJECTS, found, projectRow) : emptyState("search", "No matches", `No project has “${text}” in its name.`));
  };
  const filter = filterField("Filter projects by name", "", (typed) => {
    text = typed;
    showTable();
  });
  const reload = loaded(content, async () => {
    const { stores } = await api("/v1/stores");
    const memories = stores.filter((one) => one.policy.name === "memory" && one.entries > 0);
    const lists = await Promise.all(memories.map(async ({ name }) => {
      const projects = [];
      let cursor = null;
      do {
        const page = await api(`/v1/stores/${encodeURIComponent(name)}/entries${query({ delimiter: "/", cursor })}`);
        projects.push(...page.directories);
        cursor = page.cursor ?? null;
      } while (cursor && projects.length < LISTED_MAX);
      return projects.map((project) => ({ store: name, project }));
    }));
    const found = lists.flat();
    // One memory is what there is to see.
    if (found.length === 1 && !isOver) goInstead(["memory", found[0].store, found[0].project]);
    return found;
  }, (found) => {
    if (!found.length) {
      return emptyState("memory", "No memory yet", "A memory begins with the first run that is recorded or rated.",
        commands("larder memory record demo run-1 --theme coast --mood uplifting --style piano\nlarder memory rate demo run-1 good"));
    }
    all = found;
    showTable();
    return tablePlace;
  }, "Loading the projects");
  return { title: "Memory", node: h("div", heading("Memory", "What viewers liked, and what to try next.", iconButton("Refresh", "refresh", () => reload())), h("div.tools", filter), content), leave: () => {
    isOver = true;
  } };
}

const PROJECTS = [{ title: "Project", class: "wide", by: (one) => one.project ?? "" }, { title: "Store", by: (one) => one.store ?? "" }];

const projectRow = ({ store, project }) => [h("span.key", icon("memory"), h("a", { href: link(["memory", store, project]) }, project)), h("span.dim", store)];

function projectView(store, project) {
  const own = { store: store === "memory" ? null : store };
  const base = `/v1/memory/${encodeURIComponent(project)}`;
  const overview = h("div.stack", loadingState("Loading the memory"));
  const advice = h("div.card-body"), adviceNote = h("p");
  let source = null, isOver = false, seed = null, shown = null;

  /** The document comes by a stream: what others rate is seen at once, too. */
  function follow() {
    source?.close();
    source = new EventSource(inSite(`${base}${query(own)}`));
    source.addEventListener("memory", (message) => {
      if (isOver) return;
      shown = JSON.parse(message.data);
      redraw(overview, draw(shown));
      suggest();
    });
    source.onerror = async () => {
      if (source.readyState !== EventSource.CLOSED || shown || isOver) return;
      try {
        replace(overview, draw(await api(`${base}${query(own)}`)));
      } catch (error) {
        replace(overview, failedState(error, follow));
      }
    };
  }

  async function suggest(newSeed = seed) {
    try {
      const answer = await api(`${base}/suggestions${query({ ...own, count: 5, seed: newSeed })}`);
      if (isOver) return;
      seed = answer.seed;
      replace(adviceNote, `Seed ${seed}: the same seed gives the same suggestions`);
      replace(advice, answer.suggestions.length ? suggestionList(answer.suggestions) : emptyState("bulb", "No suggestions yet", "Suggestions are made from recorded runs."));
    } catch (error) {
      if (!isOver) replace(advice, failedState(error, () => suggest(newSeed)));
    }
  }

  async function rate(runId, rating) {
    try {
      await api(`${base}/ratings${query(own)}`, { method: "POST", json: { runId, rating } });
      toast(`Rated ${rating}`);
    } catch (error) {
      toastError(error);
    }
  }

  function draw(memory) {
    const history = memory.video_history ?? [];
    if (!history.length && !Object.keys(memory.user_preferences ?? {}).length) return emptyState("memory", "No memory of this project", "It begins with the first run that is recorded or rated.");
    const rated = history.filter((run) => run.rating);
    const good = rated.filter((run) => run.rating === "good").length;
    const combinations = combine(history);
    const overall = interval(good, rated.length);
    return [
      figures([
        ["Runs", count(history.length)], ["Rated", count(rated.length), history.length ? `${percentText(rated.length / history.length)} of runs` : null],
        ["Success", rated.length ? percentText(good / rated.length) : "—", rated.length ? `95 % interval ${rangeOf(overall)}` : "no ratings yet"],
        ["Combinations", count(combinations.length), "of mood and music with ratings"],
      ]),
      h("div.columns",
        card("Success by combination", "Share of good ratings, with 95 % intervals", h("div.card-body", combinations.length
          ? barChart({
            label: combinations.map((one) => `${one.mood}, ${one.style}: ${percentText(one.rate)} of ${one.rated}, 95 % interval ${rangeOf(one)}`).join("; "),
            max: 1, axis: { marks: [0, 0.25, 0.5, 0.75, 1], format: (mark) => percentText(mark) },
            rows: combinations.slice(0, 14).map((one) => ({
              name: one.mood || "no mood", note: one.style, text: `${one.good} of ${one.rated}`, low: one.low, high: one.high, parts: [{ value: one.rate, color: 1 }],
              title: `${one.mood}, ${one.style}: ${percentText(one.rate)}, 95 % interval ${rangeOf(one)}`,
            })),
          })
          : h("p.dim", "No rated run has a mood or a music style yet."), combinations.length > 14 ? h("p.small.dim", `${combinations.length - 14} more are not shown.`) : null)),
        preferences(memory.user_preferences ?? {})),
      historyCard(history),
    ];
  }

  function preferences(wanted) {
    const known = (list) => (list?.length ? h("div.tags", list.map((item) => h("span.tag", short(String(item))))) : h("span.dim", "none yet"));
    return h("section.card", { "aria-label": "Preferences" }, h("header", h("h2", "Preferences"), h("p", "Set by hand, or learned from ratings"),
      may.write() ? h("div.actions", button("Edit", { icon: "edit", class: "small", onclick: () => choose(wanted) })) : null),
    h("div.card-body", h("dl.facts",
      h("dt", "Favorite moods"), h("dd", known(wanted.favorite_moods)),
      h("dt", "Disliked music"), h("dd", known(wanted.disliked_music_styles)),
      h("dt", "Preferred duration"), h("dd", wanted.preferred_duration === null || wanted.preferred_duration === undefined ? h("span.dim", "none yet") : `${wanted.preferred_duration} s`))));
  }

  async function choose(wanted) {
    const list = (values) => (values ?? []).join(", ");
    const patch = await dialog(`Preferences of ${project}`, (close) => {
      const moods = h("input", { id: "moods", value: list(wanted.favorite_moods) });
      const music = h("input", { id: "music", value: list(wanted.disliked_music_styles) });
      const seconds = h("input", { id: "seconds", type: "number", min: 0, step: "any", value: wanted.preferred_duration ?? "" });
      const words = (field) => {
        const found = field.value.split(",").map((word) => word.trim()).filter(Boolean);
        return found.length ? found : null;
      };
      return [
        h("p", "Ratings never override what you set here. Leave a field empty to learn it from ratings."),
        h("label.field", { for: "moods" }, "Favorite moods, separated by commas", moods),
        h("label.field", { for: "music" }, "Disliked music, separated by commas", music),
        h("label.field", { for: "seconds" }, "Preferred duration in seconds", seconds),
        h("div.actions", button("Cancel", { onclick: () => close(null) }), button("Save", { type: "submit", class: "primary", onclick: () => seconds.reportValidity() && close({
          favorite_moods: words(moods), disliked_music_styles: words(music), preferred_duration: seconds.value === "" ? null : Number(seconds.value),
        }) })),
      ];
    });
    if (!patch) return;
    try {
      await api(`${base}/preferences${query(own)}`, { method: "PATCH", json: patch, headers: { "Content-Type": "application/merge-patch+json" } });
      toast("Saved");
    } catch (error) {
      toastError(error);
    }
  }

  function historyCard(history) {
    const columns = [
      { title: "Run", by: (run) => run.runId ?? "" }, { title: "Theme", class: "narrow-hide", by: (run) => run.theme ?? "" }, { title: "Mood", by: (run) => run.mood ?? "" },
      { title: "Music", class: "narrow-hide", by: (run) => run.musicStyle ?? "" }, { title: "Time", class: "narrow-hide", by: (run) => Date.parse(run.timestamp) || 0 }, { title: "Rating", by: (run) => run.rating ?? "" },
    ];
    if (may.write()) columns.push({ title: "Rate", right: true });
    const newest = history.toReversed().slice(0, 100);
    return card("History", `${history.length > 100 ? `latest 100 of ${plural(history.length, "run")}` : plural(history.length, "run")}, newest first`, sortable("History", columns, newest, (run) => [
      h("strong", short(run.runId)), short(run.theme ?? "—"), short(run.mood ?? "—"), short(run.musicStyle ?? "—"), time(run.timestamp), run.rating ? badge(run.rating) : h("span.dim", "not rated"),
      h("span.actions.nowrap", ["good", "bad"].map((rating) => button(rating === "good" ? "Good" : "Bad", {
        icon: rating === "good" ? "thumbUp" : "thumbDown", class: "small", "aria-pressed": String(run.rating === rating), "aria-label": `Rate ${run.runId} ${rating}`, disabled: run.rating === rating, onclick: () => rate(run.runId, rating),
      }))),
    ].slice(0, columns.length)));
  }

  follow();
  return {
    title: `Memory of ${project}`,
    node: h("div",
      heading(h("span.crumbs", h("ol", h("li", h("a", { href: link(["memory"]) }, "Memory")), h("li", h("span", { "aria-current": "page" }, project)))), own.store ? `In ${store}` : null),
      h("section.card", { "aria-label": "Suggestions" }, h("header", h("h2", "What to try next"), adviceNote, h("div.actions", button("New suggestions", { icon: "refresh", class: "small", onclick: () => suggest(null) }))), advice),
      overview),
    leave: () => {
      isOver = true;
      source?.close();
    },
  };
}

function suggestionList(suggestions) {
  return h("ol.suggestions", suggestions.map((one) => h("li",
    h("div", h("strong", [one.mood, one.musicStyle].filter(Boolean).map((word) => short(word)).join(" · ")), " ",
      one.trials ? h("span.dim", `${percentText(one.successRate)} of ${plural(one.trials, "rating")}, at least ${lowText(one.lowerBound)}`) : h("span.dim", "not rated yet")),
    one.reason ? h("p.dim", one.reason) : null)));
}

/** Rated runs by mood and music, best first; with them how sure the rate is. */
function combine(history) {
  const groups = new Map();
  for (const run of history) {
    if (!run.rating || (!run.mood && !run.musicStyle)) continue;
    const name = JSON.stringify([run.mood ?? "", run.musicStyle ?? ""]);
    const group = groups.get(name) ?? { mood: run.mood ?? "", style: run.musicStyle ?? "", good: 0, rated: 0 };
    group.rated += 1;
    if (run.rating === "good") group.good += 1;
    groups.set(name, group);
  }
  return [...groups.values()].map((group) => ({ ...group, rate: group.good / group.rated, ...interval(group.good, group.rated) }))
    .sort((a, b) => b.rate - a.rate || b.rated - a.rated || a.mood.localeCompare(b.mood));
}

/** The ends of an interval are rounded outwards, as the server does in its reasons: one number is told in one way. */
const lowText = (share) => `${Math.floor(share * 100)} %`;
const rangeOf = ({ low, high }) => `${Math.floor(low * 100)}–${Math.ceil(high * 100)} %`;

/** E. B. Wilson's score interval at 95 %. */
export function interval(good, rated) {
  if (!rated) return { low: 0, high: 1 };
  const z = 1.959964, share = good / rated, scale = 1 + (z * z) / rated;
  const middle = (share + (z * z) / (2 * rated)) / scale;
  const half = (z / scale) * Math.sqrt((share * (1 - share)) / rated + (z * z) / (4 * rated * rated));
  return { low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}
