"use strict";
/* Answers on their way: one after the other in the order given, again and again until each has
   been acknowledged. What can't be delivered now waits in the session and goes first next time. */

const Delivery = (() => {
  const LONGEST_WAIT = 30; // seconds
  const FIRST_WAIT = 1;

  let running = null;
  let hurry = () => {};

  function tell(text) {
    const line = document.getElementById("saved");
    if (line.textContent !== text) line.textContent = text;
  }

  /** Wait, unless the connection comes back sooner. */
  function pause(seconds) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, seconds * 1000);
      hurry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Do it until it is done; only a refusal ends it otherwise. */
  async function insist(action) {
    for (let wait = FIRST_WAIT; ; wait = Math.min(2 * wait, LONGEST_WAIT)) {
      try {
        return await action();
      } catch (error) {
        if (error instanceof Refused) throw error;
        tell(
          Session.keeps
            ? "No connection. Your answers are kept on this device and sent later."
            : "No connection. Please keep this page open until your answers are sent.",
        );
        await pause(Math.max(wait, error.seconds ?? 0));
      }
    }
  }

  async function deliver() {
    for (let [next] = Session.undelivered(); next; [next] = Session.undelivered()) {
      try {
        await insist(() => Post.send(next));
      } catch (refused) {
        if (refused.status === 410) throw refused;
        // Said otherwise before (another tab), or not taken at all: the page goes on.
        console.warn(`answer to ${next.trial}: ${refused.message}`);
      }
      Session.markDelivered(next.trial);
    }
    tell(Session.state.answers.length ? Post.saved : "");
  }

  /** Deliver all that waits; a second call joins the first. */
  function start() {
    hurry();
    running ??= deliver().finally(() => {
      running = null;
    });
    return running;
  }

  /** The completion code and the link back, once everything is there. What the server misses is sent once more. */
  async function finish() {
    await start();
    try {
      return await insist(() => Post.finish());
    } catch (refused) {
      const missing = refused.said?.missing ?? [];
      Session.markUndelivered(missing);
      if (!Session.undelivered().length) throw refused;
      await start();
      return insist(() => Post.finish());
    }
  }

  addEventListener("online", () => hurry());
  return { start, finish, insist, tell };
})();
