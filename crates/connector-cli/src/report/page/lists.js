// The views that are lists: findings, people, things, changes.

const placesById = new Map(resources.map((one, r) => [`${data.types[one.type]} ${one.id}`, r]));
const find = (id) => placesById.get(`${id.resource_type} ${id.id}`);

const labelOf = (id) => label(id.resource_type, id.id, id.display_name || id.id);

// A resource of this sync as a link, another one by its name.
function named(id) {
  const r = find(id);
  return r === undefined ? labelOf(id) : link(r);
}

const PEOPLE = ["principal"];

function peopleView() {
  const state = { type: typesWithEntitlements[0], words: [], range: null, kinds: "all" };
  const counts = () => countsOf(state.type);
  const own = (r) => counts().direct[r] + counts().group[r];
  const best = (r) => counts().best[r];
  const weight = (r) => (best(r) === 0 ? 0 : weights[best(r) - 1]);
  const address = (r) => resources[r].user?.email ?? "";
  const list = makeTable({
    label: "People",
    id: (r) => resources[r].id,
    columns: [
      { name: "Name", cell: (r) => nameOf(r), compare: byName, width: "name" },
      { name: "Kind", cell: (r) => foreign(kindWords(r), 40), compare: byText(kindWords), width: "kind" },
      { name: "Address", cell: (r) => foreign(address(r), 80), compare: byText(address), width: "address" },
      { name: "Status", cell: (r) => statusWords(r), compare: byText(statusWords), width: "status" },
      { name: "Direct", cell: (r) => number.format(counts().direct[r]), compare: byNumber((r) => counts().direct[r]), numeric: true, width: "count" },
      { name: "By group", cell: (r) => number.format(counts().group[r]), compare: byNumber((r) => counts().group[r]), numeric: true, width: "count" },
      { name: "Tenant, open", cell: (r) => number.format(counts().open[r]), compare: byNumber((r) => counts().open[r]), numeric: true, width: "count" },
      { name: "Highest entitlement", cell: (r) => (best(r) === 0 ? "–" : entitlementLabel(best(r) - 1)), compare: byNumber((r) => -weight(r)), width: "entitlement" },
      { name: "Last active", cell: (r) => day(resources[r].user?.last_login) || "–", compare: byText((r) => resources[r].user?.last_login ?? ""), width: "day" },
    ],
    open: openPanel,
  });
  const chip = el("button", { type: "button", class: "chip", hidden: true, onclick: () => ((state.range = null), update()) });
  const shown = el("p", { class: "quiet", role: "status" });
  const update = () => {
    const [low, high] = state.range ?? [0, Infinity];
    const found = people.filter(
      (r) => matches(r, state.words) && own(r) >= low && own(r) <= high && (state.kinds === "all" || kindWords(r) === state.kinds),
    );
    chip.hidden = state.range === null;
    chip.textContent = `Access to ${low === high ? low : `${low} to ${high}`} ✕`;
    chip.setAttribute("aria-label", `Remove the filter: access to ${low} to ${high}`);
    list.set(found);
    shown.textContent = `${number.format(found.length)} of ${count(people.length, ...PEOPLE)}. Numbers count each ${typeWords(state.type, 1)} once, by the shortest path.`;
  };
  const kinds = [...new Set(people.map(kindWords))].sort();
  const toolbar = el(
    "div",
    { class: "toolbar" },
    searchBox("Find people by name, id or address", (words) => ((state.words = words), update())),
    choice("Kind", [["all", "all"], ...kinds.map((kind) => [kind, kind.replaceAll("-", " ")])], (kind) => ((state.kinds = kind), update())),
    choice("Access to", typesWithEntitlements.map((type) => [type, typeWords(type, 2)]), (type) => ((state.type = type), update())),
    chip,
  );
  return {
    id: "people", name: "People", size: people.length, nodes: [toolbar, shown, list.root], start: update, draw: list.draw,
    narrow(type, range) {
      Object.assign(state, { type, range });
      toolbar.querySelectorAll("select")[1].value = type;
      update();
    },
  };
}

