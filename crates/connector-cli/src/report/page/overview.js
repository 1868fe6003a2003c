// The first view, and the head of every view: the tenant of the report and its missing parts.

function heading() {
  const { run, summary } = data;
  const subject = document.getElementById("subject");
  const { id, display_name: name } = run.tenant;
  const sync = data.findings ? `sync ${data.findings.run}, ` : "";
  subject.replaceChildren(el("strong", {}, foreign(name, 120)), " (", foreign(`${id.resource_type} ${id.id}`, 80), `) · ${sync}read ${moment(run.started_at)}`);
  document.title = `Access report: ${visible(shortened(run.tenant.display_name, 80))}`;
  const verdict = document.getElementById("verdict");
  verdict.textContent = summary.complete ? "✓ Complete" : "⚠ Not complete";
  verdict.classList.add(summary.complete ? "good" : "bad");
}

// One line above every view: the part of the tenant that was read.
function coverage() {
  const lacking = data.gaps.filter((gap) => !gap.harmless);
  if (data.gaps.length === 0 && data.run.tenant.notices.length === 0) return;
  const all = Object.values(data.summary.scopes).reduce((a, b) => a + b, 0);
  const bad = lacking.reduce((n, gap) => n + gap.scopes, 0);
  const title = document.getElementById("coverage-title");
  title.textContent = data.summary.complete
    ? "Complete, within what was requested."
    : `Not complete: ${number.format(Math.max(1, bad))} of ${count(all, "scope")} could not be read completely. What is absent there may still exist.`;
  const show = () => {
    views.show("overview");
    document.getElementById("lead-unread").focus();
  };
  title.append(" ", el("button", { type: "button", class: "link whence", onclick: show }, "Details"));
  const section = document.getElementById("coverage");
  section.classList.toggle("whole", data.summary.complete);
  section.hidden = false;
}

function overview(views) {
  const plots = el("div", { class: "plots" });
  const nodes = [signOff(), leads(views), tiles(views), plots, ...noticeList(), provenance()];
  const start = () => {
    if (typesWithEntitlements.length > 0) plots.append(histogram(views), highest());
    if (data.changes) plots.append(figure(`Changes since ${moment(data.changes.older.started_at)}`, changesPlot()));
  };
  return { id: "overview", name: "Overview", size: null, nodes, start, draw() {} };
}

function tiles(views) {
  const tile = (figure, words, under, id) => {
    const inner = [el("span", { class: "figure" }, figure), el("span", {}, words), el("span", { class: "quiet" }, under || " ")];
    return id ? el("button", { type: "button", class: "tile", onclick: () => views.show(id) }, ...inner) : el("div", { class: "tile" }, ...inner);
  };
  const unlisted = people.filter((r) => !isListed(r)).length;
  const off = people.filter((r) => statusOf(r) === "disabled").length;
  const under = [unlisted && `${number.format(unlisted)} not listed`, off && `${number.format(off)} disabled`].filter(Boolean);
  const made = [tile(number.format(people.length), noun(people.length, ...PEOPLE), under.join(", "), "people")];
  for (const type of typesWithEntitlements.slice(0, 1)) {
    const list = things.get(type);
    const bad = list.filter((r) => unread.has(r)).length;
    made.push(tile(number.format(list.length), typeWords(type, list.length), bad > 0 ? `⚠ ${number.format(bad)} not read completely` : "all read", "resources"));
  }
  const implied = rows.reduce((n, row) => n + (row.rule === null ? 0 : row.principals.length), 0);
  made.push(tile(number.format(data.summary.grants), noun(data.summary.grants, "grant"), `${number.format(implied)} by a rule`, "matrix"));
  if (data.findings) {
    const open = data.findings.findings.filter((one) => !isAccepted(one));
    const groups = severities.map((one) => [open.filter((f) => f.severity === one).length, one]);
    groups.push([data.findings.findings.length - open.length, "accepted"]);
    const words = groups.filter(([n]) => n > 0).map(([n, one]) => `${number.format(n)} ${one}`);
    made.push(tile(number.format(open.length), noun(open.length, "finding"), words.join(", "), "findings"));
  }
  const changes = data.changes?.changes.length;
  if (data.changes) made.push(tile(number.format(changes), noun(changes, "change"), `since ${day(data.changes.older.started_at)}`, "changes"));
  return el("div", { class: "tiles" }, ...made);
}

function figure(title, chart, under) {
  return el("figure", {}, el("figcaption", {}, title, under && el("span", { class: "quiet" }, ` ${under}`)), chart);
}

