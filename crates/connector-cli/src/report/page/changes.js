// The changes since the previous sync: a list and a plot.

const verdicts = {
  added: { mark: "+", words: "added" },
  removed: { mark: "−", words: "removed" },
  changed: { mark: "~", words: "changed" },
  "newly-readable": { mark: "?+", words: "newly readable" },
  "not-readable": { mark: "?−", words: "no longer readable" },
};

const idWords = (id) => (id ? `${id.resource_type} ${id.id}` : "");
const subjectKind = (one) => Object.keys(one.subject)[0];

function changesView() {
  const changes = data.changes?.changes ?? [];
  const about = (one) => {
    const { resource, grant, entitlement } = one.subject;
    return (resource ?? grant?.resource)?.display_name ?? `${entitlement.resource_type} ${entitlement.slug}`;
  };
  const aboutCell = (one) => {
    const on = one.subject.resource ?? one.subject.grant?.resource;
    return on ? labelOf(on) : foreign(about(one), 80);
  };
  const what = (one) => {
    const { resource, grant, entitlement } = one.subject;
    if (grant) return `${slugWords(grant.resource.resource_type, grant.entitlement)} for ${labelOf(grant.principal).textContent}`;
    return resource ? `the ${typeWords(resource.resource_type, 1)} itself` : `entitlement ${entitlement.slug}`;
  };
  const difference = (one) => {
    const fields = one.fields.map((field) => `${field.field}: ${field.old ?? "nothing"} → ${field.new ?? "nothing"}`);
    const because = one.because && (one.because.message ?? one.because.notice ?? one.because.outcome);
    return [...fields, because].filter(Boolean).join("; ");
  };
  const order = Object.keys(verdicts);
  const list = makeTable({
    label: "Changes",
    id: (one) => idWords(one.subject.resource ?? one.subject.grant?.resource),
    columns: [
      { name: "On", cell: aboutCell, compare: byText(about), width: "name" },
      { name: "Change", cell: verdictBadge, compare: byNumber((one) => order.indexOf(one.verdict)), width: "kind" },
      { name: "What", cell: (one) => foreign(what(one), 120), compare: byText(what), width: "what" },
      { name: "Difference", cell: (one) => resolved(difference(one), 200) },
    ],
    open: openChange,
    empty: data.changes ? "Nothing differs." : "There is no sync by this connector before this one to compare with.",
    sorted: 1,
  });
  let [words, verdict, kind] = [[], "all", "all"];
  const shown = el("p", { class: "quiet", role: "status" });
  const update = () => {
    const text = (one) => `${about(one)} ${what(one)}`.toLowerCase();
    const fits = (one) => (verdict === "all" || one.verdict === verdict) && (kind === "all" || subjectKind(one) === kind);
    const found = changes.filter((one) => fits(one) && words.every((word) => text(one).includes(word)));
    list.set(found);
    shown.textContent = data.changes ? `${number.format(found.length)} of ${count(changes.length, "change")} since ${moment(data.changes.older.started_at)}. What could not be read in one of the two syncs is marked separately: it may have been there all the time.` : "";
  };
  const toolbar = el(
    "div",
    { class: "toolbar" },
    searchBox("Find in changes", (found) => ((words = found), update())),
    choice("Change", [["all", "all"], ...order.map((one) => [one, verdicts[one].words])], (one) => ((verdict = one), update())),
    choice("Of", [["all", "all"], ["grant", "grants"], ["resource", "resources"], ["entitlement", "entitlements"]], (one) => ((kind = one), update())),
  );
  return { id: "changes", name: "Changes", size: data.changes ? changes.length : null, nodes: [toolbar, shown, list.root], start: update, draw: list.draw };
}

function verdictBadge(one) {
  const { mark, words } = verdicts[one.verdict];
  return el("span", { class: `verdict ${one.verdict}` }, el("span", { class: "mark", "aria-hidden": "true" }, mark), ` ${words}`);
}