function kindWords(r) {
  const account = resources[r].user?.account_type;
  return account === undefined || account === "unknown" ? typeOf(r) : `${typeOf(r)}, ${account}`;
}

function statusWords(r) {
  const status = statusOf(r) === "unknown" ? "" : statusOf(r);
  return [status, isListed(r) ? "" : "not listed", formerName(r)].filter(Boolean).join(", ") || "–";
}

function thingsView() {
  const state = { type: typesWithEntitlements[0], words: [] };
  const counts = () => countsOf(state.type);
  const readWords = (r) => (unread.has(r) ? "⚠ in part" : isListed(r) ? "yes" : "not listed");
  const container = document.createElement("div");
  let list = null;
  const shown = el("p", { class: "quiet", role: "status" });
  const columns = () => {
    const top = topRight(state.type);
    return [
      { name: "Name", cell: (r) => nameOf(r), compare: byName, width: "name" },
      { name: "Direct", cell: (r) => number.format(counts().direct[r]), compare: byNumber((r) => counts().direct[r]), numeric: true, width: "count" },
      { name: "By group", cell: (r) => number.format(counts().group[r]), compare: byNumber((r) => counts().group[r]), numeric: true, width: "count" },
      { name: "Tenant, open", cell: (r) => number.format(counts().open[r]), compare: byNumber((r) => counts().open[r]), numeric: true, width: "count" },
      top !== null && { name: entitlementNames[top], cell: (r) => number.format(counts().top[r]), compare: byNumber((r) => counts().top[r]), numeric: true, width: "count" },
      { name: "Open to", cell: openTo, compare: byText(openTo), width: "kind" },
      { name: "Grants read", cell: readWords, compare: byText(readWords), width: "kind" },
      { name: "Changed", cell: (r) => day(resources[r].updated_at) || "–", compare: byText((r) => resources[r].updated_at ?? ""), width: "day" },
    ].filter(Boolean);
  };
  const openTo = (r) => {
    const bits = rowsOn[r].flatMap((at) => rows[at].principals.map((principal) => setOf(principal, rows[at].slug)?.bit ?? 0));
    return bits.includes(OPEN) ? "everyone" : bits.includes(TEAM) ? "the tenant" : "–";
  };
  const rebuild = () => {
    if (list) tables.splice(tables.indexOf(list), 1);
    list = makeTable({ label: capital(typeWords(state.type, 2)), columns: columns(), open: openPanel, id: (r) => resources[r].id });
    container.replaceChildren(list.root);
    update();
  };
  const update = () => {
    const all = things.get(state.type);
    const found = all.filter((r) => matches(r, state.words));
    list.set(found);
    shown.textContent = `${number.format(found.length)} of ${number.format(all.length)}. Each principal is counted once, by the shortest path.`;
  };
  const types = choice("Type", typesWithEntitlements.map((type) => [type, typeWords(type, 2)]), (type) => ((state.type = type), rebuild()));
  const search = searchBox("Find by name or id", (words) => ((state.words = words), update()));
  const size = things.get(state.type)?.length ?? 0;
  const name = capital(typeWords(state.type ?? "resource", 2));
  return { id: "resources", name, size, nodes: [el("div", { class: "toolbar" }, search, types), shown, container], start: rebuild, draw: () => list?.draw() };
}

const severities = ["high", "medium", "low"];
const rules = new Map(data.finding_rules.map((rule) => [rule.id, rule]));