// The number of principals by the number of resources that they reach, directly or through groups.
function histogram(views) {
  const type = typesWithEntitlements[0];
  const counts = countsOf(type);
  const own = people.map((r) => counts.direct[r] + counts.group[r]);
  const most = Math.max(0, ...own);
  const bins = [[0, 0], [1, 1]];
  for (let low = 2; low <= most; low *= 2) bins.push([low, low * 2 - 1]);
  const sizes = bins.map(([low, high]) => own.filter((n) => n >= low && n <= high).length);
  const highest = Math.max(1, ...sizes);
  const [width, height, step] = [560, 190, 540 / bins.length];
  const chart = svg("svg", { viewBox: `0 0 ${width} ${height + 40}`, class: "plot", role: "group", "aria-label": "Principals by number of resources" });
  bins.forEach(([low, high], at) => {
    const tall = (sizes[at] / highest) * (height - 24);
    const label = low === high ? `${low}` : `${low}–${high}`;
    const show = () => {
      views.show("people");
      views.byId.get("people").narrow(type, [low, high]);
    };
    const key = (event) => (event.key === "Enter" || event.key === " ") && (event.preventDefault(), show());
    const x = 10 + at * step;
    const column = svg("g", { class: "column", tabindex: "0", role: "button", "aria-label": `${count(sizes[at], "person", "people")} with access to ${label}: show them`, onclick: show, onkeydown: key });
    column.append(
      svg("rect", { x, y: 0, width: step, height: height + 20, class: "hit" }),
      svg("rect", { x: x + 3, y: height - tall, width: step - 6, height: tall, class: "bar" }),
      svg("text", { x: x + step / 2, y: height - tall - 6, class: "middle" }, number.format(sizes[at])),
      svg("text", { x: x + step / 2, y: height + 15, class: "middle quiet" }, label),
    );
    chart.append(column);
  });
  chart.append(svg("line", { x1: 10, x2: 550, y1: height, y2: height, class: "axis" }));
  chart.append(svg("text", { x: 280, y: height + 34, class: "middle quiet" }, `number of ${visible(shortened(typeWords(type, 2), 40))}, direct or by a group`));
  return figure("Reach of each principal", chart, "Choose a bar to see its principals.");
}

// The number of principals by their highest entitlement on any resource.
function highest() {
  const type = typesWithEntitlements[0];
  const counts = countsOf(type);
  const by = new Map();
  for (const r of people) by.set(counts.best[r], (by.get(counts.best[r]) ?? 0) + 1);
  const lines = [...by].sort((a, b) => (b[0] ? weights[b[0] - 1] : 0) - (a[0] ? weights[a[0] - 1] : 0)).slice(0, 9);
  const most = Math.max(...lines.map(([, n]) => n));
  const chart = svg("svg", { viewBox: `0 0 560 ${lines.length * 26 + 4}`, class: "plot", role: "img", "aria-label": lines.map(([e, n]) => `${e ? entitlementNames[e - 1] : "nothing"}: ${n}`).join(", ") });
  lines.forEach(([e, n], at) => {
    const y = at * 26;
    const name = e === 0 ? "nothing" : visible(shortened(entitlementNames[e - 1], 28));
    chart.append(svg("text", { x: 200, y: y + 16, class: "end" }, name));
    chart.append(svg("rect", { x: 210, y: y + 3, width: Math.max(2, (n / most) * 270), height: 17, class: e === 0 ? "none" : `fill-${levels[e - 1]}` }));
    chart.append(svg("text", { x: 216 + Math.max(2, (n / most) * 270), y: y + 16 }, number.format(n)));
  });
  return figure("Highest entitlement of each principal", chart, `on any ${visible(shortened(typeWords(type, 1), 40))}`);
}

function noticeList() {
  if (data.notices.length === 0) return [];
  const list = makeTable({
    label: "Notices",
    columns: [
      { name: "Notice", cell: (one) => foreign(one.code, 60), compare: byText((one) => one.code), width: "kind" },
      { name: "About", cell: (one) => (one.about === undefined ? "–" : link(one.about)), compare: byText((one) => (one.about === undefined ? "" : names[one.about])), width: "name" },
      { name: "Left out", cell: (one) => (one.partial ? "yes" : "no"), compare: byNumber((one) => Number(one.partial)), width: "count" },
      { name: "What", cell: (one) => resolved(one.message, 300) },
    ],
  });
  list.set(data.notices);
  const made = el("details", { class: "notices", ontoggle: () => list.draw() }, el("summary", {}, `Notices of the sync (${number.format(data.notices.length)})`), list.root);
  return [made];
}

function sinceLast(mode, summary) {
  if (mode?.carried) {
    const { from, log_since, events, changed } = mode.carried;
    const text = `${count(summary.carried ?? 0, "scope")} from the sync of ${moment(from)}: the provider's change log since ${moment(log_since)} has ${count(events, "event")}, which name ${count(changed, "resource")}. What the log does not show is missing.`;
    return [["Carried over", foreign(text, 400)]];
  }
  return mode?.full ? [["Everything was read", foreign(mode.full, 400)]] : [];
}

function provenance() {
  const { run, summary } = data;
  const owner = run.tenant.credential_owner;
  const facts = [
    ["Tenant", foreign(`${run.tenant.display_name} (${run.tenant.id.resource_type} ${run.tenant.id.id})`, 200)],
    ["Read with the credential of", foreign(`${run.tenant.credential_owner_name} (${owner.resource_type} ${owner.id})`, 200)],
    ["Read from", foreign(run.base_url, 200)],
    ["Started", moment(run.started_at)],
    ...sinceLast(run.since_last, summary),
    ["Connector", foreign(`${run.connector} ${run.version}, contract ${run.contract}`, 200)],
    ["Component, SHA-256", el("code", {}, run.component_sha256)],
    ["Manifest, SHA-256", el("code", {}, run.manifest_sha256)],
    ["Content, SHA-256", el("code", {}, summary.digest)],
    ["Requests", number.format(summary.requests)],
  ];
  const list = el("dl", { class: "facts" }, ...facts.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
  return el("section", { class: "provenance", "aria-label": "Where this comes from" }, el("h2", {}, "Where this comes from"), list);
}
