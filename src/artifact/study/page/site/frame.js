"use strict";
/* What stands around the screens: title, progress, the way out, the way back, and the screens that
   end it all. */

const Frame = (() => {
  const byId = (id) => document.getElementById(id);
  const steps = [
    "consent",
    "instructions",
    "practice",
    ...STUDY.problems.map((_, position) => `problem ${position}`),
    ...(STUDY.questionnaire.demographics ? ["demographics"] : []),
    "comment",
  ];

  if (STUDY.open_places.length) {
    const count = STUDY.open_places.length;
    byId("draft").textContent =
      `Draft, not for participants: ${count} ${count === 1 ? "place" : "places"} in [brackets] ` +
      "in the study's texts must still be completed.";
    byId("draft").hidden = false;
  }

  /** Tell where we are, begin at the top, and give the new heading the focus. */
  function show(heading, step) {
    document.title = `${heading} – ${STUDY.texts.title}`;
    // A guess is part of the step that shows the answer.
    const index = steps.indexOf(step === "comprehension" ? "practice" : step?.replace("comprehension", "problem"));
    byId("progress").hidden = index < 0;
    byId("progress").querySelector("label").textContent = `Step ${index + 1} of ${steps.length}`;
    byId("bar").max = steps.length;
    byId("bar").value = index + 1;
    byId("leave").hidden = index < 1;
    // jsPsych lets the stage itself take the focus, where it would say nothing.
    byId("stage").removeAttribute("tabindex");
    scrollTo(0, 0);
    byId("stage").querySelector("h1").focus({ preventScroll: true });
  }

  /** A screen with nothing to fill in. */
  function tell(heading, ...body) {
    byId("stage").replaceChildren(h("h1", { tabindex: -1 }, heading), ...body);
    show(heading, null);
  }

  /** What was read, once more, over the page. */
  function showAgain(content) {
    byId("again-text").replaceChildren(...content.flat(Infinity).filter(Boolean));
    byId("again").showModal();
    byId("again").scrollTo(0, 0);
  }

  // One step of history within the page: the browser's Back leads to it, and a question comes up.
  const INSIDE = "inside the study";
  const underWay = () => Session.state.place !== null && Session.state.code === null && !Session.state.left;

  function guardBack() {
    if (history.state !== INSIDE) history.pushState(INSIDE, "");
  }

  addEventListener("popstate", () => {
    if (history.state === INSIDE) return;
    if (!underWay()) {
      history.back();
      return;
    }
    byId("back-kept").textContent = Session.keeps
      ? "Your answers are kept on this device: you can go on later with the same link."
      : "Your browser keeps nothing: you could not go on later.";
    byId("back").returnValue = "";
    byId("back").showModal();
  });
  byId("back").addEventListener("close", () => {
    if (byId("back").returnValue === "go") history.back();
    else guardBack();
  });

  byId("leave").addEventListener("click", () => byId("leaving").showModal());
  byId("leaving").addEventListener("close", () => {
    if (byId("leaving").returnValue === "leave") Ends.leave();
  });

  return { show, tell, showAgain, guardBack };
})();

const Ends = {
  /** From the moment that someone wants to leave, nothing else may end the session. */
  leaving: false,

  decline() {
    Session.beginAnew();
    Frame.tell("Thank you", h("p", {}, inline(STUDY.texts.declined)));
  },

  async leave() {
    this.leaving = true;
    Frame.tell("Leaving …");
    try {
      await Delivery.insist(() => Post.leave());
    } catch (refused) {
      console.warn(refused.message);
    }
    Session.leave();
    Delivery.tell("");
    this.left();
  },

  left() {
    Frame.tell("You have left the study", h("p", {}, inline(STUDY.texts.left)));
  },

  finished() {
    const { code, returnUrl } = Session.state;
    Delivery.tell("");
    const copied = h("span", { role: "status" });
    const copy = async () => {
      await navigator.clipboard.writeText(code);
      copied.textContent = "Copied.";
    };
    Frame.tell(
      "Thank you",
      h("p", {}, inline(STUDY.texts.thanks)),
      h("p", { class: "code" }, code),
      h(
        "p",
        { class: "buttons" },
        returnUrl && h("a", { class: "button main", href: returnUrl }, "Go back to where you signed up"),
        navigator.clipboard && h("button", { type: "button", onclick: copy }, "Copy the code"),
        Post === FilePost && [
          h("button", { type: "button", onclick: () => FilePost.save() }, "Save the file again"),
          h("button", { type: "button", onclick: () => this.next() }, "Begin for the next person"),
        ],
        copied,
      ),
    );
  },

  next() {
    Session.beginAnew();
    location.reload();
  },

  /** Something was refused for good; what was answered is still here, and can be saved. */
  refused(error) {
    const said = {
      409: "You seem to have taken part before, or in another window.",
      410: "You have left this study before.",
    }[error.status];
    Frame.tell(
      "This does not work",
      h("p", {}, said ?? `The study can't go on (${error.status ?? error.message}).`),
      h("p", {}, "If you think that this is a mistake, please tell the people who run the study."),
      Session.state.answers.length > 0 &&
        Session.state.place !== null &&
        h("button", { type: "button", onclick: () => FilePost.save() }, "Save my answers in a file"),
    );
  },
};