function findingsView() {
  const { findings = [], not_evaluated: open = [] } = data.findings ?? {};
  const title = (one) => rules.get(one.rule)?.title ?? one.rule;
  const grave = (one) => severities.indexOf(one.severity);
  const list = makeTable({
    label: "Findings",
    id: (one) => `${one.subject.resource_type} ${one.subject.id}`,
    columns: [
      { name: "About", cell: (one) => labelOf(one.subject), compare: byText((one) => one.subject.display_name), width: "name" },
      { name: "Severity", cell: severityBadge, compare: byNumber(grave), width: "status" },
      { name: "Rule", cell: (one) => foreign(title(one), 80), compare: byText(title), width: "rule" },
      { name: "What was found", cell: (one) => foreign(findingWords(one), 200) },
      ...(hasAccepted ? [{ name: "Accepted", cell: (one) => foreign(acceptedWords(one), 200), compare: byText(acceptedWords), width: "rule" }] : []),
    ],
    open: openFinding,
    empty: "Nothing was found by these rules.",
    sorted: 1,
  });
  let [words, severity, rule, state] = [[], "all", "all", "all"];
  const shown = el("p", { class: "quiet", role: "status" });
  const update = () => {
    const text = (one) => `${one.subject.display_name} ${one.subject.id} ${findingWords(one)} ${title(one)}`.toLowerCase();
    const fitsState = (one) => state === "all" || isAccepted(one) === (state === "accepted");
    const fits = (one) => (severity === "all" || one.severity === severity) && (rule === "all" || one.rule === rule) && fitsState(one);
    const found = findings.filter((one) => fits(one) && words.every((word) => text(one).includes(word)));
    list.set(found);
    shown.textContent = `${number.format(found.length)} of ${count(findings.length, "finding")}, as of ${moment(data.run.started_at)}.`;
  };
  const options = [...rules.values()].map((one) => [one.id, `${one.title} (${findings.filter((f) => f.rule === one.id).length})`]);
  const toolbar = el(
    "div",
    { class: "toolbar" },
    searchBox("Find in findings", (found) => ((words = found), update())),
    choice("Severity", ["all", ...severities].map((one) => [one, one]), (one) => ((severity = one), update())),
    choice("Rule", [["all", "all"], ...options], (one) => ((rule = one), update())),
    ...(hasAccepted ? [choice("State", ["all", "open", "accepted"].map((one) => [one, one]), (one) => ((state = one), update()))] : []),
  );
  const nodes = [toolbar, shown, list.root];
  if (open.length > 0) nodes.push(notEvaluated(open));
  return {
    id: "findings", name: "Findings", size: findings.length, nodes, start: update, draw: list.draw,
    narrow(id) {
      rule = id;
      toolbar.querySelectorAll("select")[1].value = id;
      update();
    },
  };
}

// Accepted by the operator's accept list, each by one entry or more.
const isAccepted = (one) => one.accepted.length > 0;
const hasAccepted = (data.findings?.findings ?? []).some(isAccepted);
const acceptedWords = (one) => one.accepted.map(({ reason, until }) => `${reason} (until ${until})`).join("; ");

function severityBadge(one) {
  const sign = { high: "▲▲▲", medium: "▲▲", low: "▲" }[one.severity];
  return el("span", { class: `severity ${one.severity}` }, el("span", { "aria-hidden": "true" }, `${sign} `), one.severity);
}

// Rules that could not be evaluated: no finding of theirs is no proof.
function notEvaluated(open) {
  const groups = new Map();
  for (const one of open) {
    const { scope, outcome, message, notice } = one.because;
    const said = message ?? notice ?? `${calls[scope.call]} ${typeWords(scope.resource_type, 2)}: ${outcome}`;
    const key = `${one.rule} ${said}`;
    const group = groups.get(key) ?? groups.set(key, { rule: one.rule, said, of: [] }).get(key);
    if (one.subject) group.of.push(one.subject);
  }
  const items = [...groups.values()].map(({ rule, said, of }) =>
    el("li", {}, el("strong", {}, foreign(rules.get(rule)?.title ?? rule, 80)), of.length > 0 ? ` (${number.format(of.length)} not evaluated): ` : ": ", foreignWhole(said, 200)),
  );
  return el("details", { class: "not-evaluated" }, el("summary", {}, `What could not be evaluated (${number.format(open.length)})`), el("ul", {}, ...items));
}

