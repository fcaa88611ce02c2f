"use strict";
/* The jsPsych plugin that shows a screen: a form with one heading, checked before it is sent off.

   The heading takes the focus, so that a screen reader begins there. Every choice is kept at once;
   a page that is loaded again shows it again, and counts its time on. */

class ScreenPlugin {
  static info = {
    name: "study-screen",
    version: "1.0.0",
    parameters: {
      screen: { type: jsPsychModule.ParameterType.STRING },
      position: { type: jsPsychModule.ParameterType.INT, default: null },
    },
    data: {
      screen: { type: jsPsychModule.ParameterType.STRING },
      seconds: { type: jsPsychModule.ParameterType.FLOAT },
    },
  };

  constructor(jsPsych) {
    this.jsPsych = jsPsych;
  }

  trial(display, { screen, position }) {
    const name = screenName(screen, position);
    const shown = Screens[screen](position);
    const draft = Session.draft(name);
    const clock = startClock(draft.seconds);
    const away = STUDY.time_away ? startAway(draft.away, () => keep()) : NEVER_AWAY;
    const missing = h("div", { class: "missing", hidden: true, tabindex: -1 });
    const form = h(
      "form",
      { novalidate: true, autocomplete: "off" },
      shown.body,
      missing,
      h("p", { class: "buttons" }, buttons(shown)),
    );
    display.replaceChildren(h("h1", { tabindex: -1 }, shown.heading), form);
    restore(form, shown.asks, draft.answers);

    const keep = () => {
      const answers = valuesOf(form, shown.asks);
      if (form.isConnected) {
        Session.keepDraft(name, { answers, seconds: clock(), away: away.soFar() });
      }
    };
    addEventListener("pagehide", keep);
    form.addEventListener("input", (event) => {
      if (event.target.closest(".wrong")) markRow(event.target.name, false);
      if (!missing.hidden) countMissing(missing, openLines(shown.asks, valuesOf(form, shown.asks)));
      Frame.guardBack();
      keep();
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const values = valuesOf(form, shown.asks);
      Frame.guardBack();
      const open = openLines(shown.asks, values);
      if (open.length) {
        tellMissing(missing, open);
        return;
      }
      removeEventListener("pagehide", keep);
      away.stop();
      shown.submit(values, clock(), away.soFar());
      Session.pass(name);
      this.jsPsych.finishTrial({ screen: name, seconds: clock() });
    });
    Frame.show(shown.heading, name);
  }
}

function screenName(screen, position) {
  return position === null ? screen : `${screen} ${position}`;
}

/** Seconds since now, to a tenth, on top of those counted before a reload; a day at most. */
function startClock(before) {
  const DAY = 86400;
  const since = performance.now();
  const tenths = () => Math.round(10 * before + (performance.now() - since) / 100);
  return () => Math.min(tenths() / 10, DAY);
}

function buttons({ button, second }) {
  return [
    h("button", { type: "submit", class: "main" }, button),
    second && h("button", { type: "button", onclick: second.action }, second.label),
  ];
}

/** The values of the lines that have one: a point, a tick, several numbers, or text. */
function valuesOf(form, lines) {
  const values = {};
  for (const { id, kind } of lines) {
    const field = form.elements[id];
    if (kind === "text") values[id] = field.value;
    else if (kind === "box") values[id] = field.checked || undefined;
    else if (kind === "several") values[id] = ticked(form, id);
    else values[id] = Number(field.value) || undefined;
  }
  return values;
}

/** The numbers of the boxes ticked; undefined where none is. */
function ticked(form, name) {
  const boxes = [...form.querySelectorAll(`[name="${name}"]:checked`)];
  return boxes.length ? boxes.map((box) => Number(box.value)) : undefined;
}

function restore(form, lines, values) {
  for (const { id, kind } of lines) {
    if (kind === "text") form.elements[id].value = values[id] ?? "";
    if (kind === "box") form.elements[id].checked = values[id] === true;
  }
}

/** The lines without an answer; a text may stay empty, and a question about the person. */
function openLines(lines, values) {
  return lines.filter(({ id, kind }) => kind !== "text" && kind !== "free" && !values[id]);
}

/** Say how many lines are open, and mark them. */
function tellMissing(box, open) {
  for (const { id } of open) markRow(id, true);
  countMissing(box, open);
  box.focus();
}

/** The count of open lines with the way to the first; nothing where none is open any more. */
function countMissing(box, open) {
  box.hidden = !open.length;
  if (box.hidden) return;
  const [{ id }] = open;
  const toFirst = (event) => {
    event.preventDefault();
    document.querySelector(`#${CSS.escape(id)}-row input`).focus();
  };
  const count = open.length === 1 ? "One answer is" : `${open.length} answers are`;
  box.replaceChildren(
    h("p", {}, `${count} missing. `, h("a", { href: `#${id}-row`, onclick: toFirst }, "Go to the first one")),
  );
}
