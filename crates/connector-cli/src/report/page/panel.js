// The details of one person or thing: what is known of it, what it holds, who holds it, and by
// which way.

const panel = document.getElementById("panel");
const trail = [];
let cameFrom = null;

// Opens the details of a resource. `about` narrows them to what has to do with another one.
function openPanel(resource, from = null, about = null) {
  openDetails(() => resourceNodes(resource, about), from);
}

// Opens details of another kind: `draw` gives the title's text, its kind and the nodes below.
function openDetails(draw, from) {
  if (panel.hidden) {
    trail.length = 0;
    cameFrom = from;
  }
  trail.push({ draw });
  drawPanel();
}

function closePanel() {
  panel.hidden = true;
  document.body.classList.remove("with-panel");
  panel.replaceChildren();
  tables.splice(0, tables.length, ...tables.filter((one) => one.root.isConnected || !one.inPanel));
  cameFrom?.focus();
}

function backInPanel() {
  trail.pop();
  if (trail.length === 0) closePanel();
  else drawPanel();
}

function drawPanel() {
  const { title: text, kind, nodes } = trail.at(-1).draw();
  const title = el("h2", { id: "panel-title" }, foreignWhole(text, 200));
  const back = trail.length > 1 && el("button", { type: "button", onclick: backInPanel }, "Back");
  const close = el("button", { type: "button", onclick: closePanel, "aria-label": "Close the details" }, "Close");
  const bar = el("div", { class: "panel-bar" }, el("span", { class: "kind" }, foreign(kind, 40)), back, close);
  panel.replaceChildren(bar, title, ...nodes);
  for (const one of tables) if (panel.contains(one.root)) one.inPanel = true;
  panel.hidden = false;
  document.body.classList.add("with-panel");
  panel.scrollTop = 0;
  for (const one of tables) if (one.inPanel && one.root.isConnected) one.draw();
  panel.focus({ preventScroll: true });
}

function resourceNodes(resource, about) {
  const one = resources[resource];
  const holds = ways(rightsOf(resource), "Holds", "On", about);
  const held = ways(holdersOf(resource), "Held by", "Who", about);
  const nodes = [facts(resource), ...warnings(resource), ...held, ...holds, ...secrets(resource)];
  return { title: one.name || one.id, kind: typeOf(resource), nodes };
}

function warnings(resource) {
  const said = [];
  if (unread.has(resource)) said.push("The rights on it could not be read whole: what is missing here may still exist.");
  if (!isListed(resource)) said.push("No list shows it: it is known only because something refers to it.");
  if (standsForItself.has(resource)) said.push("Nobody is known to be in it: it stands for itself.");
  if (statusOf(resource) === "disabled") said.push("It is switched off.");
  const notices = data.notices.filter((notice) => notice.about === resource);
  return [...said, ...notices.map((notice) => notice.message)].map((text) => el("p", { class: "warning" }, foreignWhole(text)));
}

function facts(resource) {
  const one = resources[resource];
  const made = [];
  const add = (name, value) => value && made.push(el("div", {}, el("dt", {}, name), el("dd", {}, value)));
  const text = (value) => value && foreignWhole(String(value));
  add("Id", text(one.id));
  add("Status", statusOf(resource));
  add("Address", text(one.user?.email));
  add("Login", text(one.user?.login));
  add("Account", one.user && one.user.account_type !== "unknown" && one.user.account_type);
  add("Last sign-in", moment(one.user?.last_login));
  add("In", one.parent !== undefined && link(one.parent));
  add("Description", text(one.description));
  add("Created", moment(one.created_at));
  add("Changed", moment(one.updated_at));
  for (const [name, value] of Object.entries(one.profile ?? {})) add(foreign(name.replaceAll("_", " "), 60), text(value));
  if (one.secret) {
    add("Issued by", one.secret.created_by !== null && link(one.secret.created_by));
    add("Opens", one.secret.opens !== null && link(one.secret.opens));
    add("Expires", moment(one.secret.expires_at));
    add("Last used", moment(one.secret.last_used_at));
  }
  return el("dl", { class: "facts" }, ...made);
}

function link(resource) {
  const open = () => openPanel(resource);
  return el("button", { type: "button", class: "link", onclick: open }, nameOf(resource));
}