function openChange(one, from) {
  const { resource, grant } = one.subject;
  const [on, principal] = [resource ?? grant?.resource, grant?.principal];
  openDetails(() => {
    const nodes = [el("p", {}, verdictBadge(one))];
    if (principal) nodes.push(el("p", {}, "Principal: ", named(principal)), el("p", {}, "Entitlement: ", slugWords(grant.resource.resource_type, grant.entitlement)));
    if (on) nodes.push(el("p", {}, "On: ", named(on)));
    const items = one.fields.map((field) => el("li", {}, foreign(field.field, 60), ": ", foreignWhole(field.old ?? "nothing"), " → ", foreignWhole(field.new ?? "nothing")));
    if (items.length > 0) nodes.push(el("ul", {}, ...items));
    if (one.because) nodes.push(el("p", { class: "warning" }, foreignWhole(one.because.message ?? one.because.notice ?? one.because.outcome)));
    return { title: on?.display_name ?? one.subject.entitlement.slug, kind: `${subjectKind(one)}, ${verdicts[one.verdict].words}`, nodes };
  }, from);
}

// One line for each kind of subject and type: additions to the right, removals to the left.
function changesPlot() {
  const counts = new Map();
  for (const one of data.changes.changes) {
    const { resource, grant, entitlement } = one.subject;
    const name = grant ? `${typeWords(grant.resource.resource_type, 1)}: ${slugWords(grant.resource.resource_type, grant.entitlement)}` : resource ? typeWords(resource.resource_type, 2) : `entitlements on ${typeWords(entitlement.resource_type, 2)}`;
    const made = counts.get(name) ?? counts.set(name, { added: 0, removed: 0, changed: 0, "newly-readable": 0, "not-readable": 0 }).get(name);
    made[one.verdict]++;
  }
  const sum = (of) => Object.values(of).reduce((a, b) => a + b, 0);
  const lines = [...counts].sort((a, b) => sum(b[1]) - sum(a[1])).slice(0, 10);
  if (lines.length === 0) return el("p", { class: "nothing" }, "Nothing differs.");
  const most = Math.max(...lines.map(([, of]) => Math.max(of.removed + of["not-readable"], of.added + of.changed + of["newly-readable"])));
  const [width, half, name] = [560, 190, 170];
  const chart = svg("svg", { viewBox: `0 0 ${width} ${lines.length * 26 + 22}`, class: "plot", role: "img", "aria-label": "Changes since the sync before; the list of changes has them all" });
  const middle = name + half;
  lines.forEach(([text, of], at) => {
    const y = at * 26;
    chart.append(svg("text", { x: name - 10, y: y + 15, class: "end" }, visible(shortened(text, 21))));
    bars(chart, of, ["removed", "not-readable"], middle, y, half / most, -1);
    bars(chart, of, ["added", "changed", "newly-readable"], middle, y, half / most, 1);
  });
  const foot = lines.length * 26 + 16;
  chart.append(svg("line", { x1: middle, x2: middle, y1: 0, y2: foot - 14, class: "axis" }));
  chart.append(svg("text", { x: middle - 8, y: foot, class: "end quiet" }, "− removed, ?− no longer readable"));
  chart.append(svg("text", { x: middle + 8, y: foot, class: "quiet" }, "+ added, ~ changed"));
  return chart;
}

function bars(chart, of, kinds, from, y, scale, sign) {
  let x = from;
  const said = [];
  for (const kind of kinds) {
    if (of[kind] === 0) continue;
    const wide = Math.max(2, of[kind] * scale * 0.6);
    chart.append(svg("rect", { x: sign < 0 ? x - wide : x, y: y + 3, width: wide, height: 16, class: `bar-${kind}` }));
    x += sign * wide;
    said.push(`${verdicts[kind].mark}${number.format(of[kind])}`);
  }
  if (said.length > 0) chart.append(svg("text", { x: x + sign * 5, y: y + 15, class: sign < 0 ? "end" : null }, said.join(" ")));
}
