/* The explorer: choose a run and a problem, read the output and its verdicts, swap the trace.
   Data come as scripts (see artifact/book/generated/explorer.py), so the page works from a disk too. */
"use strict";

{
  const folder = new URL("explorer/", document.currentScript.src).href;
  const waiting = new Map();
  const loaded = new Map();

  window.explorerData = (name, data) => {
    loaded.set(name, data);
    waiting.get(name)?.(data);
  };

  const unread = (name, how) => new Error(`The file explorer/${name}.js ${how}; build the book again: artifact book.`);

  const load = (name) =>
    loaded.has(name)
      ? Promise.resolve(loaded.get(name))
      : new Promise((done, fail) => {
          waiting.set(name, done);
          const script = document.createElement("script");
          script.src = `${folder}${name}.js`;
          script.onerror = () => fail(unread(name, "is missing"));
          script.onload = () => loaded.has(name) || fail(unread(name, "is damaged"));
          document.head.append(script);
        });

  const el = (tag, given = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(given)) {
      if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else if (value !== false && value != null) made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...children.filter((child) => child != null));
    return made;
  };

  let traceNames = {}; // forced trace -> what it is called
  const ANSWERS = { "": "any answer", right: "answer right", wrong: "answer wrong" };
  const TRACES = { "": "any trace", ok: "trace right (strict)", not: "trace not right", differ: "where the two scorings differ" };

  const initial = { run: "", problem: "", trace: "misleading", answer: "", steps: "" };
  const state = { ...initial };
  const root = document.getElementById("artifact-explorer");
  const both = (pair) => pair && pair[0] && pair[1];
  const matches = ([right, released, strict, lenient]) => {
    const traceRight = Boolean(both(strict));
    const differ = traceRight !== Boolean(both(lenient)) || (released != null && released !== right);
    return (!state.answer || right === (state.answer === "right")) &&
      (!state.steps || (state.steps === "differ" ? differ : traceRight === (state.steps === "ok")));
  };

  const filters = { answer: ANSWERS, steps: TRACES };
  let swapped = false; // whether traces were forced on what is shown
  let refused = ""; // what the address asks for and there is not
  const readAddress = () => {
    Object.assign(state, initial);
    refused = "";
    for (const [name, value] of new URLSearchParams(location.hash.slice(1))) {
      if (Object.hasOwn(filters, name) && !Object.hasOwn(filters[name], value)) refused += `There is no filter ${name}=${value}. `;
      else if (Object.hasOwn(state, name)) state[name] = value;
    }
  };
  const writeAddress = () => {
    const kept = Object.entries(state).filter(([name, value]) => value && (name !== "trace" || swapped));
    history.replaceState(null, "", `#${new URLSearchParams(kept)}`);
  };

  const choice = (label, options, value, change) => {
    const select = el("select", { onchange: (event) => change(event.target.value) });
    for (const [group, entries] of options) {
      const into = group ? el("optgroup", { label: group }) : select;
      for (const [key, text] of entries) into.append(el("option", { value: key, selected: key === value }, text));
      if (group) select.append(into);
    }
    return el("label", {}, `${label} `, select);
  };

  /* `text` with every fact of the context that it quotes marked, the longest first. */
  const marked = (text, problem, gold) => {
    const facts = [...problem.context.keys()].sort((a, b) => problem.context[b].length - problem.context[a].length);
    const parts = [];
    let rest = text;
    while (rest) {
      let best = null;
      for (const place of facts) {
        const at = rest.toLowerCase().indexOf(problem.context[place].toLowerCase());
        if (at >= 0 && (!best || at < best.at)) best = { at, place };
      }
      if (!best) break;
      const length = problem.context[best.place].length;
      parts.push(rest.slice(0, best.at));
      parts.push(el("mark", { class: gold.includes(best.place) ? "gold" : "" }, rest.slice(best.at, best.at + length)));
      rest = rest.slice(best.at + length);
    }
    return [...parts, rest];
  };

  const context = (problem, output) =>
    el("ol", { class: "context", tabindex: "0" }, ...problem.context.map((fact, place) => {
      const cited = output.quoted.includes(place);
      const gold = output.gold.includes(place);
      const said = [cited && "cited", gold && "gold"].filter(Boolean).join(", ");
      return el("li", {}, cited ? el("mark", { class: gold ? "gold" : "" }, fact) : fact, said ? ` (${said})` : "");
    }));

  /* What the release's own look-up found for an output of its own, where that matters. */
  const lookedUp = (output) =>
    output.looked_up
      ? ` The release looks up the first row with the same answer, here another problem's: “${output.looked_up.question}”, label ${output.looked_up.label}.`
      : "";

  const yes = (value) => (value == null ? "–" : value ? "right" : "wrong");

  const verdicts = (problem, output) => {
    const missing = output.gold.filter((place) => !output.quoted.includes(place)).length;
    const extra = output.quoted.filter((place) => !output.gold.includes(place)).length;
    const facts = [
      `${output.quoted.length} cited`, missing && `${missing} of ${output.gold.length} gold facts missing`,
      extra && `${extra} that are not gold`, output.invented.length && `${output.invented.length} not in the context`,
    ].filter(Boolean).join(", ");
    const mended = output.mended != null && output.mended !== output.released
      ? `; ${yes(output.mended)} with the inverted flag corrected` : "";
    const rows = [["answer", yes(output.right), yes(output.released), `gold: ${problem.answers.join(", ")}${mended}`]];
    if (output.strict) {
      const [label, any] = output.lenient ?? [null, null];
      const why = output.lenient ? lookedUp(output) : " The release scores no steps of this output.";
      rows.unshift(
        ["label", yes(output.strict[0]), yes(label), `states ${output.label ?? "none"}, gold: ${problem.category}.${why}`],
        ["facts", yes(output.strict[1]), yes(any), output.lenient && any !== output.strict[1] ? `${facts}; the release takes any fact of the ${output.looked_up ? "row it looks up" : "context"}` : facts],
      );
    }
    return el("table", {},
      el("thead", {}, el("tr", {}, ...["step", "strict", "as the release counts", "why"].map((head) => el("th", { scope: "col" }, head)))),
      el("tbody", {}, ...rows.map(([head, ...cells]) =>
        el("tr", {}, el("th", { scope: "row" }, head), ...cells.map((cell) => el("td", {}, cell))))));
  };

  const forcedText = (problem, kind, line) =>
    kind === "own" ? "(its own trace)"
    : kind.startsWith("early") ? `(the first ${kind.slice(6)} % of its own trace, then closed)`
    : kind === "none" ? "(empty)"
    : kind === "mistake" ? line.text
    : problem.traces[kind] ?? "(not at hand)";

  const swap = (problem, output) => {
    const here = Object.entries(output.swaps);
    swapped = here.length > 0;
    if (!here.length) return el("p", {}, "No trace was forced on this output.");
    const kinds = here.map(([kind]) => kind);
    // What was chosen stays chosen for problems that have such a trace.
    let chosen = [state.trace, "correct", kinds[0]].find((kind) => kinds.includes(kind));
    const shown = el("div", { class: "swapped pair", "aria-live": "polite" });
    const show = () => {
      const line = here.find(([kind]) => kind === chosen)[1];
      const points = problem.points[chosen];
      shown.replaceChildren(
        el("section", {}, el("h3", {}, "What it wrote by itself"),
          el("pre", { tabindex: "0" }, ...marked(output.text, problem, output.gold)),
          el("p", {}, `This answer is ${yes(output.right)}.`)),
        el("section", {}, el("h3", {}, `Forced trace: ${traceNames[chosen]}`),
          el("pre", { tabindex: "0" }, ...marked(forcedText(problem, chosen, line), problem, output.gold)),
          el("p", {}, "The model answers ", el("strong", {}, chosen === "mistake" ? "as above" : line.text ?? "nothing"),
            `: ${yes(line.right)}.`,
            points ? ` The trace points to ${points.join(", ")}.` : "",
            line.followed == null ? "" : line.followed ? " The answer follows the trace." : " The answer does not follow it.")));
      writeAddress();
    };
    const radios = el("fieldset", {}, el("legend", {}, "Swap the trace"), ...here.map(([kind, line]) =>
      el("label", {}, el("input", {
        type: "radio", name: "trace", value: kind, checked: kind === chosen,
        onchange: () => { state.trace = chosen = kind; show(); },
      }), ` ${traceNames[kind]}: `, el("span", { class: "answer" }, kind === "mistake" || line.text == null ? "" : `“${line.text}” `),
        kind !== "mistake" && line.text == null ? "no answer" : `(${yes(line.right)})`)));
    show();
    return el("section", {}, el("h2", {}, "Swap the trace, watch the answer"), radios, shown);
  };

  const detail = (problem, output) => [
    el("h2", {}, problem.question),
    el("div", { class: "pair" },
      el("section", {}, el("h3", {}, "Context"), context(problem, output)),
      el("section", {}, el("h3", {}, "What the model wrote"),
        el("pre", { tabindex: "0" }, ...marked(output.text, problem, output.gold)),
        output.cut ? el("p", {}, `${output.cut} more characters are not shown; the verdicts are those of the whole text.`) : null,
        verdicts(problem, output))),
    swap(problem, output),
  ];

  const draw = async () => {
    const { runs, chunk, traces, first } = await load("runs");
    traceNames = traces;
    if (state.trace !== initial.trace && !Object.hasOwn(traces, state.trace)) {
      refused += `There is no forced trace ${state.trace}. `;
      state.trace = initial.trace;
    }
    const run = runs.find((each) => each.id === state.run) ?? runs.find((each) => each.id === first) ?? runs[0];
    if (!run) return root.replaceChildren(el("p", {}, "There are no reference runs."));
    const unknown = state.run && state.run !== run.id ? `There is no run ${state.run}; another is shown. ` : "";
    state.run = run.id;
    let lost = "";
    const outputs = await load(run.id).catch((error) => { lost = `${error.message} `; return []; });
    const kept = [...outputs.keys()].filter((at) => matches(outputs[at]));
    let at = state.problem ? Number(state.problem) - 1 : (run.opens ?? -1); // problems are numbered from 1
    const missing = state.problem && !outputs[at] ? `There is no problem ${state.problem} in this run; another is shown. ` : "";
    const left = outputs[at] && !kept.includes(at) ? `Problem ${at + 1} does not match; another is shown. ` : "";
    if (!kept.includes(at)) at = kept[0] ?? -1;
    state.problem = at < 0 ? "" : String(at + 1);
    const focused = document.activeElement?.closest?.("label, button")?.dataset?.name;
    const groups = new Map();
    for (const each of runs) {
      if (!groups.has(each.group)) groups.set(each.group, []);
      groups.get(each.group).push([each.id, `${each.kind}${each.seed == null ? "" : `, seed ${each.seed}`}: ${each.right.toFixed(1)} % right${each.forced ? ", traces forced" : ""}`]);
    }
    const set = (name) => (value) => { state[name] = value; refused = ""; draw(); };
    const step = (by) => () => set("problem")(String(kept[kept.indexOf(at) + by] + 1));
    const controls = [
      choice("Model and kind", [...groups], run.id, set("run")),
      choice("Answer", [["", Object.entries(ANSWERS)]], state.answer, set("answer")),
      choice("Trace or scoring", [["", Object.entries(TRACES)]], state.steps, set("steps")),
      choice("Problem", [["", kept.map((place) => [String(place + 1), `${place + 1}`])]], state.problem, set("problem")),
      el("button", { type: "button", class: "artifact-button", disabled: kept.indexOf(at) <= 0, onclick: step(-1) }, "Previous"),
      el("button", { type: "button", class: "artifact-button", disabled: at < 0 || kept.indexOf(at) >= kept.length - 1, onclick: step(1) }, "Next"),
    ];
    controls.forEach((control, place) => { control.dataset.name = String(place); });
    const count = el("p", { role: "status" }, unknown, missing, refused, left, lost, at < 0 ? "" : `Problem ${at + 1}. `, `${kept.length} of ${outputs.length} outputs match.`,
      run.commit ? ` A released output, from commit ${run.commit} of the paper's repository: for local reading only.` : "");
    const group = el("p", { class: "artifact-note" }, run.group);
    const bar = el("div", { class: "controls", role: "group", "aria-label": "What to show" }, ...controls);
    if (at < 0) {
      root.replaceChildren(bar, group, count);
    } else {
      const part = Math.floor(at / chunk);
      let shown;
      try {
        const [problems, rows] = await Promise.all([load(`${run.problems}-${part}`), load(`${run.id}-${part}`)]);
        const [problem, row] = [problems[at % chunk], rows[at % chunk]];
        if (!problem || !row) throw unread(`${run.id}-${part}`, "is damaged");
        shown = detail(problem, row).filter(Boolean);
      } catch (error) {
        shown = [el("p", { role: "alert" }, error.message)]; // other problems and runs can still be chosen
      }
      root.replaceChildren(bar, group, count, ...shown);
    }
    writeAddress();
    if (focused) {
      const again = root.querySelector(`[data-name="${focused}"]`);
      const there = again?.disabled ? root.querySelector(".controls button:not(:disabled)") : again;
      (there?.querySelector("select") ?? there)?.focus();
    }
  };

  const start = () => draw().catch((error) => root.replaceChildren(el("p", { role: "alert" }, error.message)));
  window.addEventListener("hashchange", () => {
    if (!location.hash || location.hash.includes("=")) { readAddress(); start(); } // else a place on the page
  });
  readAddress();
  start();
}
