"use strict";
/* The screens: each gives its content, what it asks, and what to keep when it is sent off.

   A screen is {heading, body, asks, button, submit}: `asks` are the lines that must be answered,
   `submit` gets their values, the seconds that the screen was open, and how it was left meanwhile. */

const { questionnaire: ASKED, texts: TEXTS } = STUDY;
const ANSWER_ONLY = "answer_only";

/** What the group sees with a problem: its own trace type, or rotated within subjects. */
function armOf(group, problemId) {
  if (STUDY.design === "between") return group;
  const turn = STUDY.problems.findIndex((problem) => problem.id === problemId);
  const first = STUDY.arms.indexOf(group);
  return STUDY.arms[(first + Math.max(turn, 0)) % STUDY.arms.length];
}

/** The attention checks on the page at a position: spread evenly over the session. */
function checksAt(position) {
  const pages = STUDY.problems.length;
  return ASKED.checks.filter(
    (_, index) => Math.floor(((index + 1) * pages) / (ASKED.checks.length + 1)) === position,
  );
}

/** The items asked with an arm; each check stands after the first item of its scale. */
function linesFor(arm, checks) {
  const lines = ASKED.items.filter((item) => arm !== ANSWER_ONLY || !item.needs_trace);
  for (const check of checks) {
    const at = lines.findIndex((line) => line.scale === check.scale);
    lines.splice(at + 1, 0, check);
  }
  return lines;
}

/** Question and facts. */
function asking(problem) {
  return [
    h("h2", {}, "Question"),
    h("p", { class: "question" }, problem.question),
    h("h2", {}, "Facts that the system was given"),
    h("ul", { class: "facts" }, problem.context.map((fact) => h("li", {}, fact))),
  ];
}

/** The reasoning text, where the arm has one. */
function reasoning(problem, arm) {
  return arm === ANSWER_ONLY
    ? []
    : [h("h2", {}, "Reasoning text"), h("div", { class: "trace" }, prose(problem.traces[arm]))];
}

function answering(problem) {
  return [h("h2", {}, "Answer"), h("p", { class: "answer" }, listed(problem.answers))];
}

/** Question, facts, trace and answer. */
function reading(problem, arm) {
  return [asking(problem), reasoning(problem, arm), answering(problem)];
}

/** The lines to rate, with what was chosen before a reload. */
function ratings(lines, draft) {
  return [
    h("h2", {}, "Your view"),
    h("p", {}, "Please choose one answer in each row."),
    lines.map((line) => rating(line, draft[line.id])),
  ];
}

/** What is read and what is asked: side by side where there is room; elsewhere a button that stays
    in sight shows again what was read. */
function sides(problem, arm, asked) {
  const what = arm === ANSWER_ONLY ? "the problem" : "the reasoning text";
  // What the questions are about comes first.
  const again = () =>
    Frame.showAgain([reasoning(problem, arm), answering(problem), asking(problem)]);
  const read = h("section", { class: "reading", "aria-label": "The problem" }, reading(problem, arm));
  // Where it scrolls by itself, the keyboard must reach it.
  new ResizeObserver(() => {
    if (read.scrollHeight > read.clientHeight) read.setAttribute("tabindex", "0");
    else read.removeAttribute("tabindex");
  }).observe(read);
  return h(
    "div",
    { class: "sides" },
    read,
    h(
      "section",
      { class: "asked", "aria-label": "Your view" },
      h(
        "p",
        { class: "again" },
        h("button", { type: "button", onclick: again }, `Show ${what} again`),
      ),
      asked,
    ),
  );
}

/** What the trace makes one expect, asked before the answer is shown. */
function guessing(problem, arm, draft) {
  return [
    asking(problem)[0],
    asking(problem)[1],
    reasoning(problem, arm),
    guess(problem.choices, draft.choices ?? []),
  ];
}

/** Values by line, the checks apart from the items. */
function parted(values, checks) {
  const own = new Set(checks.map((check) => check.id));
  return Object.fromEntries(Object.entries(values).filter(([id]) => !own.has(id)));
}

