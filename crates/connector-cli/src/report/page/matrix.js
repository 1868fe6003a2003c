// The matrix of people and things. Only the cells in sight are in the document; they are found when
// they come into sight. The grid has the focus, and names its active cell.

const CELL = 36;
const LINE = 26;
const side = () => (innerWidth < 700 ? 120 : 210);
const HEAD = 132;
// Rows and columns that fit on a sheet.
const SHEET = { rows: 16, columns: 38 };

function makeMatrix() {
  const state = { type: typesWithEntitlements[0], mask: ANY, rows: [], columns: [], at: [0, 0], words: [[], []], order: ["entitlements", "people"] };
  let printed = false;
  const cache = new Map();
  const corner = el("div", { class: "corner", role: "presentation" });
  const top = el("div", { class: "heads", role: "row", "aria-rowindex": "1" });
  const body = el("div", { class: "cells", role: "rowgroup" });
  const inner = el("div", { class: "matrix-inner", role: "presentation" }, top, body);
  const grid = el("div", { class: "matrix", role: "grid", tabindex: "0", "aria-label": "People and what they reach" }, inner);
  const meant = el("p", { class: "meant", role: "status" });
  const tip = el("p", { class: "quiet" });
  const root = el("div", { class: "matrix-view" }, tools(), legend(), meant, grid, tip);

  function tools() {
    const people = searchBox("Find people", (words) => ((state.words[0] = words), arrange()));
    const found = searchBox("Find columns", (words) => ((state.words[1] = words), arrange()));
    const types = choice("Columns", typesWithEntitlements.map((type) => [type, typeWords(type, 2)]), (type) => ((state.type = type), cache.clear(), arrange()));
    const first = choice("People by", [["entitlements", "most access"], ["name", "name"]], (order) => ((state.order[0] = order), arrange()));
    const second = choice("Columns by", [["people", "most people"], ["name", "name"]], (order) => ((state.order[1] = order), arrange()));
    return el("div", { class: "toolbar" }, people, found, types, first, second);
  }

  function legend() {
    const boxes = PATHS.map((path) => {
      const box = el("input", { type: "checkbox", checked: true });
      box.addEventListener("change", () => {
        state.mask ^= path.bit;
        cache.clear();
        draw();
      });
      return el("label", {}, box, el("span", { class: "mark", "aria-hidden": "true" }, path.mark), ` ${path.name}`);
    });
    state.key = el("span", { class: "key-entitlements" });
    return el("fieldset", { class: "legend" }, el("legend", { class: "unseen" }, "Access paths that are shown"), ...boxes, state.key);
  }

  function arrange() {
    const counts = countsOf(state.type);
    const own = (r) => counts.direct[r] + counts.group[r];
    const most = (a, b) => own(b) - own(a) || counts.open[b] - counts.open[a] || byName(a, b);
    const [people_, found] = state.words;
    state.rows = people.filter((r) => matches(r, people_)).sort(state.order[0] === "name" ? byName : most);
    state.columns = things.get(state.type).filter((r) => matches(r, found)).sort(state.order[1] === "name" ? byName : most);
    state.at = [Math.min(0, state.rows.length - 1), Math.min(0, state.columns.length - 1)];
    grid.setAttribute("aria-rowcount", String(state.rows.length + 1));
    grid.setAttribute("aria-colcount", String(state.columns.length + 1));
    measure();
    grid.scrollTo(0, 0);
    const used = new Set(rows.map((row) => row.entitlement));
    const of = [...used].filter((e) => entitlements[e].resource_type === state.type).sort((a, b) => weights[b] - weights[a]);
    state.key.replaceChildren(...of.map((e) => entitlementLabel(e)));
    draw();
  }

  function measure() {
    state.side = side();
    grid.style.setProperty("--side", `${state.side}px`);
    const { rows, columns } = sized();
    inner.style.width = `${state.side + columns * CELL}px`;
    inner.style.height = `${HEAD + rows * LINE}px`;
    const all = [count(state.rows.length, "row"), count(state.columns.length, "column")];
    const cut = rows < state.rows.length || columns < state.columns.length;
    const size = cut ? `${number.format(rows)} of ${all[0]} and ${number.format(columns)} of ${all[1]} are printed. Search or order before printing to choose which.` : `${all.join(", ")}.`;
    tip.textContent = `${size} ⚠ and hatching: could not be read completely, so an empty cell says nothing there. + after a mark: by more paths than one.`;
  }

  // The rows and columns that fit: all of them, except on paper.
  function sized() {
    const [rows, columns] = [state.rows.length, state.columns.length];
    return printed ? { rows: Math.min(rows, SHEET.rows), columns: Math.min(columns, SHEET.columns) } : { rows, columns };
  }

  function cells(person) {
    let found = cache.get(person);
    if (!found) {
      if (cache.size > 500) cache.clear();
      cache.set(person, (found = cellsOf(person, state.type, state.mask)));
    }
    return found;
  }

  function window_() {
    const { rows, columns } = sized();
    if (printed) return { left: 0, right: columns, first: 0, last: rows };
    const across = Math.ceil((grid.clientWidth || 1000) / CELL) + 2;
    const down = Math.ceil((grid.clientHeight || 600) / LINE) + 2;
    const left = Math.max(0, Math.floor(grid.scrollLeft / CELL) - 1);
    const first = Math.max(0, Math.floor(grid.scrollTop / LINE) - 1);
    return { left, right: Math.min(state.columns.length, left + across), first, last: Math.min(state.rows.length, first + down) };
  }

  function draw() {
    const { left, right, first, last } = window_();
    const heads = [corner];
    for (let j = left; j < right; j++) heads.push(columnHead(j));
    top.replaceChildren(...heads);
    const lines = [];
    for (let i = first; i < last; i++) lines.push(line(i, left, right));
    body.replaceChildren(...lines);
    pointOut();
  }

  function columnHead(j) {
    const thing = state.columns[j];
    const lacks = unread.has(thing);
    const made = el("div", { role: "columnheader", id: `cell--1-${j}`, class: lacks ? "unread" : null, "aria-colindex": String(j + 2), "data-i": "-1", "data-j": String(j) }, el("span", {}, lacks ? "⚠ " : null, nameOf(thing, 60)));
    made.style.left = `${state.side + j * CELL}px`;
    return made;
  }

  function line(i, left, right) {
    const person = state.rows[i];
    const found = cells(person);
    const off = statusOf(person) === "disabled";
    const head = el("div", { role: "rowheader", id: `cell-${i}--1`, class: off ? "off" : null, "aria-colindex": "1", "data-i": String(i), "data-j": "-1" }, nameOf(person, 60), off ? " (off)" : null);
    const made = el("div", { role: "row", class: "line", "aria-rowindex": String(i + 2) }, head);
    made.style.top = `${i * LINE}px`;
    for (let j = left; j < right; j++) made.append(cellAt(i, j, found));
    return made;
  }

  function cellAt(i, j, found) {
    const value = found[placeAmongThings[state.columns[j]]];
    const lacks = unread.has(state.columns[j]) ? " unread" : "";
    const made = el("div", { role: "gridcell", id: `cell-${i}-${j}`, "aria-colindex": String(j + 2), "data-i": String(i), "data-j": String(j) });
    made.style.left = `${state.side + j * CELL}px`;
    if (value === 0) {
      made.className = `cell${lacks}`;
      return made;
    }
    const entitlement = (value & 0xffff) - 1;
    const bits = value >> 16;
    const nearest = PATHS.find((path) => bits & path.bit);
    made.className = `cell level-${levels[entitlement]}${lacks}`;
    made.setAttribute("aria-label", `${entitlementNames[entitlement]}, ${wordsOf(bits)}`);
    made.append(letters[entitlement], el("i", {}, nearest.mark, bits === nearest.bit ? "" : "+"));
    return made;
  }

  function describe(i, j) {
    const person = state.rows[i];
    const thing = state.columns[j];
    if (person === undefined) return thing === undefined ? "" : nameOf(thing).textContent;
    if (thing === undefined) return nameOf(person).textContent;
    const value = cells(person)[placeAmongThings[thing]];
    const lacks = unread.has(thing) ? "nothing that could be read" : "nothing";
    return value === 0 ? lacks : `${entitlementNames[(value & 0xffff) - 1]}, ${wordsOf(value >> 16)}`;
  }

  function explain(i, j) {
    const [person, thing] = [state.rows[i], state.columns[j]];
    const parts = [];
    if (person !== undefined) parts.push(nameOf(person));
    if (thing !== undefined) parts.push(parts.length > 0 ? " on " : "", nameOf(thing));
    if (person !== undefined && thing !== undefined) parts.push(`: ${describe(i, j)}`);
    meant.replaceChildren(...parts);
  }

  function pointOut() {
    const [i, j] = state.at;
    grid.querySelector(".meant-cell")?.classList.remove("meant-cell");
    const found = document.getElementById(`cell-${i}-${j}`);
    found?.classList.add("meant-cell");
    if (found) grid.setAttribute("aria-activedescendant", found.id);
    else grid.removeAttribute("aria-activedescendant");
    explain(i, j);
  }

  function go(i, j) {
    state.at = [Math.max(-1, Math.min(state.rows.length - 1, i)), Math.max(-1, Math.min(state.columns.length - 1, j))];
    const [row, column] = state.at;
    const high = grid.clientHeight - HEAD - LINE;
    const wide = grid.clientWidth - state.side - CELL;
    if (row >= 0) grid.scrollTop = Math.min(Math.max(grid.scrollTop, row * LINE - high), row * LINE);
    if (column >= 0) grid.scrollLeft = Math.min(Math.max(grid.scrollLeft, column * CELL - wide), column * CELL);
    draw();
  }

  function open() {
    const [person, thing] = [state.rows[state.at[0]], state.columns[state.at[1]]];
    if (person === undefined && thing === undefined) return;
    openPanel(person ?? thing, grid, person === undefined ? null : (thing ?? null));
  }

  grid.addEventListener("keydown", (event) => {
    const [i, j] = state.at;
    const page = Math.max(1, Math.floor((grid.clientHeight - HEAD) / LINE) - 1);
    const far = event.ctrlKey ? Infinity : 0;
    const to = {
      ArrowDown: [i + 1, j], ArrowUp: [i - 1, j], ArrowRight: [i, j + 1], ArrowLeft: [i, j - 1],
      PageDown: [i + page, j], PageUp: [Math.max(0, i - page), j],
      Home: [far ? 0 : i, 0], End: [far ? far : i, Infinity],
    }[event.key];
    if (event.key === "Enter" || event.key === " ") open();
    else if (to) go(...to);
    else return;
    event.preventDefault();
  });
  const placeOf = (event) => event.target.closest("[data-i]")?.dataset;
  grid.addEventListener("click", (event) => {
    const place = placeOf(event);
    if (!place) return;
    state.at = [Number(place.i), Number(place.j)];
    pointOut();
    open();
  });
  grid.addEventListener("pointerover", (event) => {
    const place = placeOf(event);
    if (place) explain(Number(place.i), Number(place.j));
  });
  grid.addEventListener("pointerleave", () => explain(...state.at));
  let waiting = false;
  grid.addEventListener("scroll", () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => ((waiting = false), draw()));
  }, { passive: true });
  addEventListener("resize", () => grid.clientWidth > 0 && (measure(), draw()));
  function print(printing) {
    printed = printing;
    measure();
    draw();
  }
  return { root, draw, start: arrange, print };
}
