// The arc as a curve with "now", drawn in the page's own pixels, so that letters keep their size.
const SVG = "http://www.w3.org/2000/svg";
const NAMES = 24; // Pixels at the bottom for the names of the phases.
const WIDE = 8.6; // Pixels for one letter, roughly.

function draw(name, values) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(values)) made.setAttribute(key, String(value));
  return made;
}

export class Arc {
  constructor(svg) {
    this.svg = svg;
    this.told = { legs: [], marks: [], phase: "" };
    this.now_s = 0;
    new ResizeObserver(() => this.draw()).observe(svg);
  }

  take(told) {
    this.told = told;
    this.draw();
  }

  move(now_s) {
    this.now_s = now_s;
    if (!this.line) return;
    const x = this.x(now_s);
    this.line.setAttribute("x1", x);
    this.line.setAttribute("x2", x);
    this.past.setAttribute("width", x);
  }

  x(seconds) {
    const part = Math.min(Math.max(seconds / this.end, 0), 1);
    return Math.round(part * (this.width - 2) * 10) / 10 + 1;
  }

  draw() {
    const { legs, marks, phase } = this.told;
    this.width = this.svg.clientWidth;
    const height = this.svg.clientHeight;
    this.line = this.past = null;
    this.svg.replaceChildren();
    if (!legs.length || !this.width) return;
    this.svg.setAttribute("viewBox", `0 0 ${this.width} ${height}`);
    this.end = Math.max(legs.at(-1).to_s, this.now_s, 1);
    const floor = height - NAMES;
    const y = (intensity) => Math.round((floor - 4 - intensity * (floor - 8)) * 10) / 10;
    const parts = [];
    for (const { curve, from_s } of legs) {
      const points = curve.map(([s, i]) => `${this.x(s)},${y(i)}`).join(" ");
      if (from_s > 0) {
        const x = this.x(from_s);
        parts.push(draw("line", { class: "edge", x1: x, x2: x, y1: 0, y2: floor }));
      }
      if (curve.length < 2) continue;
      const ends = `${this.x(curve.at(-1)[0])},${floor} ${this.x(curve[0][0])},${floor}`;
      parts.push(draw("polygon", { class: "under", points: `${points} ${ends}` }));
      parts.push(draw("polyline", { class: "curve", points }));
    }
    this.past = draw("rect", { class: "past", x: 0, y: 0, width: 0, height: floor });
    this.line = draw("line", { class: "now", y1: 0, y2: floor });
    parts.push(this.past, this.line);
    for (const s of marks) {
      const x = this.x(s);
      const points = `${x - 5},${floor} ${x},${floor - 9} ${x + 5},${floor}`;
      parts.push(draw("polygon", { class: "mark", points }));
    }
    this.svg.append(...parts, ...this.names(legs, phase, height - 6));
    const names = legs.map(({ name }) => (name === phase ? `${name}, now` : name));
    this.svg.setAttribute("aria-label", `The arc: ${names.join("; ")}. Marks: ${marks.length}.`);
    this.move(this.now_s);
  }

  // The name of the current phase, and of the others as far as there is room.
  names(legs, phase, baseline) {
    const places = legs.map((leg) => {
      const size = leg.name.length * WIDE;
      const middle = (this.x(leg.from_s) + this.x(leg.to_s)) / 2;
      const start = Math.min(Math.max(middle - size / 2, 0), Math.max(this.width - size, 0));
      return { leg, start, end: start + size, here: leg.name === phase };
    });
    const taken = [];
    for (const each of [...places.filter((p) => p.here).slice(-1), ...places]) {
      const free = taken.every((t) => each.end + 8 < t.start || each.start > t.end + 8);
      if (each.leg.name && free) taken.push(each);
    }
    return taken.map(({ leg, start, here }) => {
      const made = draw("text", { x: start, y: baseline, class: here ? "here" : "" });
      made.textContent = leg.name;
      return made;
    });
  }
}
