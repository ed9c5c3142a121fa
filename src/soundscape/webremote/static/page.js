// The page: paired or not, connected or not. room.js shows the session itself.
import { Room } from "./room.js";

const SILENT_MS = 3000; // The server speaks each second: after so long the line counts as cut.
const CUT_MS = 6000; // After so long without news the page connects again.
const AGAIN_MS = 1000;
const TRY_MS = 5000;

const $ = (id) => document.getElementById(id);
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const screens = ["wait", "pair", "room"];
const room = new Room(ask);
let heardAt = performance.now();
let cutSince = null;
let wakeUp = () => {};

function show(which) {
  for (const each of screens) $(each).hidden = each !== which;
}

// Send one request; return its status and body ({} if it is not JSON). Throws if nobody answers.
async function ask(path, body) {
  const answer = await fetch(path, {
    method: body === undefined ? "GET" : "POST",
    body: body === undefined ? undefined : JSON.stringify(body),
    credentials: "same-origin",
    signal: AbortSignal.timeout(TRY_MS),
  });
  const text = await answer.text();
  try {
    return { status: answer.status, body: JSON.parse(text) };
  } catch {
    return { status: answer.status, body: {} };
  }
}

function tellLine(words) {
  const line = $("line");
  if (line.textContent !== words) line.textContent = words;
  line.hidden = !words;
  document.body.classList.toggle("stale", Boolean(words));
}

async function pair(shown) {
  let answer;
  try {
    answer = await ask("pair", shown);
  } catch {
    return "No connection to the computer that plays. The code was not tried.";
  }
  if (answer.status === 200) return "";
  const wait = answer.body.wait_s ? `; try again in ${answer.body.wait_s} s` : "";
  return `Not paired: ${answer.body.error ?? answered(answer.status)}${wait}.`;
}

function askForCode(said) {
  tellLine("");
  show("pair");
  if (said) $("pair-said").textContent = said;
  $("code").focus();
  return new Promise((done) => {
    $("code-form").onsubmit = async (event) => {
      event.preventDefault();
      const code = $("code").value.replaceAll(" ", "");
      $("code").value = "";
      const why = await pair({ code });
      $("pair-said").textContent = why;
      if (!why) done();
      else $("code").focus();
    };
  });
}

function answered(status) {
  return `the computer that plays answered ${status}`;
}

// The computer answers and refuses. That is other trouble than no connection, with another remedy.
function tellRefused({ status, body }) {
  cutSince = null;
  const shown = room.known ? " This page shows an old state." : "";
  const way = "soundscape remote show shows the right address";
  const why = body.error ?? answered(status);
  if (status === 403) tellLine(`Refused: ${why}; ${way}.${shown}`);
  else tellLine(`Error in this page, not in the music: ${why}. Trying again.${shown}`);
}

// Listen until the connection breaks. Returns "over" if the session is over, and "no" if the
// server answers without news.
function listen() {
  return new Promise((done) => {
    const source = new EventSource("events");
    const end = (why) => {
      source.close();
      clearInterval(watch);
      done(why);
    };
    const on = (kind, take) =>
      source.addEventListener(kind, (event) => {
        heardAt = performance.now();
        take(JSON.parse(event.data));
      });
    on("buttons", (told) => room.build(told));
    on("state", (told) => room.stands(told));
    on("arc", (told) => room.drawArc(told));
    on("beat", (told) => {
      cutSince = null;
      tellLine("");
      show("room");
      room.beat(told.now_s);
    });
    on("away", (told) => {
      cutSince = null;
      if (room.known) show("room");
      tellLine(
        `The session has not answered for ${told.for_s} s. Trying again. This page shows an old state.`,
      );
    });
    on("over", () => end("over"));
    source.onerror = () => end(source.readyState === EventSource.CLOSED ? "no" : "cut");
    wakeUp = () => {
      if (performance.now() - heardAt > SILENT_MS) end("cut");
    };
    heardAt = performance.now();
    const watch = setInterval(() => {
      const silent = performance.now() - heardAt;
      if (silent > SILENT_MS) tellCut();
      if (silent > CUT_MS) end("cut");
    }, 500);
  });
}

function tellCut() {
  cutSince ??= heardAt;
  const seconds = Math.round((performance.now() - cutSince) / 1000);
  const shown = room.known ? " This page shows an old state." : "";
  tellLine(`No connection to the computer that plays for ${seconds} s. Trying again.${shown}`);
}

async function run() {
  let said = "";
  if (location.hash.length > 1) {
    const secret = location.hash.slice(1);
    history.replaceState(null, "", location.pathname); // Nobody should find the secret later.
    said = await pair({ secret });
  }
  for (;;) {
    let me = null;
    try {
      me = await ask("me");
    } catch {
      tellCut();
    }
    if (me?.status === 401) {
      if (room.known) said = "This device is no longer paired.";
      room.forget();
      await askForCode(said);
      said = "";
    } else if (me?.status === 200) {
      const why = await listen();
      if (why === "over") {
        tellLine("The session is over.");
        room.end();
        return;
      }
      if (why === "no") tellRefused({ body: { error: "it sends no news of the session" } });
    } else if (me) tellRefused(me);
    await Promise.race([sleep(AGAIN_MS), new Promise((done) => (wakeUp = done))]);
  }
}

// Two levels of brightness; the chosen one is no secret.
function dim(on) {
  document.documentElement.toggleAttribute("data-dim", on);
  $("dim").textContent = on ? "brighter" : "darker";
  try {
    localStorage.setItem("dim", on ? "1" : "");
  } catch {
    // It cannot be saved; the page starts bright next time.
  }
}

let lock = null;
async function stayAwake() {
  if (document.visibilityState !== "visible") return;
  try {
    lock = await navigator.wakeLock.request("screen");
    lock.addEventListener("release", tellAwake);
  } catch {
    lock = null;
  }
  tellAwake();
}

function tellAwake() {
  const held = lock !== null && !lock.released;
  $("awake").textContent = held
    ? ""
    : "This screen may turn off by itself. Change that in the device's settings.";
}

let kept = "";
try {
  kept = localStorage.getItem("dim") ?? "";
} catch {
  // Start as if nothing was saved.
}
dim(Boolean(kept));
$("dim").onclick = () => dim(!document.documentElement.hasAttribute("data-dim"));
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "visible") return;
  stayAwake();
  wakeUp();
});
window.addEventListener("online", () => wakeUp());
// Opening a link to this page while it is open changes only the part after #.
window.addEventListener("hashchange", () => location.reload());
$("more").onclick = () => {
  const open = $("forms").hidden;
  $("forms").hidden = !open;
  $("more").setAttribute("aria-expanded", String(open));
  $("room").classList.toggle("open", open);
};
stayAwake();
run();
