"use strict";
/* Elements and texts. Whatever comes from data becomes text, never markup. */

/** An element with attributes and children; what is null, undefined or false is left out. */
function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child || child === 0));
  return element;
}

/** Text with ``**bold**`` words, and [places to complete] marked. */
function inline(text) {
  return text.split(/(\*\*[^*]+\*\*|\[[^\]]+\])/).map((part) => {
    if (/^\*\*[^*]+\*\*$/.test(part)) return h("strong", {}, part.slice(2, -2));
    if (STUDY.open_places.includes(part)) return h("mark", {}, part);
    return part;
  });
}

const ENTRY = /^\s*(?:[-*•]|(\d+)[.)])\s+(.*)$/;

/** One list from consecutive lines that open with a dash or with a number. */
function list(lines) {
  const numbered = lines.every((line) => ENTRY.exec(line)[1] !== undefined);
  return h(
    numbered ? "ol" : "ul",
    {},
    lines.map((line) => {
      const [, number, text] = ENTRY.exec(line);
      return h("li", { value: numbered && number }, inline(text));
    }),
  );
}

/** Paragraphs and lists of a trace: blank lines part paragraphs, "- " and "1. " open entries. */
function prose(text) {
  const blocks = [];
  for (const paragraph of text.split(/\n\s*\n/)) {
    let entries = [];
    const flush = () => {
      if (entries.length) blocks.push(list(entries));
      entries = [];
    };
    for (const line of paragraph.split("\n").filter((line) => line.trim())) {
      if (ENTRY.test(line)) {
        entries.push(line);
      } else {
        flush();
        blocks.push(h("p", {}, inline(line.replace(/^#+\s+/, ""))));
      }
    }
    flush();
  }
  return blocks;
}

/** Names joined as in a sentence. */
function listed(names) {
  return names.length < 2
    ? names.join("")
    : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/** A line's row when nothing was chosen in it, and when something is. */
function markRow(id, missing) {
  const row = document.getElementById(`${id}-row`);
  const told = row.matches("fieldset") ? row : row.querySelector("input");
  row.classList.toggle("wrong", missing);
  document.getElementById(`${id}-error`).hidden = !missing;
  if (missing) {
    told.setAttribute("aria-invalid", "true");
    told.setAttribute("aria-describedby", `${id}-error`);
  } else {
    told.removeAttribute("aria-invalid");
    told.removeAttribute("aria-describedby");
  }
}

/** Radio buttons of one name, numbered from 1, with the words of each. */
function radios(name, words, chosen) {
  return words.map((text, index) =>
    h(
      "label",
      {},
      h("input", { type: "radio", name, value: index + 1, checked: chosen === index + 1 }),
      h("span", {}, text),
    ),
  );
}

/** A group of radio buttons under its line; the points are the scale's own words. */
function rating(line, chosen) {
  const points = STUDY.questionnaire.scales[line.scale];
  return h(
    "fieldset",
    { class: "rating", id: `${line.id}-row`, role: "radiogroup", "aria-required": "true" },
    h("legend", {}, line.text),
    h("p", { class: "error", id: `${line.id}-error`, hidden: true }, "Please choose one."),
    h("div", { class: "points" }, radios(line.id, points, chosen)),
  );
}

/** The answers that may be guessed, of which one or more are ticked. */
function guess(choices, ticked) {
  const boxes = choices.map(({ text }, index) => {
    const [value, checked] = [index + 1, ticked.includes(index + 1)];
    return h("label", {}, h("input", { type: "checkbox", name: "choices", value, checked }), h("span", {}, text));
  });
  return h(
    "fieldset",
    { class: "rating", id: "choices-row" },
    h("legend", {}, STUDY.questionnaire.comprehension),
    h("p", { class: "error", id: "choices-error", hidden: true }, "Please tick at least one."),
    h("div", { class: "options" }, boxes),
  );
}

/** A question about the person, which may be left out; its last option says that one would rather
    not say. */
function personal(question, chosen) {
  const options = [...question.options, STUDY.questionnaire.demographics.decline];
  return h(
    "fieldset",
    { class: "rating", id: `${question.id}-row`, role: "radiogroup" },
    h("legend", {}, question.text),
    h("div", { class: "options" }, radios(question.id, options, chosen)),
  );
}
