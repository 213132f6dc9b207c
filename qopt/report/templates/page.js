"use strict";
(() => {
  const shown = document.getElementById("shown");
  const body = document.getElementById("shown-body");
  const tip = document.getElementById("tip");
  const make = (name, words, kind) => {
    const made = document.createElement(name);
    if (words !== undefined) made.textContent = words;
    if (kind) made.className = kind;
    return made;
  };
  const open = (title, ...inside) => {
    document.getElementById("shown-head").textContent = title;
    body.replaceChildren(...inside);
    shown.showModal();
  };
  document.getElementById("shown-close").addEventListener("click", () => shown.close());
  shown.addEventListener("click", (event) => { if (event.target === shown) shown.close(); });

  // figures: larger on demand, and the values under the pointer
  const number = (value) => Math.abs(value) >= 1000 ? value.toLocaleString("en", {maximumFractionDigits: 0}) : Number(value.toPrecision(4)).toString();
  const place = (axis, share) => axis.log ? axis.low * (axis.high / axis.low) ** share : axis.low + (axis.high - axis.low) * share;
  const axis = (svg, name) => ({low: +svg.dataset[name + "low"], high: +svg.dataset[name + "high"], log: svg.dataset[name + "log"] === "1", unit: svg.dataset[name + "unit"] || ""});
  const steps = (path) => {
    let x = 0, y = 0;
    const found = [];
    for (const [, letter, rest] of path.getAttribute("d").matchAll(/([MHV])([^MHV]+)/g)) {
      const numbers = rest.trim().split(" ").map(Number);
      if (letter === "M") [x, y] = numbers;
      if (letter === "H") x = numbers[0];
      if (letter === "V") y = numbers[0];
      found.push([x, y]);
    }
    return found;
  };
  const follow = (svg, names) => {
    const box = JSON.parse(svg.dataset.box), [left, top, right, bottom] = box;
    const x = axis(svg, "x"), y = axis(svg, "y");
    const lines = [...svg.querySelectorAll("path.line")].map(steps).reverse();
    const rule = document.createElementNS("http://www.w3.org/2000/svg", "line");
    rule.setAttribute("class", "rule");
    svg.addEventListener("pointermove", (event) => {
      const area = svg.getBoundingClientRect();
      const at = (event.clientX - area.left) / area.width * svg.viewBox.baseVal.width;
      if (at < left || at > right) { tip.hidden = true; rule.remove(); return; }
      for (const [key, value] of [["x1", at], ["x2", at], ["y1", top], ["y2", bottom]]) rule.setAttribute(key, value);
      svg.append(rule);
      const rows = lines.map((line, k) => {
        const before = line.filter((point) => point[0] <= at + 1e-6);
        const height = before.length ? before[before.length - 1][1] : line[0][1];
        return names[k] + "  " + number(place(y, (bottom - height) / (bottom - top))) + y.unit;
      });
      tip.textContent = svg.dataset.xname + "  " + number(place(x, (at - left) / (right - left))) + x.unit + "\n" + rows.join("\n");
      tip.hidden = false;
      tip.style.left = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8) + "px";
      tip.style.top = Math.min(event.clientY + 14, innerHeight - tip.offsetHeight - 8) + "px";
    });
    svg.addEventListener("pointerleave", () => { tip.hidden = true; rule.remove(); });
  };
  for (const figure of document.querySelectorAll("figure")) {
    const svg = figure.querySelector("svg.drawing"), title = figure.querySelector("h3").textContent;
    const names = [...figure.querySelectorAll(".legend li")].map((item) => item.textContent.trim());
    const button = make("button", "Enlarge", "enlarge");
    button.setAttribute("aria-label", "Enlarge the figure " + title);
    button.addEventListener("click", () => {
      const larger = svg.cloneNode(true), legend = figure.querySelector(".legend");
      open(title, larger, ...(legend ? [legend.cloneNode(true)] : []));
    });
    figure.append(button);
    if (svg.dataset.box) follow(svg, names);
  }

  // trials: unpacked and listed when somebody asks for them
  const unpack = async (id) => {
    const letters = atob(document.getElementById(id).textContent.trim());
    const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return JSON.parse(await new Response(stream).text());
  };
  const rows = (columns) => Array.from({length: columns.count}, (_, k) => {
    const row = {...columns.same};
    for (const [key, values] of Object.entries(columns.each)) row[key] = values[k];
    return row;
  });
  const DISTURBED = Number(document.getElementById("trial-list").dataset.disturbed);
  const disturbed = (trial) => (trial.machine.others ?? 0) > DISTURBED || (trial.machine.steal ?? 0) > DISTURBED;
  const plain = (value) => typeof value === "number" ? (Number.isInteger(value) ? value.toLocaleString("en") : number(value)) : value === null || value === undefined ? "" : String(value);
  const COLUMNS = [
    ["instance", (trial) => trial.instance], ["solver", (trial) => trial.solver], ["seed", (trial) => trial.seed],
    ["ended", (trial) => trial.outcome], ["objective", (trial) => trial.objective], ["seconds", (trial) => trial.seconds],
    ["disturbed", (trial) => disturbed(trial) ? "disturbed" : ""],
  ];
  const NUMBERS = new Set(["seed", "objective", "seconds"]);
  const AT_ONCE = 100;
  const facts = (pairs) => {
    const list = make("dl");
    for (const [name, said] of pairs) {
      if (said === "" || said === null || said === undefined) continue;
      list.append(make("dt", name), make("dd", said));
    }
    return list;
  };
  const detail = (trial) => {
    const inside = [];
    const plan = [...document.querySelectorAll("details.plan")].find((one) => one.dataset.label === trial.label);
    if (plan) {
      const copy = make("div");
      copy.append(...[...plan.children].slice(1).map((child) => child.cloneNode(true)));
      inside.push(copy);
    } else if (trial.file) inside.push(make("p", "Its plan is not on this page: " + trial.file + ", in the folder of the run, has it.", "note"));
    const machine = Object.entries(trial.machine).filter(([, value]) => value !== null).map(([name, value]) => name + " " + plain(value));
    const timing = Object.entries(trial.timing).map(([name, value]) => name + " " + plain(value));
    inside.unshift(facts([
      ["ended", trial.outcome + (trial.stopped_by ? ", stopped by " + trial.stopped_by : "")],
      ["objective", plain(trial.objective)], ["best known", plain(trial.best_known)], ["proved bound", plain(trial.bound)],
      ["seconds", plain(trial.seconds) + " in all, with a time limit of " + plain(trial.time_limit)],
      ["solver that ran", trial.ran_by && trial.ran_by !== trial.solver ? trial.ran_by : ""],
      ["seconds by phase", timing.join(", ")], ["error", trial.error], ["breaks", trial.violations.join("; ")],
      ["notes", trial.notes.join("; ")], ["warnings", trial.warnings.join("; ")],
      ["disturbed", disturbed(trial) ? "yes: other work had more than a tenth of the machine" : ""],
      ["machine", machine.join(", ")], ["money", plain(trial.money)], ["device seconds", plain(trial.device_seconds)],
      ["begun", trial.started], ["attempts", trial.attempts > 1 ? plain(trial.attempts) : ""], ["taken over", trial.copied ? "from another study" : ""],
      ["parameters", JSON.stringify(trial.parts.parameters)], ["result", trial.file],
    ]));
    if (trial.trace.length) {
      const table = make("table"), head = make("tr");
      table.append(make("caption", "Better plans as they were found"));
      head.append(make("th", "seconds", "number"), make("th", "objective", "number"));
      for (const cell of head.children) cell.scope = "col";
      table.append(head);
      for (const [seconds, objective] of trial.trace) {
        const row = make("tr");
        row.append(make("td", plain(seconds), "number"), make("td", plain(objective), "number"));
        table.append(row);
      }
      const fold = make("details"), summary = make("summary", trial.trace.length + " better plans on the way");
      fold.append(summary, table);
      inside.push(fold);
    }
    open(trial.label, ...inside);
  };
  const chooser = (name, values, changed) => {
    const label = make("label", name), select = make("select");
    select.append(new Option("all", ""), ...values.map((value) => new Option(value, value)));
    select.addEventListener("change", changed);
    label.append(select);
    return [label, select];
  };
  const list = (home, trials) => {
    let by = null, down = false, from = 0;
    const distinct = (key) => [...new Set(trials.map((trial) => trial[key]))].sort();
    const redraw = () => { from = 0; draw(); };
    const [solverLabel, solver] = chooser("solver", distinct("solver"), redraw);
    const [endedLabel, ended] = chooser("ended", distinct("outcome"), redraw);
    const wordsLabel = make("label", "label contains"), words = make("input");
    words.type = "search";
    words.addEventListener("input", redraw);
    wordsLabel.append(words);
    const controls = make("div", undefined, "controls");
    controls.append(solverLabel, endedLabel, wordsLabel);
    const said = make("p", "", "note");
    said.setAttribute("role", "status");
    const table = make("table"), head = make("thead"), line = make("tr"), inside = make("tbody");
    table.append(make("caption", "All trials; a trial's name opens it"), head, inside);
    head.append(line);
    for (const [name, value] of COLUMNS) {
      const cell = make("th", undefined, NUMBERS.has(name) ? "number" : ""), button = make("button", name, "plain");
      cell.scope = "col";
      cell.append(button);
      line.append(cell);
      button.addEventListener("click", () => {
        down = by === value ? !down : false;
        by = value;
        for (const other of line.children) other.removeAttribute("aria-sort");
        cell.setAttribute("aria-sort", down ? "descending" : "ascending");
        redraw();
      });
    }
    const scroll = make("div", undefined, "scroll");
    scroll.tabIndex = 0;
    scroll.setAttribute("role", "region");
    scroll.setAttribute("aria-label", "All trials");
    scroll.append(table);
    const earlier = make("button", "Earlier"), later = make("button", "Later"), turn = make("div", undefined, "controls");
    earlier.addEventListener("click", () => { from -= AT_ONCE; draw(); });
    later.addEventListener("click", () => { from += AT_ONCE; draw(); });
    turn.append(earlier, later);
    const draw = () => {
      const wanted = words.value.toLowerCase();
      const left = trials.filter((trial) => (!solver.value || trial.solver === solver.value) && (!ended.value || trial.outcome === ended.value) && trial.label.toLowerCase().includes(wanted));
      if (by) {
        const order = (a, b) => { const one = by(a), other = by(b); return one === other ? 0 : one === null ? 1 : other === null ? -1 : (one < other ? -1 : 1) * (down ? -1 : 1); };
        left.sort(order);
      }
      inside.replaceChildren(...left.slice(from, from + AT_ONCE).map((trial) => {
        const row = make("tr");
        COLUMNS.forEach(([name, value], k) => {
          const cell = make(k ? "td" : "th", undefined, NUMBERS.has(name) ? "number" : k ? "" : "whole");
          if (k) cell.textContent = plain(value(trial));
          else {
            cell.scope = "row";
            const button = make("button", value(trial), "plain");
            button.setAttribute("aria-label", "Open the trial " + trial.label);
            button.addEventListener("click", () => detail(trial));
            cell.append(button);
          }
          row.append(cell);
        });
        return row;
      }));
      const last = Math.min(from + AT_ONCE, left.length);
      said.textContent = left.length ? `${(from + 1).toLocaleString("en")} to ${last.toLocaleString("en")} of ${left.length.toLocaleString("en")} trials` : "No trial is like that.";
      earlier.disabled = from === 0;
      later.disabled = last >= left.length;
      turn.hidden = left.length <= AT_ONCE;
    };
    home.replaceChildren(controls, said, scroll, turn);
    draw();
  };
  const home = document.getElementById("trial-list");
  const ask = make("button", "List all trials");
  home.append(ask);
  ask.addEventListener("click", async () => {
    ask.disabled = true;
    list(home, rows((await unpack("records")).records));
    home.querySelector("select").focus();
  });
})();
