// The buttons, and what comes of them. A button waits for its answer, or fails; it never pretends.
const TRIES_MS = 12000; // How long a cue is sent again, as the same request, if nobody answers.
const PAUSE_MS = 500;
const BOUNCE_MS = 150; // Shortest time between two real touches of one finger.
const FLIP_MS = 500; // How long after a button has changed a touch still means its old cue.
const TWICE_MS = [350, 2000]; // When a second touch counts as a deliberate one.
const KEPT = 4;
const UNKNOWN = "the cue may or may not have taken effect";
const FAILED_MS = 10000;

const $ = (id) => document.getElementById(id);
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

function make(name, values = {}, ...children) {
  const made = Object.assign(document.createElement(name), values);
  made.append(...children);
  return made;
}

export class Cues {
  constructor(ask) {
    this.ask = ask;
    this.table = null;
    this.said = [];
    this.choices = {};
    this.last = null;
    this.place = {}; // The place that the page last showed; it goes with each cue.
  }

  build({ main, cues, more }) {
    if (this.table) return; // A new connection brings the same table.
    this.table = cues;
    this.mains = main.map((faces) => {
      const button = make("button", { type: "button" });
      button.dataset.first = faces[0];
      button.onclick = () => this.press(button, button.face(), {});
      this.turn(button, faces[0]);
      return button;
    });
    $("main").replaceChildren(...this.mains);
    $("forms").replaceChildren(...more.map((name) => this.form(name)));
  }

  // Put a cue on a large button. Just after a change, a touch still means the old cue.
  turn(button, cue) {
    if (button.dataset.cue === cue) return;
    const before = button.dataset.cue ?? cue;
    const turned = performance.now();
    button.dataset.cue = cue;
    button.title = this.table[cue].help;
    button.face = () => (performance.now() - turned < FLIP_MS ? before : cue);
    this.label(button, cue, "");
  }

  label(button, words, state) {
    button.className = [button.className.includes("give") ? "give" : "", state].join(" ").trim();
    const small = { waiting: "waiting …", failed: "failed", asked: "again within 2 s" }[state];
    button.replaceChildren(words, ...(small ? [make("small", { textContent: small })] : []));
  }

  form(name) {
    const { fields, help } = this.table[name];
    const button = make("button", { className: "give", type: "submit", textContent: name });
    button.dataset.cue = name;
    button.dataset.more = name;
    const form = make("form");
    const inputs = fields.map((field) => [field, this.input(name, field)]);
    form.onsubmit = (event) => {
      event.preventDefault();
      const args = {};
      for (const [{ name: arg, kind }, input] of inputs) {
        const value = kind === "flag" ? input.checked : input.value;
        if (value !== "" && value !== false) args[arg] = kind === "number" ? Number(value) : value;
      }
      if (this.press(button, name, args)) form.reset();
    };
    if (!fields.length) {
      form.className = "row";
      form.append(button, make("span", { textContent: help }));
      return form;
    }
    form.append(make("p", { textContent: help }));
    for (const [field, input] of inputs) {
      const unit = field.unit ? ` (${field.unit})` : "";
      const words = make("span", { textContent: `${field.help}${unit}` });
      const flag = field.kind === "flag";
      const parts = flag ? [input, words] : [words, input];
      form.append(make("label", { className: flag ? "flag" : "" }, ...parts));
    }
    form.append(button);
    return make("details", {}, make("summary", { textContent: `${name} …` }), form);
  }

  input(cue, field) {
    const id = `${cue}-${field.name}`;
    if (field.kind === "choice") {
      const select = make("select", { id, required: field.needed });
      select.dataset.choices = cue;
      select.dataset.needed = field.needed ? "1" : "";
      return select;
    }
    const input = make("input", { id, required: field.needed });
    if (field.kind === "flag") input.type = "checkbox";
    else if (field.kind === "time") input.type = "time";
    else if (field.kind === "text") input.maxLength = field.most;
    else {
      Object.assign(input, { type: "number", min: field.least, max: field.most, step: "any" });
      input.inputMode = "decimal";
      if (field.default !== null) input.placeholder = String(field.default);
    }
    return input;
  }

  stands(told) {
    if (!this.table) return;
    this.place = told.place;
    told.faces.forEach((cue, place) => this.turn(this.mains[place], cue));
    this.hear(told.last);
    const choices = JSON.stringify(told.choices);
    if (choices === JSON.stringify(this.choices)) return;
    this.choices = told.choices;
    for (const select of document.querySelectorAll("select[data-choices]")) {
      const some = told.choices[select.dataset.choices] ?? [];
      const words = select.dataset.needed ? some : ["", ...some];
      const was = select.value;
      const option = (each) => make("option", { value: each, textContent: each || "—" });
      select.replaceChildren(...words.map(option));
      if (words.includes(was)) select.value = was;
    }
  }

