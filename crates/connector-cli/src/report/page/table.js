// Tables of any length: only the rows in sight are in the document.

const ROW = 36;
const SPARE = 6;
// Rows that a view prints; the details print all rows.
const PRINTED = { view: 150, panel: 500 };
// Rows that are drawn in their whole height.
const TALL = 300;
const tables = [];

// columns: [{name, cell(row), compare(a, b)?, width?, numeric?}]; the first one's cell is a button
// that opens the row if `open` is given. `id` gives a row's id, which is in files and not on the page.
// A `tall` table shows whole cells, as long as its rows are few.
function makeTable({ label, columns, open, id = null, tall = false, empty = "Nothing matches.", sorted = 0, descending = false }) {
  const state = { all: [], shown: [], sorted, descending, active: 0, printing: false };
  const drawn = new Map();
  const above = el("tr", { class: "spacer", "aria-hidden": "true" }, el("td", { colspan: columns.length }));
  const below = el("tr", { class: "spacer", "aria-hidden": "true" }, el("td", { colspan: columns.length }));
  const body = el("tbody", {}, above, below);
  const heads = columns.map((column, at) => head(column, at));
  const cols = columns.map((column) => el("col", column.width ? { class: `w-${column.width}` } : {}));
  const caption = el("caption", { class: "unseen" }, label);
  const inner = el("table", { "aria-rowcount": "1" }, caption, el("colgroup", {}, ...cols), el("thead", {}, el("tr", { "aria-rowindex": "1" }, ...heads)), body);
  const nothing = el("p", { class: "nothing", hidden: true }, empty);
  const scroller = el("div", { class: "scroller", tabindex: "-1", role: "region", "aria-label": label }, inner);
  const cut = el("p", { class: "cut" });
  const file = el("button", { type: "button", class: "link csv", onclick: save, "aria-label": `${label}: save as CSV` }, "Save as CSV");
  const root = el("div", { class: "table" }, file, scroller, nothing, cut);
  scroller.addEventListener("scroll", () => draw(), { passive: true });
  // The number of visible rows changes with the window's height, and when a search is cleared.
  new ResizeObserver(() => draw()).observe(scroller);
  body.addEventListener("keydown", onKey);
  body.addEventListener("click", onClick);

  function save() {
    const text = (column) => (row) => (column.numeric ? textOf(column.cell(row)).replaceAll(",", "") : textOf(column.cell(row)));
    const all = columns.map((column) => [column.name, text(column)]);
    saveCsv(label, id ? [["Id", id], ...all] : all, state.shown);
  }

  const isTall = () => tall && state.shown.length <= TALL;
  const printed = () => (made.inPanel ? PRINTED.panel : PRINTED.view);

  function head(column, at) {
    const props = { scope: "col", class: column.numeric ? "numeric" : null, "data-name": column.name };
    if (!column.compare) return el("th", props, column.name);
    const button = el("button", { type: "button", class: "sort", onclick: () => sortBy(at) }, column.name, el("span", { class: "arrow", "aria-hidden": "true" }));
    return el("th", { ...props, "aria-sort": "none" }, button);
  }

  function sortBy(at) {
    state.descending = state.sorted === at ? !state.descending : Boolean(columns[at].numeric);
    state.sorted = at;
    arrange();
    announce(`${label}: sorted by ${columns[at].name}, ${state.descending ? "descending" : "ascending"}`);
  }

  function arrange() {
    const column = columns[state.sorted];
    if (column?.compare) {
      const sign = state.descending ? -1 : 1;
      state.shown = state.all
        .map((row, at) => [row, at])
        .sort((a, b) => sign * column.compare(a[0], b[0]) || a[1] - b[1])
        .map(([row]) => row);
    } else state.shown = state.all;
    heads.forEach((th, at) => {
      if (!columns[at].compare) return;
      const order = at !== state.sorted ? "none" : state.descending ? "descending" : "ascending";
      th.setAttribute("aria-sort", order);
    });
    state.active = 0;
    scroller.scrollTop = 0;
    redraw();
  }

  function redraw() {
    for (const tr of drawn.values()) tr.remove();
    drawn.clear();
    inner.setAttribute("aria-rowcount", String(state.shown.length + 1));
    nothing.hidden = state.shown.length > 0;
    inner.classList.toggle("is-empty", state.shown.length === 0);
    inner.classList.toggle("tall", isTall());
    draw();
  }

  function range() {
    const all = state.shown.length;
    if (state.printing) return [0, Math.min(all, printed())];
    if (isTall()) return [0, all];
    const height = scroller.clientHeight || 600;
    const first = Math.max(0, Math.floor(scroller.scrollTop / ROW) - SPARE);
    return [Math.min(first, all), Math.min(all, first + Math.ceil(height / ROW) + 2 * SPARE)];
  }

  function draw() {
    const [first, last] = range();
    if (scroller.contains(document.activeElement)) {
      const focused = Number(document.activeElement.closest("tr")?.dataset.at ?? -1);
      if (focused >= 0 && (focused < first || focused >= last)) scroller.focus({ preventScroll: true });
    }
    for (const [at, tr] of drawn) {
      if (at >= first && at < last) continue;
      tr.remove();
      drawn.delete(at);
    }
    let next = above.nextSibling;
    for (let at = first; at < last; at++) {
      const there = drawn.get(at);
      if (there) next = there.nextSibling;
      else {
        const tr = make(at);
        drawn.set(at, tr);
        body.insertBefore(tr, next);
      }
    }
    above.style.height = `${first * ROW}px`;
    below.style.height = state.printing ? "0" : `${(state.shown.length - last) * ROW}px`;
    above.hidden = first === 0;
    below.hidden = state.printing || last === state.shown.length;
    const more = state.printing && state.shown.length > printed();
    cut.textContent = more ? `The first ${number.format(printed())} of ${number.format(state.shown.length)} are printed. Search or sort before printing to choose which; the CSV file has them all.` : "";
  }

  function make(at) {
    const row = state.shown[at];
    const cells = columns.map((column, place) => {
      const content = column.cell(row);
      const props = { class: column.numeric ? "numeric" : null };
      if (place > 0) return el("td", props, content);
      const tab = at === state.active ? "0" : "-1";
      const inside = open ? el("button", { type: "button", class: "name", tabindex: tab }, content) : content;
      return el("th", { scope: "row", ...props }, inside);
    });
    return el("tr", { "aria-rowindex": String(at + 2), "data-at": String(at), class: open ? "opens" : null }, ...cells);
  }

  function onClick(event) {
    const tr = event.target.closest("tr[data-at]");
    if (!tr || !open || getSelection()?.toString()) return;
    activate(Number(tr.dataset.at));
    open(state.shown[state.active], tr.querySelector("button.name"));
  }

  function activate(at) {
    drawn.get(state.active)?.querySelector("button.name")?.setAttribute("tabindex", "-1");
    state.active = at;
    drawn.get(at)?.querySelector("button.name")?.setAttribute("tabindex", "0");
  }

  function onKey(event) {
    const page = Math.max(1, Math.floor(scroller.clientHeight / ROW) - 2);
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity }[event.key];
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const to = Math.min(state.shown.length - 1, Math.max(0, state.active + step));
    const top = to * ROW;
    const room = scroller.clientHeight - 2 * ROW;
    if (top < scroller.scrollTop) scroller.scrollTop = top;
    else if (top > scroller.scrollTop + room) scroller.scrollTop = top - room;
    draw();
    activate(to);
    drawn.get(to)?.querySelector("button.name")?.focus({ preventScroll: !isTall() });
  }

  const made = {
    root,
    set(all) {
      state.all = all;
      arrange();
    },
    draw,
    shown: () => state.shown.length,
    print(printing) {
      state.printing = printing;
      redraw();
    },
  };
  tables.push(made);
  return made;
}

const byName = (a, b) => nameOrder[a] - nameOrder[b];
const byText = (of) => (a, b) => collator.compare(of(a), of(b));
const byNumber = (of) => (a, b) => of(a) - of(b);
