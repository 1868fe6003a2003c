// The details of a resource: its facts, its principals, what it has access to, and the access paths.

const panel = document.getElementById("panel");
const trail = [];
let cameFrom = null;

// Opens the details of a resource. `about` narrows them to another resource.
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
  setAddress(`#${views.shown.id}`);
  tables.splice(0, tables.length, ...tables.filter((one) => one.root.isConnected || !one.inPanel));
  cameFrom?.focus();
}

function backInPanel() {
  trail.pop();
  if (trail.length === 0) closePanel();
  else drawPanel();
}

function drawPanel() {
  const { title: text, kind, nodes, address } = trail.at(-1).draw();
  const title = el("h2", { id: "panel-title" }, foreignWhole(text, 200));
  const back = trail.length > 1 && el("button", { type: "button", onclick: backInPanel }, "Back");
  const close = el("button", { type: "button", onclick: closePanel, "aria-label": "Close the details" }, "Close");
  const here = address && el("a", { href: address, class: "here" }, "Link");
  const bar = el("div", { class: "panel-bar" }, el("span", { class: "kind" }, foreign(kind, 40)), here, back, close);
  if (address) setAddress(address);
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
  const granted = accessTable(entitlementsOf(resource), "Has access to", "Resource", resource, about);
  const principals = accessTable(principalsOf(resource), "Principals", "Principal", resource, about);
  const nodes = [facts(resource), ...warnings(resource), ...principals, ...granted, ...secrets(resource)];
  return { title: one.name || one.id, kind: typeWords(typeOf(resource), 1), nodes, address: addressOf("resource", typeOf(resource), one.id) };
}

function warnings(resource) {
  const said = [];
  if (unread.has(resource)) said.push("The grants on it could not be read completely: what is missing here may still exist.");
  if (!isListed(resource)) said.push("No list shows it: it is known only because something refers to it.");
  const nameRun = resources[resource].name_from_run;
  if (nameRun !== undefined) said.push(`Its name and address are from run ${nameRun}, the last one that listed it.`);
  if (standsForItself.has(resource)) said.push("Nobody is known to be in it: it stands for itself.");
  if (statusOf(resource) === "disabled") said.push("It is disabled.");
  const notices = data.notices.filter((notice) => notice.about === resource);
  return [...said, ...notices.map((notice) => notice.message)].map((text) => el("p", { class: "warning" }, resolved(text, 400)));
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
  add("Last active", moment(one.user?.last_login));
  add("In", one.parent !== undefined && link(one.parent));
  add("Description", text(one.description));
  add("Created", moment(one.created_at));
  add("Changed", moment(one.updated_at));
  for (const [name, value] of Object.entries(one.attributes ?? {})) add(foreign(capital(name.replaceAll("_", " ")), 60), accountLink(name, value) ?? text(isTime(value) ? moment(value) : value));
  if (one.secret) {
    add("Issued by", one.secret.created_by !== null && link(one.secret.created_by));
    add("Access to", one.secret.access_to !== null && link(one.secret.access_to));
    add("Expires", moment(one.secret.expires_at));
    add("Last used", one.secret.last_used === "never" ? "never" : moment(one.secret.last_used));
  }
  return el("dl", { class: "facts" }, ...made);
}

const isTime = (value) => typeof value === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(value);

// The account that a field such as `created_by` names by its id, if exactly one account has it.
function accountLink(name, value) {
  const found = name.endsWith("_by") ? (accountsById.get(String(value)) ?? []) : [];
  return found.length === 1 ? el("span", {}, link(found[0]), " (", foreign(String(value), 80), ")") : null;
}
const accountsById = Map.groupBy([...resources.keys()].filter(isAccount), (r) => resources[r].id);

// A text from the provider in which a type and an id, as in "user 12", become the name with a link.
function resolved(text, limit) {
  const parts = shortened(text, limit).split(" ");
  const made = el("span", {});
  let plain = [];
  for (let at = 0; at < parts.length; at++) {
    const id = (parts[at + 1] ?? "").replace(/[.,:;)]+$/, "");
    const r = placesById.get(`${parts[at]} ${id}`);
    if (r === undefined || id === "") plain.push(parts[at]);
    else {
      made.append(foreign(plain.join(" "), limit), plain.length > 0 ? " " : "", link(r));
      if (names[r] !== id) made.append(" (", foreign(`${parts[at]} ${id}`, 80), ")");
      made.append(foreign(parts[at + 1].slice(id.length), 20));
      plain = at + 2 < parts.length ? [""] : [];
      at += 1;
    }
  }
  made.append(foreign(plain.join(" "), limit));
  return made;
}

