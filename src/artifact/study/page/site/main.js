"use strict";
/* The session: consent, a place in a group, instructions, practice, the problems, a comment.

   The timeline is the same for everyone; what a screen shows is decided when its turn comes.
   Screens gone through before a reload are skipped. */

const jsPsych = initJsPsych({
  display_element: "stage",
  override_safe_mode: true, // the page plays no sounds, so a page opened from disk is fine
  on_trial_finish: () => {
    if (Session.state.place !== null) Delivery.start().catch(stop);
  },
});

function stop(error) {
  if (!Ends.leaving) Ends.refused(error);
}

/** A screen, unless it was gone through before. */
function once(screen, position = null) {
  const name = screenName(screen, position);
  return {
    timeline: [{ type: ScreenPlugin, screen, position }],
    conditional_function: () => !Session.passed(name),
  };
}

/** A guess before the answer, where it is asked and there is a trace to guess from. */
function before(position = null) {
  const screen = once("comprehension", position);
  const shown = () => {
    const { group, problems } = Session.state.place;
    return armOf(group, position === null ? STUDY.practice.id : problems[position]) !== ANSWER_ONLY;
  };
  return { ...screen, conditional_function: () => shown() && screen.conditional_function() };
}

/** A step without a screen of its own: the session waits until it is done. */
class WaitPlugin {
  static info = {
    name: "study-wait",
    version: "1.0.0",
    parameters: {
      heading: { type: jsPsychModule.ParameterType.STRING },
      until: { type: jsPsychModule.ParameterType.FUNCTION },
    },
    data: {},
  };

  trial(display, { heading, until }) {
    display.replaceChildren(h("h1", { tabindex: -1 }, heading), h("p", {}, "One moment, please."));
    Frame.show(heading, null);
    // A refusal ends the session on a screen of its own: the trial never finishes.
    return until().then(
      () => ({}),
      (error) => {
        stop(error);
        return new Promise(() => {});
      },
    );
  }
}

async function enrol() {
  const place = await Delivery.insist(() => Post.enrol());
  Session.state.place = place;
  Session.save();
}

async function finish() {
  const { code, return_url } = await Delivery.finish();
  Object.assign(Session.state, { code, returnUrl: return_url ?? null });
  Session.save();
}

const GUESSES = Boolean(STUDY.questionnaire.comprehension);

const timeline = [
  once("consent"),
  {
    timeline: [{ type: WaitPlugin, heading: "Preparing the study", until: enrol }],
    conditional_function: () => Session.state.place === null,
  },
  once("instructions"),
  ...(GUESSES ? [before()] : []),
  once("practice"),
  ...STUDY.problems.flatMap((_, position) => [
    ...(GUESSES ? [before(position)] : []),
    once("problem", position),
  ]),
  ...(STUDY.questionnaire.demographics ? [once("demographics")] : []),
  once("comment"),
  {
    timeline: [{ type: WaitPlugin, heading: "Sending your answers", until: finish }],
    conditional_function: () => Session.state.code === null,
  },
];

async function run() {
  await Post.ready();
  if (Session.state.left) return Ends.left();
  if (Session.state.code === null) {
    if (Session.state.place !== null) Delivery.start().catch(stop);
    await jsPsych.run(timeline);
  }
  return Ends.finished();
}

run().catch(stop);