  // A touch. Returns whether a cue was given: not for a bounce, nor for the first of two touches.
  press(button, cue, args) {
    const now = performance.now();
    const since = now - (button.touched ?? -1e9);
    if (since < BOUNCE_MS) return false;
    button.touched = now;
    if (this.table[cue].twice && !this.twice(button, now)) return false;
    this.give(button, cue, args);
    return true;
  }

  twice(button, now) {
    const since = now - (button.asked ?? -1e9);
    if (since < TWICE_MS[0]) return false;
    clearTimeout(button.question);
    if (since <= TWICE_MS[1]) {
      button.asked = undefined;
      return true;
    }
    button.asked = now;
    this.label(button, `${button.dataset.cue}?`, "asked");
    this.announce(`${button.dataset.cue}? Again within 2 seconds.`);
    button.question = setTimeout(() => {
      button.asked = undefined;
      this.label(button, button.dataset.cue, "");
    }, TWICE_MS[1]);
    return false;
  }

  async give(button, cue, args) {
    const request = crypto.getRandomValues(new Uint32Array(4)).join("-");
    const word = { cue, state: "waiting", answer: "", at: performance.now() };
    this.said = [word, ...this.said].slice(0, KEPT);
    button.word = word;
    this.label(button, button.dataset.cue, "waiting");
    this.tick();
    const [state, answer] = await this.answerTo(cue, { args, request, seen: this.place });
    Object.assign(word, { state, answer });
    this.announce(`${cue}: ${{ done: "", refused: "no, ", failed: "failed, " }[state]}${answer}`);
    this.tick();
    if (button.word !== word) return;
    this.label(button, button.dataset.cue, state === "failed" ? "failed" : "");
    if (state !== "failed") return;
    setTimeout(() => button.word === word && this.label(button, button.dataset.cue, ""), FAILED_MS);
  }

  async answerTo(cue, asked) {
    const until = performance.now() + TRIES_MS;
    for (;;) {
      try {
        const { status, body } = await this.ask(`cue/${cue}`, asked);
        if (status === 200) return [body.ok ? "done" : "refused", body.answer];
        if (status === 400 || status === 404) return ["refused", body.answer];
        const unknown = `the computer that plays answered ${status}; ${UNKNOWN}`;
        return ["failed", body.answer ?? body.error ?? unknown];
      } catch {
        if (performance.now() > until) {
          return ["failed", `no connection; ${UNKNOWN}`];
        }
        await sleep(PAUSE_MS);
      }
    }
  }

  // Add the session's last cue if it was not given here.
  hear(last) {
    const text = JSON.stringify(last);
    if (!last || text === this.last) return;
    const first = this.last === null;
    this.last = text;
    // An answer may hold more than the session remembers: that it is not yet written.
    const ours = this.said.some(
      ({ cue, state, answer }) =>
        cue === last.name && (state === "waiting" || answer.startsWith(last.answer)),
    );
    if (ours) return;
    const from = first ? " (earlier)" : " (from elsewhere)";
    const state = last.ok ? "done" : "refused";
    const word = { cue: last.name, state, answer: last.answer + from };
    this.said = [word, ...this.said].slice(0, KEPT);
    this.tick();
  }

  tick() {
    const wide = matchMedia("(min-width: 900px)").matches;
    const rows = this.said.slice(0, wide ? KEPT : 1).map(({ cue, state, answer, at }) => {
      const seconds = Math.round((performance.now() - at) / 1000);
      const said = {
        waiting: `waiting for the answer, ${seconds} s`,
        done: answer,
        refused: `no: ${answer}`,
        failed: `FAILED: ${answer}`,
      }[state];
      return [cue, said, state === "failed" ? "alarm" : ""];
    });
    const text = JSON.stringify(rows);
    if (text === this.shown) return;
    this.shown = text;
    const line = ([cue, said, kind]) => {
      const name = make("b", { textContent: cue });
      return make("li", {}, name, ": ", make("span", { className: kind, textContent: said }));
    };
    $("said").replaceChildren(...rows.map(line));
  }

  // For people who listen to the page and do not see it.
  announce(words) {
    $("live").textContent = words;
  }

  forget() {
    this.said = [];
    this.last = null;
    this.tick();
  }

  end() {
    const all = document.querySelectorAll("#main button, #forms button");
    for (const button of all) button.disabled = true;
  }
}
