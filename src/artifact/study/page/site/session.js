"use strict";
/* What this browser keeps of a session, so that a reload or a lost connection loses nothing.

   One record per study version and platform id: who this is (a random secret), the place given,
   every answer with whether it was delivered, and the choices on the page that is open. */

const Session = (() => {
  const query = new URLSearchParams(location.search);
  const PLATFORM_ID = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$/;

  /** An id that a recruiting platform put into the address, or null. */
  function platformId(name) {
    const value = query.get(name) ?? "";
    return PLATFORM_ID.test(value) ? value : null;
  }

  const platform = {
    pid: platformId("PROLIFIC_PID"),
    study: platformId("STUDY_ID"),
    session: platformId("SESSION_ID"),
  };
  const key = ["study", STUDY.version, platform.pid ?? "", platform.session ?? ""].join(" ");

  function randomHex(bytes) {
    const drawn = crypto.getRandomValues(new Uint8Array(bytes));
    return Array.from(drawn, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  function begun() {
    return {
      secret: randomHex(32),
      place: null, // {token, group, problems}
      passed: [], // screens without answers that were gone through
      answers: [], // {trial, kind, answers, seconds}, in the order given
      delivered: [], // trials acknowledged, or refused for good
      drafts: {}, // screen -> {answers, seconds, away} of a page not yet sent off
      code: null,
      returnUrl: null, // the way back to where the participant signed up
      left: false,
    };
  }

  /** Whether the browser keeps anything; private windows and strict settings may not. */
  let keeps = true;

  function load() {
    try {
      return JSON.parse(localStorage.getItem(key)) ?? begun();
    } catch {
      return begun();
    }
  }

  let state = load();

  function save() {
    try {
      localStorage.setItem(key, JSON.stringify(state));
    } catch {
      keeps = false;
    }
  }
  save();

  // The same study in another window: what was answered there counts here too.
  addEventListener("storage", (event) => {
    if (event.key === key && event.newValue !== null) state = load();
  });

  return {
    platform,
    get state() {
      return state;
    },
    get keeps() {
      return keeps;
    },
    save,

    answered(trial) {
      return state.answers.some((answer) => answer.trial === trial);
    },

    /** Keep an answer for delivery; a trial is answered once. */
    add(answer) {
      if (!this.answered(answer.trial)) state.answers.push(answer);
      save();
    },

    undelivered() {
      return state.answers.filter((answer) => !state.delivered.includes(answer.trial));
    },

    markDelivered(trial) {
      if (!state.delivered.includes(trial)) state.delivered.push(trial);
      save();
    },

    markUndelivered(trials) {
      state.delivered = state.delivered.filter((trial) => !trials.includes(trial));
      save();
    },

    passed(screen) {
      return state.passed.includes(screen);
    },

    pass(screen) {
      if (!state.passed.includes(screen)) state.passed.push(screen);
      delete state.drafts[screen];
      save();
    },

    draft(screen) {
      return state.drafts[screen] ?? { answers: {}, seconds: 0, away: { times: 0, seconds: 0 } };
    },

    keepDraft(screen, draft) {
      state.drafts[screen] = draft;
      save();
    },

    /** Leaving: nothing but the fact itself is kept. */
    leave() {
      state = { ...begun(), secret: state.secret, left: true };
      save();
    },

    /** The next person at the same machine. */
    beginAnew() {
      state = begun();
      save();
    },
  };
})();
