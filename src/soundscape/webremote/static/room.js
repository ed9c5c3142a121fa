// The state of the session as the server told it; time counts on between two beats.
import { Arc } from "./arc.js";
import { Cues } from "./cues.js";

const $ = (id) => document.getElementById(id);

function put(id, text) {
  const found = $(id);
  if (found.textContent !== text) found.textContent = text;
}

function element(name, words, kind) {
  const made = document.createElement(name);
  made.textContent = words;
  if (kind) made.className = kind;
  return made;
}

export class Room {
  constructor(ask) {
    this.cues = new Cues(ask);
    this.arc = new Arc($("arc"));
    this.state = null;
    this.now = null;
    setInterval(() => this.tick(), 500);
  }

  get known() {
    return this.state !== null;
  }

  build(told) {
    this.cues.build(told);
  }

  stands(told) {
    this.state = told;
    put("arc-name", `${told.arc} · ${told.session}`);
    const ends = told.arc_ends_at ? `arc ends at ${told.arc_ends_at}` : "";
    const marks = told.marks ? `★ ${told.marks}` : "";
    put("arc-ends", [marks, ends].filter(Boolean).join(" · "));
    put("word", told.word);
    $("word").classList.toggle("alarm", told.alarm);
    put("about", told.about);
    put("label", told.label);
    const title = told.title ? element("span", told.title, "strong") : "no music";
    $("track").replaceChildren(title, told.artist ? `, ${told.artist}` : "");
    put("next", told.next || "—");
    const ambience = told.ambience || "no ambience";
    put("level", `${told.level} · ${ambience}`);
    const parts = told.health.flatMap(([text, ink], place) => [
      place ? " · " : "",
      element("span", text, ink),
    ]);
    $("health").replaceChildren(...parts);
    if (told.word !== this.word) this.cues.announce(told.word ? `${told.word}. ${told.about}` : "");
    this.word = told.word;
    this.cues.stands(told);
    this.tick();
  }

  drawArc(told) {
    this.arc.take(told);
    this.tick();
  }

  beat(now_s) {
    this.now = { s: now_s, at: performance.now() };
    this.tick();
  }

  tick() {
    const { state, now } = this;
    this.cues.tick();
    if (!state || !now || document.body.classList.contains("stale")) return;
    const now_s = now.s + (performance.now() - now.at) / 1000;
    this.arc.move(now_s);
    if (state.begins) {
      put("left-number", state.begins);
      put("left-unit", "");
      put("phase", "");
      return;
    }
    const left = state.ends_s === null ? null : Math.max(0, state.ends_s - now_s);
    put("left-number", left === null ? "" : String(Math.round(left < 60 ? left : left / 60)));
    put("left-unit", left === null ? "" : left < 60 ? "s left" : "min left");
    const until = state.ends_s === null ? state.until : `until ${state.until}`;
    put("phase", `${state.phase} · ${until}${state.follows ? ` · then ${state.follows}` : ""}`);
  }

  // Not paired any more: show nothing of the session.
  forget() {
    this.state = this.now = null;
    this.word = undefined;
    for (const found of document.querySelectorAll("#now [id]:not(svg, dt, :has([id]))")) {
      found.replaceChildren();
    }
    this.arc.take({ legs: [], marks: [], phase: "" });
    this.cues.forget();
  }

  end() {
    this.cues.end();
  }
}