// The scope that read a record, its page, and the request for that page.
function originWords({ scope, page, requests }) {
  const parent = scope.parent && `under ${scope.parent.resource_type} ${scope.parent.id}`;
  const words = [scope.call, scope.resource_type, scope.id, parent].filter(Boolean).join(" ");
  return [words, page !== null && `page ${page}`, ...requests.map((request) => `GET ${request}`)].filter(Boolean).join(", ");
}

const findingAddress = (one) => addressOf("finding", one.rule, one.subject.resource_type, one.subject.id);

function openFinding(one, from) {
  openDetails(() => findingNodes(one, rules.get(one.rule)), from);
}

function findingLink(one) {
  return el("button", { type: "button", class: "link", onclick: (event) => openFinding(one, event.currentTarget) }, labelOf(one.subject));
}

// The content of a finding: entitlements with the names of the principals or resources.
function findingWords(one) {
  const isSubject = (id) => id?.resource_type === one.subject.resource_type && id.id === one.subject.id;
  const groups = new Map();
  for (const { resource, entitlement, principal } of one.evidence) {
    if (!resource || !entitlement) continue;
    const isOwn = isSubject(principal);
    const key = `${slugWords(resource.resource_type, entitlement)} ${isOwn ? "on" : "for"}`;
    const other = isOwn || !principal ? resource : principal;
    const known = groups.get(key) ?? groups.set(key, new Set()).get(key);
    known.add(visible(shortened(other.display_name || other.id, 60)));
  }
  if (groups.size === 0) return summaryWords(one);
  return [...groups].map(([key, others]) => `${key} ${several([...others])}`).join("; ");
}

// The summary of a finding without the title of its rule, which stands beside it, and with readable times.
function summaryWords(one) {
  const prefix = `${rules.get(one.rule)?.title}: `;
  const words = one.summary.startsWith(prefix) ? one.summary.slice(prefix.length) : one.summary;
  return words.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, moment);
}

function several(all) {
  const rest = all.length - 3;
  return rest > 0 ? `${all.slice(0, 3).join(", ")} and ${number.format(rest)} more` : all.join(", ");
}

function findingNodes(one, rule) {
  const evidence = one.evidence.map((row) => {
    const parts = [];
    if (row.principal) parts.push(named(row.principal));
    if (row.entitlement) parts.push(parts.length > 0 ? " has " : "", slugWords(row.resource?.resource_type, row.entitlement));
    if (row.resource) parts.push(" on ", named(row.resource));
    if (row.path) parts.push(` (${visible(shortened(row.path, 120))})`);
    if (row.note) parts.push(parts.length > 0 ? ": " : "", foreign(row.note, 200));
    return el("li", {}, ...parts);
  });
  const origins = one.origins.map((origin) => el("li", {}, resolved(originWords(origin), 400)));
  const nodes = [el("p", {}, severityBadge(one), " ", foreign(findingWords(one), 400)), el("p", {}, "About ", named(one.subject))];
  if (isAccepted(one)) nodes.push(el("h3", {}, "Accepted"), el("ul", {}, ...one.accepted.map((by) => el("li", {}, foreignWhole(`${by.reason} (until ${by.until})`, 400)))));
  if (rule) nodes.push(el("h3", {}, "Why it matters"), el("p", {}, rule.meaning), el("h3", {}, "What to do"), el("p", {}, rule.remedy));
  if (evidence.length > 0) nodes.push(el("h3", {}, "Evidence"), el("ul", {}, ...evidence));
  if (origins.length > 0) nodes.push(el("h3", {}, "Read from"), el("ul", {}, ...origins));
  return { title: rule?.title ?? one.rule, kind: "finding", nodes, address: findingAddress(one) };
}
