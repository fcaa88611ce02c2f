"use strict";
/* How often and how long the page is left for another tab, window or program while it is open, where
   the study counts it. What people do there, nobody can see. */

/** Counts from now on, on top of what was counted before a reload; `left` is called each time that
    the page has been left. Gives what is counted so far, and a way to stop. */
function startAway(before, left) {
  let { times, seconds } = before;
  let since = null; // when the page was left, or null while it is in use
  let unloading = false; // a reload hides the page, too
  let elsewhere = false;

  const soFar = () => {
    const now = since === null ? 0 : (performance.now() - since) / 1000;
    return { times, seconds: Math.round(10 * (seconds + now)) / 10 };
  };
  const note = () => {
    const away = elsewhere || document.visibilityState === "hidden";
    if (away && since === null && !unloading) {
      since = performance.now();
      times += 1;
      left();
    } else if (!away && since !== null) {
      ({ seconds } = soFar());
      since = null;
    }
  };
  const events = [
    [window, "blur", () => { elsewhere = true; note(); }],
    [window, "focus", () => { elsewhere = false; note(); }],
    [document, "visibilitychange", () => {
      if (document.visibilityState === "visible") elsewhere = !document.hasFocus();
      note();
    }],
    [window, "pagehide", () => { unloading = true; }],
    [window, "pageshow", () => { unloading = false; }],
  ];
  for (const [target, name, listener] of events) target.addEventListener(name, listener);
  const stop = () => {
    for (const [target, name, listener] of events) target.removeEventListener(name, listener);
  };
  return { soFar, stop };
}

/** Where the study counts nothing. */
const NEVER_AWAY = { soFar: () => ({ times: 0, seconds: 0 }), stop() {} };

/** The fields of an answer that tell it. */
function awayFields({ times, seconds }) {
  return STUDY.time_away ? { times_away: times, seconds_away: seconds } : {};
}