// The keys that somebody issued, or that open a thing.
function secrets(resource) {
  const found = [...resources.keys()].filter((r) => {
    const secret = resources[r].secret;
    return secret && (secret.created_by === resource || secret.opens === resource);
  });
  if (found.length === 0) return [];
  const items = found.slice(0, 100).map((r) => el("li", {}, link(r), ` expires ${day(resources[r].secret.expires_at) || "never, or it is not said"}`));
  return [el("h3", {}, count(found.length, "key")), el("ul", {}, ...items)];
}

// What somebody holds: one row for each thing and right, with all ways.
function rightsOf(person) {
  const found = new Map();
  const add = (row, bit, way) => note(found, row.on, row, bit, wayOf(way));
  if (isSet(person) && !standsForItself.has(person)) {
    for (const at of rowsOf[person]) note(found, rows[at].on, rows[at], DIRECT, []);
  } else eachRight(person, add);
  return [...found.values()];
}

// Who holds something: one row for each person and right, with all ways.
function holdersOf(thing) {
  const found = new Map();
  for (const at of rowsOn[thing]) {
    for (const principal of rows[at].who) {
      const set = setOf(principal, rows[at].slug);
      const members = set && membersOf(set);
      if (!set) note(found, principal, rows[at], DIRECT, []);
      else if (isHolder(set)) note(found, principal, rows[at], set.bit, []);
      else for (const [person, all] of members) for (const way of all) note(found, person, rows[at], set.bit, way);
    }
  }
  return [...found.values()];
}

// The sets of a way, the outermost first.
function wayOf(visit) {
  const way = stepsOf(visit, MOST_STEPS);
  way.more = visit ? visit.depth - way.length : 0;
  return way;
}

function note(found, other, row, bit, way) {
  const key = other * rights.length + row.right;
  const known = found.get(key) ?? found.set(key, { other, right: row.right, bits: 0, ways: [] }).get(key);
  known.bits |= bit;
  known.ways.push({ bit, way, rule: row.rule });
}

// A name in quotes where it has a character that separates the parts of a way: one group never
// reads as two.
const unambiguous = (name) => (/[,:"]/.test(name) ? JSON.stringify(name) : name);

function wayWords({ way, rule }) {
  // Whoever holds it is in the last of the sets, which is in the one before it.
  const through = [...way].reverse().map((r) => unambiguous(nameOf(r, 60).textContent));
  if (way.more > 0) through.unshift(`${count(way.more, "more group")}`);
  const words = through.length === 0 ? "direct" : `through ${through.join(", within ")}`;
  return rule === null ? words : `${words}, by rule: ${visible(shortened(rule, 200))}`;
}

function ways(found, title, column, about) {
  if (found.length === 0) return [];
  const types = new Set(found.map((row) => typeOf(row.other)));
  const type = { name: "Type", width: "status", cell: (row) => foreign(typeOf(row.other), 40), compare: byText((row) => typeOf(row.other)) };
  const columns = [
    { name: column, width: "name", cell: (row) => nameOf(row.other), compare: (a, b) => byName(a.other, b.other) },
    ...(types.size > 1 ? [type] : []),
    { name: "Right", width: "right", cell: (row) => rightLabel(row.right), compare: byNumber((row) => -weights[row.right]) },
    { name: "Way", cell: (row) => wayCell(row), compare: byNumber((row) => row.bits & -row.bits) },
  ];
  const list = makeTable({ label: title, columns, open: (row) => openPanel(row.other) });
  const sorted = found.sort((a, b) => byName(a.other, b.other) || weights[b.right] - weights[a.right]);
  const others = new Set(found.map((row) => row.other)).size;
  const only = sorted.filter((row) => row.other === about);
  const all = only.length > 0 && el("button", { type: "button", onclick: () => show(sorted) }, "Show all");
  const show = (rows) => {
    if (all) all.remove();
    list.set(rows);
  };
  list.set(all ? only : sorted);
  const search = searchBox(`Search in ${number.format(found.length)}`, (words) => show(sorted.filter((row) => matches(row.other, words))));
  return [el("h3", {}, `${title} `, el("span", { class: "quiet" }, number.format(others))), el("div", { class: "panel-tools" }, search, all), list.root];
}

function wayCell(row) {
  const words = row.ways.map(wayWords);
  const text = el("bdi", { dir: "auto" }, words.slice(0, 3).join("; "), words.length > 3 ? `; and ${words.length - 3} more` : null);
  return el("span", { class: "way", title: words.slice(0, 10).join("\n") }, el("span", { class: "marks", "aria-hidden": "true" }, marks(row.bits)), " ", text);
}