function link(resource) {
  const open = () => openPanel(resource);
  return el("button", { type: "button", class: "link", onclick: open }, nameOf(resource));
}

// The keys that an account issued, or that give access to a resource.
function secrets(resource) {
  const found = [...resources.keys()].filter((r) => {
    const secret = resources[r].secret;
    return secret && (secret.created_by === resource || secret.access_to === resource);
  });
  if (found.length === 0) return [];
  const items = found.slice(0, 100).map((r) => el("li", {}, link(r), ` expires: ${day(resources[r].secret.expires_at) || "never, or not stated"}`));
  return [el("h3", {}, count(found.length, "key")), el("ul", {}, ...items)];
}

// The access of a principal: one row for each resource and entitlement, with all paths.
function entitlementsOf(person) {
  const found = new Map();
  const add = (row, bit, visit) => {
    for (const path of pathsOf(visit, person)) note(found, row.on, row, bit, path);
  };
  if (isSet(person) && !standsForItself.has(person)) {
    for (const at of rowsOf[person]) note(found, rows[at].on, rows[at], DIRECT, []);
  } else eachRight(person, add);
  return [...found.values()];
}

// The principals of a resource: one row for each principal and entitlement, with all paths.
function principalsOf(thing) {
  const found = new Map();
  for (const at of rowsOn[thing]) {
    for (const principal of rows[at].principals) {
      const set = setOf(principal, rows[at].slug);
      const members = set && membersOf(set);
      if (!set) note(found, principal, rows[at], DIRECT, []);
      else if (isUnexpanded(set)) note(found, principal, rows[at], set.bit, []);
      else for (const [person, all] of members) for (const path of all) note(found, person, rows[at], set.bit, path);
    }
  }
  return [...found.values()];
}

// Every shown path from a principal to a set that a walk reached; the empty path without a set.
function pathsOf(visit, person) {
  if (!visit) return [[]];
  const paths = visit.depth <= MOST_STEPS && membersOf(visit.set).get(person);
  if (paths) return paths;
  const path = stepsOf(visit, MOST_STEPS);
  path.more = visit.depth - path.length;
  return [path];
}

function note(found, other, row, bit, path) {
  const key = other * entitlements.length + row.entitlement;
  const known = found.get(key) ?? found.set(key, { other, entitlement: row.entitlement, bits: 0, paths: [] }).get(key);
  known.bits |= bit;
  known.paths.push({ bit, path, rule: row.rule });
}

// A name, in quotes if it has a character that separates the parts of a path: one group never
// reads as two.
const unambiguous = (name) => (/[,:"]/.test(name) ? JSON.stringify(name) : name);

function pathText({ path, rule }) {
  // The principal is in the last set, and each set is in the one before it.
  const through = [...path].reverse().map((r) => unambiguous(nameOf(r, 60).textContent));
  if (path.more > 0) through.unshift(`${count(path.more, "more group")}`);
  const words = through.length === 0 ? "direct" : `through ${through.join(", within ")}`;
  return rule === null ? words : `${words}, by rule: ${visible(shortened(rule, 200))}`;
}

// Entitlements by power, the most powerful first, each with every path.
function accessTable(found, title, column, of, about) {
  if (found.length === 0) return [];
  const types = new Set(found.map((row) => typeOf(row.other)));
  const type = { name: "Type", width: "status", cell: (row) => foreign(typeOf(row.other), 40), compare: byText((row) => typeOf(row.other)) };
  const columns = [
    { name: column, width: "name", cell: (row) => nameOf(row.other), compare: (a, b) => byName(a.other, b.other) },
    ...(types.size > 1 ? [type] : []),
    { name: "Entitlement", width: "entitlement", cell: (row) => entitlementLabel(row.entitlement), compare: byNumber((row) => -weights[row.entitlement]) },
    { name: "Access path", cell: (row) => wayCell(row), compare: byNumber((row) => row.bits & -row.bits) },
  ];
  const power = columns.findIndex((one) => one.width === "entitlement");
  const list = makeTable({ label: title, columns, open: (row) => openPanel(row.other, null, of), id: (row) => resources[row.other].id, tall: true, sorted: power });
  const sorted = found.sort((a, b) => byName(a.other, b.other));
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
  const words = [...new Set(row.paths.map(pathText))];
  const items = words.map((one) => el("li", {}, el("bdi", { dir: "auto" }, one)));
  return el("div", { class: "path" }, el("span", { class: "marks", "aria-hidden": "true" }, marks(row.bits)), el("ul", {}, ...items));
}
