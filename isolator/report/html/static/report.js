"use strict";
/* The matrix: only the rows that can be seen are in the document. The data:

   sides:    [{name, runs: [[order, seed, seconds, problem]…]}…]
   orders, meanings, looks: what the signs of the orders and the letters are, mean, and look like
   files:    [path…]
   rows:     [[node id, file's number, anchor or "", side…]…], and of each side null, or
             [verdict's number, its words' number, letters, failures, rank, milliseconds or 0, [[run, way's number]…]]
   told:     [text…]
   calm:     the rank from which on nobody has to do anything about a test

   Whatever it shows it puts in as text, never as HTML. */
(() => {
  const VERDICT = 0, WORDS = 1, LETTERS = 2, FAILURES = 3, RANK = 4, TIMES = 5, WAYS = 6;
  const OVERSCAN = 6;
  const data = JSON.parse(document.getElementById("data").textContent);
  const at = id => document.getElementById(id);
  const make = (tag, name, text) => {
    const element = document.createElement(tag);
    if (name) element.className = name;
    if (text !== undefined) element.textContent = text;
    return element;
  };

  const rows = data.rows.map((row, number) => {
    const sides = row.slice(3);
    const times = sides.map(side => side && side[TIMES] ? mean(side[TIMES]) : null);
    return {
      number, test: row[0], file: row[1], anchor: row[2], sides, times,
      failures: sides.reduce((sum, side) => sum + (side ? side[FAILURES] : 0), 0),
      calm: sides.every(side => !side || side[RANK] >= data.calm),
      slowest: Math.max(-1, ...times.map(time => time === null ? -1 : time)),
    };
  });
  function mean(times) {
    const known = times.filter(time => time !== null);
    return known.length ? known.reduce((sum, time) => sum + time, 0) / known.length : null;
  }
  /* Two times only where they differ by more than the runs of one side do among themselves. */
  const range = times => times.filter(time => time !== null).sort((a, b) => a - b);
  function taken(row) {
    const first = row.sides[0], last = row.sides[row.sides.length - 1];
    const shown = row.times[row.times.length - 1] === null ? row.times[0] : row.times[row.times.length - 1];
    if (row.sides.length < 2 || !first || !last || !first[TIMES] || !last[TIMES]) return seconds(shown);
    const [a, b] = [range(first[TIMES]), range(last[TIMES])];
    const apart = a.length > 1 && b.length > 1 && (b[b.length - 1] < a[0] || b[0] > a[a.length - 1]);
    const noticed = Math.abs(row.times[0] - row.times[row.times.length - 1]) >= 20;
    return apart && noticed ? row.times.map(seconds).join(" → ") : seconds(shown);
  }
  const seconds = ms => ms === null ? "–" : ms < 100 ? `${Math.round(ms)} ms` : ms < 100000 ? `${(ms / 1000).toFixed(2)} s` : `${Math.round(ms / 1000)} s`;
  const verdict = (row, side) => row.sides[side] ? data.told[row.sides[side][VERDICT]] : "not there";

  /* What is shown, and in which order. */
  const keys = {
    test: (a, b) => a.test < b.test ? -1 : a.test > b.test ? 1 : 0,
    failures: (a, b) => b.failures - a.failures,
    seconds: (a, b) => b.slowest - a.slowest,
  };
  data.sides.forEach((_, side) => {
    const rank = row => row.sides[side] ? row.sides[side][RANK] : 99;
    keys[`verdict-${side}`] = (a, b) => rank(a) - rank(b);
  });
  const state = { key: null, down: false, verdicts: data.sides.map(() => ""), file: "", folded: true, shown: rows, row: 0, column: 0 };

  function choose() {
    const chosen = state.verdicts.some(wanted => wanted !== "");
    const shown = rows.filter(row =>
      (!state.folded || !row.calm || chosen) &&
      (state.file === "" || row.file === Number(state.file)) &&
      state.verdicts.every((wanted, side) => wanted === "" || verdict(row, side) === wanted));
    if (state.key) {
      const compare = keys[state.key], sign = state.down ? -1 : 1;
      shown.sort((a, b) => sign * compare(a, b) || a.number - b.number);
    }
    state.shown = shown;
    state.row = Math.min(state.row, Math.max(0, shown.length - 1));
    scroller.hidden = !shown.length;
    at("shown").textContent = `${shown.length} of ${rows.length} test${rows.length === 1 ? "" : "s"}`;
    grid.setAttribute("aria-rowcount", shown.length + 1);
    scroller.scrollTop = 0;
    redraw();
  }

  /* The rows that can be seen. */
  const scroller = at("scroller"), grid = at("grid"), body = at("rows"), heads = at("heads"), tip = at("tip");
  const drawn = new Map();
  let height = 42;

  function redraw() {
    for (const element of drawn.values()) element.remove();
    drawn.clear();
    height = Number(getComputedStyle(at("matrix")).getPropertyValue("--row"));
    body.style.height = `${state.shown.length * height}px`;
    at("matrix").style.setProperty("--cell", `${cell_width()}px`);
    draw();
  }

  /* As wide as there is room for, but so that its letter can be read: with very many runs the matrix is scrolled. */
  const most = Math.max(1, ...data.sides.map(side => side.runs.length));
  function cell_width() {
    const narrow = matchMedia("(max-width: 56rem)").matches;
    const room = narrow ? scroller.clientWidth - 28 : (scroller.clientWidth - 525) / data.sides.length - 125;
    return Math.max(narrow ? 10 : 11, Math.min(narrow ? 16 : 18, Math.floor(room / most)));
  }

  function draw() {
    const top = Math.max(0, scroller.scrollTop);
    const first = Math.max(0, Math.floor(top / height) - OVERSCAN);
    const end = Math.min(state.shown.length, Math.ceil((top + scroller.clientHeight) / height) + OVERSCAN);
    for (const [place, element] of drawn) {
      if (place < first || place >= end) { element.remove(); drawn.delete(place); }
    }
    const fresh = document.createDocumentFragment();
    for (let place = first; place < end; place++) {
      if (!drawn.has(place)) {
        const element = draw_row(state.shown[place], place);
        drawn.set(place, element);
        fresh.append(element);
      }
    }
    body.append(fresh);
    mark();
  }

  function draw_row(row, place) {
    const element = make("div", "row");
    element.setAttribute("role", "row");
    element.setAttribute("aria-rowindex", place + 2);
    element.style.transform = `translateY(${place * height}px)`;
    element.dataset.place = place;
    const [name, inside] = parts(row);
    const test = make("div", "test");
    test.setAttribute("role", "rowheader");
    test.dataset.column = 0;
    const title = make(row.anchor ? "a" : "span", "id", name);
    if (row.anchor) { title.href = `#${row.anchor}`; title.tabIndex = -1; }
    test.append(title, make("small", "id", inside));
    element.append(test);
    let column = 1;
    row.sides.forEach((side, number) => {
      const ends = make("div", "ends");
      ends.dataset.side = data.sides[number].name;
      const letters = make("span", "letters");
      for (const letter of side ? side[LETTERS] : "") {
        const cell = make("i", `c ${data.looks[letter]}`, letter === " " ? "–" : letter);
        cell.setAttribute("role", "gridcell");
        cell.dataset.column = column++;
        letters.append(cell);
      }
      if (!side) column += data.sides[number].runs.length;
      const calm = !side || side[RANK] >= data.calm;
      ends.append(letters, make("span", calm ? "verdict calm" : "verdict", side ? `${calm ? "✓" : "✗"} ${verdict(row, number)}` : verdict(row, number)));
      element.append(ends);
    });
    const join = values => values.join(" → ");
    element.append(
      make("div", "amount", join(row.sides.map(side => side ? side[FAILURES] : "–"))),
      make("div", "amount", taken(row)),
    );
    return element;
  }

  function parts(row) {
    const bracket = row.test.indexOf("[");
    const head = bracket < 0 ? row.test : row.test.slice(0, bracket);
    const cut = head.lastIndexOf("::");
    const name = cut < 0 ? "" : row.test.slice(cut + 2);
    return name ? [name, row.test.slice(0, cut)] : [row.test || "(no name)", ""];
  }

  /* One cell is the active one; the arrow keys move it, and its details are shown as they are under the mouse. */
  const columns = 1 + data.sides.reduce((sum, side) => sum + side.runs.length, 0);

  function cell_at(place, column) {
    const element = drawn.get(place);
    return element && element.querySelector(`[data-column="${column}"]`);
  }

  function mark() {
    const old = at("active-cell");
    if (old) { old.removeAttribute("id"); old.classList.remove("active"); }
    const cell = cell_at(state.row, state.column) || cell_at(state.row, 0);
    if (!cell) { grid.removeAttribute("aria-activedescendant"); return null; }
    cell.id = "active-cell";
    cell.classList.add("active");
    cell.setAttribute("aria-label", details(state.shown[state.row], Number(cell.dataset.column)).join("; "));
    grid.setAttribute("aria-activedescendant", "active-cell");
    return cell;
  }

  function move(row, column) {
    state.row = Math.max(0, Math.min(state.shown.length - 1, row));
    state.column = Math.max(0, Math.min(columns - 1, column));
    const top = state.row * height, head = heads.offsetHeight;
    if (top < scroller.scrollTop) scroller.scrollTop = top;
    else if (top + height + head > scroller.scrollTop + scroller.clientHeight) scroller.scrollTop = top + height + head - scroller.clientHeight;
    draw();
    const cell = cell_at(state.row, state.column);
    if (cell) {
      const box = cell.getBoundingClientRect(), view = scroller.getBoundingClientRect();
      if (state.column === 0) scroller.scrollLeft = 0;
      else if (box.right > view.right) scroller.scrollLeft += box.right - view.right + 8;
      else if (box.left < view.left) scroller.scrollLeft -= view.left - box.left + 8;
      show(cell);
      by_keys = true;
    }
  }

  function details(row, column) {
    if (column === 0) {
      return [row.test, ...row.sides.map((side, number) => side && `${data.sides[number].name}: ${data.told[side[WORDS]]}`).filter(Boolean)];
    }
    let side = 0, run = column - 1;
    while (run >= data.sides[side].runs.length) run -= data.sides[side++].runs.length;
    const ends = row.sides[side];
    if (!ends) return [row.test, `${data.sides[side].name}: not there`];
    const [order, seed] = data.sides[side].runs[run];
    const lines = [`${data.sides[side].name}, run ${run + 1} (${order}, seed ${seed}): ${data.meanings[ends[LETTERS][run]]}`, row.test];
    const time = ends[TIMES] ? ends[TIMES][run] : null;
    if (time !== null) lines.push(seconds(time));
    for (const [number, way] of ends[WAYS]) if (number === run + 1) lines.push(data.told[way]);
    return lines;
  }

  function show(cell) {
    const place = Number(cell.closest(".row").dataset.place);
    const [head, ...rest] = details(state.shown[place], Number(cell.dataset.column));
    tip.replaceChildren(make("b", "", head), ...rest.map(line => make("span", "", line)));
    tip.hidden = false;
    const box = cell.getBoundingClientRect(), own = tip.getBoundingClientRect();
    const below = box.bottom + 8 + own.height < innerHeight;
    tip.style.left = `${Math.max(8, Math.min(box.left, document.documentElement.clientWidth - own.width - 8))}px`;
    tip.style.top = `${below ? box.bottom + 8 : Math.max(8, box.top - own.height - 8)}px`;
  }
  let by_keys = false;
  const hide = () => { tip.hidden = true; by_keys = false; };

  /* What is scrolled away from under the mouse is gone; what the keys lead to is scrolled by them, and stays. */
  function follow() {
    const cell = by_keys && cell_at(state.row, state.column);
    if (cell) show(cell); else hide();
  }

  function on_key(event) {
    if (event.target !== grid) return;
    const page = Math.max(1, Math.floor(scroller.clientHeight / height) - 1);
    const steps = {
      ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1], PageDown: [page, 0], PageUp: [-page, 0],
    };
    if (event.key in steps) move(state.row + steps[event.key][0], state.column + steps[event.key][1]);
    else if (event.key === "Home") event.ctrlKey ? move(0, state.column) : move(state.row, 0);
    else if (event.key === "End") event.ctrlKey ? move(state.shown.length, state.column) : move(state.row, columns);
    else if (event.key === "Escape") hide();
    else if (event.key === "Enter") {
      const row = state.shown[state.row];
      if (row && row.anchor) { hide(); location.hash = row.anchor; }
    } else return;
    event.preventDefault();
  }

  /* The heads and the controls. */
  function head(key, label, name) {
    const element = make("div", name || "");
    element.setAttribute("role", "columnheader");
    element.dataset.key = key;
    const button = make("button", "", label);
    button.type = "button";
    button.setAttribute("aria-label", label);  // without the arrow, which aria-sort says
    button.addEventListener("click", () => {
      state.down = state.key === key ? !state.down : false;
      state.key = key;
      const descending = state.down !== (key === "failures" || key === "seconds");
      for (const other of heads.querySelectorAll("[role=columnheader]")) {
        if (other.dataset.key === key) other.setAttribute("aria-sort", descending ? "descending" : "ascending");
        else other.removeAttribute("aria-sort");
      }
      choose();
    });
    element.append(button);
    return element;
  }

  function run_heads(side) {
    const runs = make("div", "runs");
    runs.setAttribute("aria-hidden", "true");
    const digits = String(side.runs.length).length;
    side.runs.forEach((run, number) => {
      const down = [...String(number + 1).padStart(digits), data.orders[run[0]]].join("\n");
      runs.append(make("span", "", down));
    });
    return runs;
  }

  function select(label, options, change) {
    const element = make("label", "", label), list = make("select");
    for (const [value, text] of options) {
      const option = make("option", "", text);
      option.value = value;
      list.append(option);
    }
    list.addEventListener("change", () => { change(list.value); choose(); });
    element.append(list);
    return element;
  }

  function start() {
    document.documentElement.classList.add("js");
    heads.append(head("test", "test"));
    data.sides.forEach((side, number) => {
      const element = head(`verdict-${number}`, side.name, "ends");
      element.append(run_heads(side));
      heads.append(element);
      const counts = new Map();
      for (const row of rows) counts.set(verdict(row, number), (counts.get(verdict(row, number)) || 0) + 1);
      const options = [["", "all"], ...[...counts].map(([word, count]) => [word, `${word} (${count})`])];
      at("filters").append(select(side.name, options, value => { state.verdicts[number] = value; }));
    });
    heads.append(head("failures", "failures", "amount"), head("seconds", "time", "amount"));
    at("filters").append(select("file", [["", "all"], ...data.files.map((file, number) => [number, file])], value => { state.file = value; }));
    const calm = rows.filter(row => row.calm).length;
    if (calm) {
      const label = make("label", "", `also show the ${calm} that ended the same way in every run`), box = make("input");
      box.type = "checkbox";
      box.id = "all";
      box.addEventListener("change", () => { state.folded = !box.checked; choose(); });
      label.prepend(box);
      at("filters").append(label);
    }
    const cells = data.sides.map(side => `calc(${side.runs.length} * var(--cell) + 7.8rem)`);
    at("matrix").style.setProperty("--columns", `minmax(15rem, 1fr) ${cells.join(" ")} 4.6rem 8.5rem`);
    at("matrix").style.setProperty("--most", most);
    at("matrix").classList.toggle("single", data.sides.length === 1);
    at("matrix").classList.toggle("many", most > 10);
    at("matrix").hidden = false;

    scroller.addEventListener("scroll", () => { follow(); requestAnimationFrame(draw); }, { passive: true });
    addEventListener("scroll", follow, { passive: true });
    grid.addEventListener("keydown", on_key);
    grid.addEventListener("focus", () => { const cell = mark(); if (cell && grid.matches(":focus-visible")) { show(cell); by_keys = true; } });
    grid.addEventListener("blur", hide);
    body.addEventListener("mouseover", event => {
      const cell = event.target.closest("[data-column]");
      if (cell) { show(cell); by_keys = false; } else hide();
    });
    body.addEventListener("mouseleave", hide);
    body.addEventListener("click", event => {
      const cell = event.target.closest("[data-column]");
      if (cell && !event.target.closest("a")) {
        grid.focus({ preventScroll: true });
        move(Number(cell.closest(".row").dataset.place), Number(cell.dataset.column));
      }
    });
    let width = innerWidth;
    addEventListener("resize", () => { if (innerWidth !== width) redraw(); else draw(); width = innerWidth; });
    choose();
  }

  /* A link may lead into what is folded. */
  function unfold() {
    const target = location.hash && at(decodeURIComponent(location.hash.slice(1)));
    const folded = target && (target.closest("details") || target.querySelector("details.fold"));
    if (folded && !folded.open) { folded.open = true; target.scrollIntoView(); }
  }
  addEventListener("hashchange", unfold);
  addEventListener("beforeprint", () => document.querySelectorAll("details.fold").forEach(each => { each.open = true; }));

  start();
  unfold();
})();
