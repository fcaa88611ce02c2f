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

function csvOf(table) {
  const cell = (it) => {
    const text = it.querySelector('[role="img"]') ? "" : it.textContent.trim();
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [...table.rows].map((row) => [...row.cells].map(cell).join(",")).join("\n") + "\n";
}

function svgOf(drawn) {
  const copy = drawn.cloneNode(true);
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
      const [value, low, high, mark] = choice.rows[place];
      row.querySelector("rect").setAttribute("width", at(value) - left);
      row.querySelector("line").setAttribute("x1", at(low));
      row.querySelector("line").setAttribute("x2", at(high));
      const diamond = row.querySelector("path");
      diamond.setAttribute("transform", diamond.getAttribute("transform").replace(/\(\S+/, `(${at(mark)}`));
      diamond.setAttribute("visibility", mark == null ? "hidden" : "visible");
      row.querySelector(".value").textContent = value == null ? "–" : value.toFixed(1);
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

document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll(".artifact-choices").forEach(offerChoices);
  for (const figure of document.querySelectorAll(".artifact-table, .artifact-figure")) {
    const caption = figure.querySelector("figcaption");
    const table = figure.querySelector("table");
    const drawn = figure.querySelector("svg");
    const name = figure.id || "artifact";
    const about = caption.textContent.slice(0, 60);
    const tools = document.createElement("span");
    tools.className = "artifact-tools";
    if (figure.id) {
      const link = document.createElement("a");
      link.href = `#${figure.id}`;
      link.textContent = "Link";
      link.setAttribute("aria-label", `Link: ${about}`);
      tools.append(link);
    }
    if (table) tools.append(button("CSV", about, () => save(`${name}.csv`, "text/csv", csvOf(table))));
    else if (drawn) tools.append(button("SVG", about, () => save(`${name}.svg`, "image/svg+xml", svgOf(drawn))));
    caption.append(tools);
  }
  for (const code of document.querySelectorAll(".artifact-evidence code")) {
    code.after(button("Copy", code.textContent, (made) => {
      navigator.clipboard.writeText(code.textContent);
      made.textContent = "Copied";
    }));
  }
});

window.addEventListener("beforeprint", () => {
  for (const fold of document.querySelectorAll("details:not([open])")) fold.open = true;
});
