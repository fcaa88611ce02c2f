"use strict";
/* Where answers go: to this project's server, to JATOS, or into a file.

   Every way offers the same five: ready, enrol, send, finish, leave. Each resolves once the other
   side has it for good, `finish` to {code, return_url}, of which the link may be missing. A `Refused` will not change by trying again; any other error may. `saved`
   is what a participant is told when all answers so far were sent. */

class Refused extends Error {
  constructor(status, said = {}) {
    super(`refused (${status})`);
    this.status = status;
    this.said = said;
  }
}

/** What may work later, after `seconds` where the other side says when. */
class Unreachable extends Error {
  constructor(seconds = 0) {
    super("not reachable");
    this.seconds = seconds;
  }
}

/** One of the groups with the fewest people, drawn among equals. */
function drawGroup(counts) {
  const fewest = Math.min(...Object.values(counts));
  const open = Object.keys(counts).filter((group) => counts[group] === fewest);
  return jsPsych.randomization.sampleWithoutReplacement(open, 1)[0];
}

/** The problems in an order of this participant's own. */
function drawOrder() {
  return jsPsych.randomization.shuffle(STUDY.problems.map((problem) => problem.id));
}

/** All of a session as one record, for ways that store whole sessions. */
function wholeSession() {
  const { place, answers, code, secret } = Session.state;
  return {
    version: STUDY.version,
    participant: secret.slice(0, 16),
    group: place.group,
    problems: place.problems,
    answers,
    code,
  };
}

/** The end of a session for ways without a server: the study's code, or one that names the session
    as nothing else does; and the link back. */
function ownEnd() {
  const code = STUDY.completion.code ?? Session.state.secret.slice(16, 26).toUpperCase();
  return { code, return_url: STUDY.completion.return_url?.replaceAll("{code}", code) };
}

const ServerPost = {
  TIMEOUT: 20000,
  saved: "Your answers so far are saved.",

  async ready() {},

  async call(path, body, token) {
    let response;
    try {
      response = await fetch(`api/${path}`, {
        method: "POST",
        headers: {
          "Content-Type": "application/json",
          ...(token ? { Authorization: `Bearer ${token}` } : {}),
        },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(this.TIMEOUT),
        cache: "no-store",
        credentials: "omit",
      });
      if (response.ok) return await response.json();
    } catch {
      throw new Unreachable();
    }
    const again = response.status >= 500 || response.status === 429 || response.status === 408;
    if (again) throw new Unreachable(Number(response.headers.get("Retry-After")) || 0);
    throw new Refused(response.status, await response.json().catch(() => ({})));
  },

  async enrol() {
    const { pid, study, session } = Session.platform;
    const ids = Object.entries({ pid, study, session }).filter(([, value]) => value !== null);
    return this.call("enrol", { secret: Session.state.secret, ...Object.fromEntries(ids) });
  },

  /** With the token; if the server does not know it any more, with a new one for the same secret. */
  async known(path, body) {
    const { place } = Session.state;
    try {
      return await this.call(path, body, place.token);
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 401) throw error;
      const { token } = await this.enrol();
      place.token = token;
      Session.save();
      return this.call(path, body, token);
    }
  },

  async send(answer) {
    await this.known("answers", answer);
  },

  async finish() {
    return this.known("finish", {});
  },

  async leave() {
    await this.known("leave", {});
  },
};

const JatosPost = {
  COUNTS: "groups",
  TRIES: 20,
  saved: "Your answers so far are saved.",

  ready() {
    return new Promise((resolve) => jatos.onLoad(resolve));
  },

  /** Change the counts kept for all participants of the batch; the first of two at once wins, the
      other one reads anew. */
  async count(change) {
    for (let attempt = 0; attempt < this.TRIES; attempt += 1) {
      const kept = jatos.batchSession.get(this.COUNTS) ?? {};
      const counts = Object.fromEntries(STUDY.arms.map((group) => [group, kept[group] ?? 0]));
      const group = change(counts);
      try {
        await jatos.batchSession.set(this.COUNTS, counts);
        return group;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 400));
      }
    }
    throw new Unreachable();
  },

  async enrol() {
    const group = await this.count((counts) => {
      const drawn = drawGroup(counts);
      counts[drawn] += 1;
      return drawn;
    });
    return { token: null, group, problems: drawOrder() };
  },

  async send() {
    await jatos.submitResultData(JSON.stringify(wholeSession()));
  },

  async finish() {
    const end = ownEnd();
    Session.state.code = end.code;
    await jatos.submitResultData(JSON.stringify(wholeSession()));
    // The data are there; that the run is over is for JATOS's own list.
    await jatos.endStudyWithoutRedirect(true, "finished").catch(console.warn);
    return end;
  },

  async leave() {
    const { group } = Session.state.place;
    await this.count((counts) => {
      counts[group] -= 1;
      return group;
    });
    await jatos.abortStudyWithoutRedirect("left");
  },
};

const FilePost = {
  saved: "Your answers so far are kept on this device.",

  async ready() {},

  /** A group at random; `?group=2` in the address chooses the second one. */
  async enrol() {
    const asked = Number(new URLSearchParams(location.search).get("group"));
    const even = Object.fromEntries(STUDY.arms.map((group) => [group, 0]));
    const group = STUDY.arms[asked - 1] ?? drawGroup(even);
    return { token: null, group, problems: drawOrder() };
  },

  async send() {},

  async finish() {
    const end = ownEnd();
    Session.state.code = end.code;
    this.save();
    return end;
  },

  async leave() {},

  save() {
    const { participant } = wholeSession();
    const text = JSON.stringify(wholeSession(), null, 1);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    link.download = `study-${participant}.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  },
};

const Post = { server: ServerPost, jatos: JatosPost, file: FilePost }[STUDY.post];
