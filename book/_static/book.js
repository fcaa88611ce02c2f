/* What a page can do beyond showing: redraw a chart, save a table as CSV and a figure as SVG, copy a command, and
   open every fold for print. Without JavaScript nothing is missing but these. */
"use strict";

function save(name, type, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

function button(label, about, action) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "artifact-button";
  made.textContent = label;
  made.setAttribute("aria-label", `${label}: ${about}`);
  made.addEventListener("click", () => action(made));
  return made;
}

/* A page prints a minus sign; programs that read CSV expect a hyphen. */
const withHyphen = (text) => text.replaceAll("−", "-");

/* A line for each row, the words over a run of rows in its first cell, limits in a cell of their own. */
function csvOf(table) {
  const quoted = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const wordsOver = (row) => row.parentElement.querySelector("[scope=rowgroup]");
  const rows = [...table.rows].filter((row) => row.cells[0] !== wordsOver(row));
  const head = [...table.tHead.rows[0].cells];
  const split = head.map((_, place) => rows.some((row) => row.cells[place]?.querySelector("small")));
  const cellsOf = (cell, place) => {
    const limits = cell.querySelector("small")?.textContent ?? "";
    const value = cell.querySelector('[role="img"]') ? "" : cell.textContent.replace(limits, "").trim();
    return (split[place] ? [value, limits] : [value]).map(withHyphen);
  };
  const over = (row) => (row.parentElement === table.tHead ? "rows" : wordsOver(row).textContent);
  const opening = (row) => (table.querySelector("[scope=rowgroup]") ? [over(row)] : []);
  const line = (row) => [...opening(row), ...[...row.cells].flatMap(cellsOf)].map(quoted).join(",");
  return `${rows.map(line).join("\n")}\n`;
}

/* On a narrow screen a table of few cells that would scroll becomes a card for each row. */
const NARROW = matchMedia("(max-width: 40rem)");
const FEW = 160;
const ROLES = { TABLE: "table", THEAD: "rowgroup", TBODY: "rowgroup", TR: "row", TD: "cell" };

function asCards(whole) {
  const table = whole.querySelector("table");
  const box = table.parentElement;
  const head = [...table.tHead.rows[0].cells].map((cell) => cell.textContent);
  whole.classList.remove("artifact-cards");
  const scrolls = NARROW.matches && box.scrollWidth > box.clientWidth;
  if (!scrolls || table.rows.length * head.length > FEW) return;
  whole.classList.add("artifact-cards");
  // shown as blocks, its parts would be no table to a screen reader
  for (const part of [table, ...table.querySelectorAll("*")]) {
    if (part.tagName in ROLES) part.setAttribute("role", ROLES[part.tagName]);
    if (part.tagName === "TH") part.setAttribute("role", part.scope === "col" ? "columnheader" : "rowheader");
    if (part.tagName === "TD" && part.cellIndex > 0) part.dataset.head = head[part.cellIndex];
  }
}

function svgOf(drawn) {
  const copy = drawn.cloneNode(true);
  copy.id = drawn.closest("figure").id; // by which its styles know their parts
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("style", "color: #000; background: #fff");
  return new XMLSerializer().serializeToString(copy);
}

/* A chart with choices: a list above it redraws its bars (see artifact/book/figures/explorable.py). */
function offerChoices(figure) {
  const { question, left, width, choices } = JSON.parse(figure.querySelector("script").textContent);
  const rows = [...figure.querySelectorAll("g.artifact-bar")];
  const said = figure.querySelector("[role=status]");
  const at = (percent) => left + (percent ?? 0) * width / 100;
  const show = (choice) => {
    rows.forEach((row, place) => {
      const [value, low, high, mark, n] = choice.rows[place];
      row.querySelector("rect").setAttribute("width", at(value) - left);
      row.querySelector("line").setAttribute("x1", at(low));
      row.querySelector("line").setAttribute("x2", at(high));
      const diamond = row.querySelector("path");
      diamond.setAttribute("transform", diamond.getAttribute("transform").replace(/\(\S+/, `(${at(mark)}`));
      diamond.setAttribute("visibility", mark == null ? "hidden" : "visible");
      row.querySelector(".value").textContent = value == null ? "–" : value.toFixed(1) + (n == null ? "" : ` (${n})`);
    });
    said.textContent = choice.said;
  };
  const select = document.createElement("select");
  choices.forEach(({ name }, place) => select.add(new Option(name, place)));
  select.addEventListener("change", () => show(choices[select.value]));
  const label = document.createElement("label");
  label.className = "artifact-choice";
  label.append(`${question} `, select);
  figure.prepend(label);
}

/* A table that is written in a page and not computed has no caption; its number stands in a line of its own, with
   the heading above it for a title. */
const WRITTEN = ".bd-article .pst-scrollable-table-container";

function lineAbove(written) {
  const line = document.createElement("p");
  line.className = "artifact-numbered";
  const heading = written.closest("section")?.querySelector("h1, h2, h3")?.cloneNode(true);
  heading?.querySelector(".headerlink")?.remove();
  line.textContent = heading?.textContent ?? "";
  written.before(line);
  return line;
}

document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll(".artifact-choices").forEach(offerChoices);
  const counted = { Table: 0, Figure: 0 };
  for (const figure of document.querySelectorAll(`figure:is(.artifact-table, .artifact-figure), ${WRITTEN}`)) {
    const caption = figure.querySelector("figcaption") ?? lineAbove(figure);
    const kind = figure.matches(".artifact-figure") ? "Figure" : "Table";
    caption.dataset.number = `${kind} ${(counted[kind] += 1)}`; // a counter of the style skips closed folds
    const table = figure.querySelector("table"); // that of a figure holds what it draws
    const drawn = figure.querySelector("svg");
    const name = (figure.id ||= caption.dataset.number.toLowerCase().replace(" ", "-"));
    const about = caption.textContent.slice(0, 60);
    const tools = document.createElement("span");
    tools.className = "artifact-tools";
    const link = document.createElement("a");
    link.href = `#${name}`;
    link.textContent = "Link";
    link.setAttribute("aria-label", `Link: ${about}`);
    tools.append(link);
    if (table) tools.append(button("CSV", about, () => save(`${name}.csv`, "text/csv", csvOf(table))));
    if (drawn) tools.append(button("SVG", about, () => save(`${name}.svg`, "image/svg+xml", svgOf(drawn))));
    caption.append(tools);
  }
  openFolds(); // what a link names may have got its id only now
  const whole = document.querySelectorAll(".artifact-table, .pst-scrollable-table-container");
  const lay = () => whole.forEach(asCards);
  lay();
  window.addEventListener("resize", lay);
  document.addEventListener("toggle", lay, true); // of a fold, in which nothing has a width until then
  for (const code of document.querySelectorAll(".artifact-evidence code")) {
    code.after(button("Copy", code.textContent, (made) => {
      navigator.clipboard.writeText(code.textContent);
      made.textContent = "Copied";
    }));
  }
});

/* What a link names may lie in folds. */
function openFolds() {
  let name = location.hash.slice(1);
  try { name = decodeURIComponent(name); } catch { /* a malformed link names nothing */ }
  const named = document.getElementById(name);
  for (let fold = named?.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  named?.scrollIntoView();
}

window.addEventListener("hashchange", openFolds);
window.addEventListener("beforeprint", () => {
  for (const fold of document.querySelectorAll("details:not([open])")) fold.open = true;
});