const Screens = {
  consent() {
    return {
      heading: "Before you begin",
      body: [
        TEXTS.information.map(({ heading, text }) => [
          h("h2", {}, heading),
          h("p", {}, inline(text)),
        ]),
        h("h2", {}, "Your consent"),
        h("ul", {}, TEXTS.consent.statements.map((text) => h("li", {}, inline(text)))),
        h("p", { class: "error", id: "consent-error", hidden: true }, "Please tick the box to take part."),
        h(
          "label",
          { class: "box", id: "consent-row" },
          h("input", { type: "checkbox", name: "consent", required: true }),
          h("span", {}, inline(TEXTS.consent.agree)),
        ),
      ],
      asks: [{ id: "consent", kind: "box" }],
      button: "Take part",
      second: { label: "Don't take part", action: () => Ends.decline() },
      submit(values, seconds) {
        Session.add({ trial: "consent", kind: "consent", answers: { consent: true }, seconds });
      },
    };
  },

  instructions() {
    const plain = Session.state.place.group === ANSWER_ONLY && STUDY.design === "between";
    const paragraphs = TEXTS.instructions[plain ? "answer_only" : "trace_shown"];
    return {
      heading: "What to do",
      body: paragraphs.map((text) => h("p", {}, inline(text))),
      asks: [],
      button: "Go to the practice page",
      submit() {},
    };
  },

  comprehension(position) {
    const { group, problems } = Session.state.place;
    const practising = position === null;
    const problem = practising
      ? STUDY.practice
      : STUDY.problems.find(({ id }) => id === problems[position]);
    const place = STUDY.problems.indexOf(problem) + 1;
    const draft = Session.draft(screenName("comprehension", position)).answers;
    return {
      heading: practising
        ? "Practice: before the answer"
        : `Before the answer to problem ${position + 1} of ${problems.length}`,
      body: [
        practising && h("p", { class: "note" }, inline(TEXTS.practice)),
        guessing(problem, armOf(group, problem.id), draft),
      ],
      asks: [{ id: "choices", kind: "several" }],
      button: "Show the answer",
      submit({ choices }, seconds) {
        if (practising) return;
        const answers = Object.fromEntries(choices.map((number) => [number, true]));
        Session.add({ trial: `comprehension:${place}`, kind: "comprehension", answers, seconds });
      },
    };
  },

  practice() {
    const arm = armOf(Session.state.place.group, STUDY.practice.id);
    const lines = linesFor(arm, []);
    return {
      heading: "Practice",
      body: [
        h("p", { class: "note" }, inline(TEXTS.practice)),
        sides(STUDY.practice, arm, ratings(lines, Session.draft("practice").answers)),
      ],
      asks: lines,
      button: "Go to the first problem",
      submit(answers, seconds) {
        Session.add({ trial: "practice", kind: "practice", answers, seconds });
      },
    };
  },

  problem(position) {
    const { group, problems } = Session.state.place;
    const problem = STUDY.problems.find(({ id }) => id === problems[position]);
    const arm = armOf(group, problem.id);
    const checks = checksAt(position);
    const lines = linesFor(arm, checks);
    return {
      heading: `Problem ${position + 1} of ${problems.length}`,
      body: [
        sides(problem, arm, ratings(lines, Session.draft(`problem ${position}`).answers)),
      ],
      asks: lines,
      button: "Continue",
      submit(values, seconds, away) {
        const answers = parted(values, checks);
        Session.add({ trial: problem.id, kind: "problem", answers, seconds, ...awayFields(away) });
        for (const { id } of checks) {
          Session.add({ trial: id, kind: "check", answers: { [id]: values[id] }, seconds });
        }
      },
    };
  },

  demographics() {
    const { questions } = ASKED.demographics;
    const draft = Session.draft("demographics").answers;
    return {
      heading: "About you",
      body: [
        h("p", {}, "Each question is voluntary: leave out whatever you like."),
        questions.map((question) => personal(question, draft[question.id])),
      ],
      asks: questions.map(({ id }) => ({ id, kind: "free" })),
      button: "Continue",
      submit(values, seconds) {
        const answers = Object.fromEntries(Object.entries(values).filter(([, value]) => value));
        if (!Object.keys(answers).length) return;
        Session.add({ trial: "demographics", kind: "demographics", answers, seconds });
      },
    };
  },

  comment() {
    const { id, text } = ASKED.comment;
    return {
      heading: "Your comment",
      body: [
        h("label", { for: id, class: "lead" }, text),
        h("p", { id: `${id}-note` }, inline(TEXTS.comment)),
        h("textarea", { id, name: id, rows: 6, maxlength: 5000, "aria-describedby": `${id}-note` }),
      ],
      asks: [{ id, kind: "text" }],
      button: "Finish",
      submit(values, seconds) {
        // Control characters can't be typed, but pasted.
        const words = values[id].replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, "").trim();
        if (words) Session.add({ trial: id, kind: "comment", answers: { [id]: words }, seconds });
      },
    };
  },
};
