// The first part of the overview: administrators of the tenant, external accounts that can edit, public
// resources, changes, unread scopes, dormant accounts and old invitations.

const LEAD = 8;

// One list of the overview: its count, its first entries, and a button that shows the rest.
function leadCard(id, title, { total, items, empty, note = null, all = null }) {
  const list = el("ul", { class: "lead-list" }, ...items.slice(0, LEAD).map((item) => el("li", {}, item())));
  const rest = items.length - LEAD;
  const grow = () => {
    more.remove();
    list.append(...items.slice(LEAD).map((item) => el("li", {}, item())));
  };
  const more = el("button", { type: "button", class: "link more", onclick: all ?? grow }, `${number.format(rest)} more`);
  const head = el("h2", { id: `lead-${id}`, tabindex: "-1" }, el("span", { class: "figure" }, total), " ", title);
  const body = items.length === 0 ? el("p", { class: "quiet" }, empty) : list;
  return el("section", { class: `lead lead-${id}`, "aria-labelledby": `lead-${id}` }, head, note && el("p", { class: "warning" }, note), body, rest > 0 && more);
}

function leads(views) {
  const [outside, open, ...unused] = ruleCards(views);
  const made = [adminsCard(), outside, open, changesCard(views), unreadCard(), ...unused];
  return el("div", { class: "leads" }, ...made);
}

// The principals that administer the tenant, each once with all entitlements and paths.
function adminsCard() {
  const tenant = find(data.run.tenant.id);
  const administrators = tenant === undefined ? [] : principalsOf(tenant).filter((row) => administers(row.entitlement));
  const byPower = (a, b) => weights[b.entitlement] - weights[a.entitlement] || byName(a.other, b.other);
  const found = new Map();
  for (const row of administrators.sort(byPower)) (found.get(row.other) ?? found.set(row.other, []).get(row.other)).push(row);
  const item = ([person, rows]) => () => {
    const paths = new Set(rows.flatMap((row) => row.paths).filter((one) => one.path.length > 0 || one.rule !== null).map(pathText));
    const off = statusOf(person) === "disabled" && el("span", { class: "severity medium" }, "disabled");
    const names = el("span", { class: "quiet" }, ` ${rows.map((row) => visible(shortened(entitlementNames[row.entitlement], 60))).join(", ")}`);
    const path = paths.size > 0 && el("span", { class: "quiet" }, ` (${[...paths].join("; ")})`);
    return el("span", {}, link(person), names, path, off && " ", off);
  };
  return leadCard("admins", `${noun(found.size, "administrator")} of the tenant`, {
    total: number.format(found.size),
    items: [...found].map(item),
    empty: "No grant that was read gives anybody an administrator's entitlement on the tenant.",
    note: tenant !== undefined && unread.has(tenant) && "The grants on the tenant were not read completely: there may be more.",
  });
}

// The findings of some rules, each under a title of its own.
function ruleCards(views) {
  const card = (id, rule, title, empty) => {
    const { findings = [], not_evaluated: open = [] } = data.findings ?? {};
    const found = findings.filter((one) => one.rule === rule);
    const unsure = open.filter((one) => one.rule === rule).length;
    const item = (one) => () => el("span", {}, findingLink(one), el("span", { class: "quiet" }, ` ${findingWords(one)}`), isAccepted(one) && foreignWhole(`, accepted: ${acceptedWords(one)}`, 200));
    const show = () => {
      views.show("findings");
      views.byId.get("findings").narrow(rule);
    };
    const note = unsure > 0 && `${count(unsure, "input")} of this rule ${unsure === 1 ? "was" : "were"} not read: there may be more.`;
    return leadCard(id, title(found), { total: data.findings ? number.format(found.length) : "–", items: found.map(item), empty: data.findings ? empty : "The rules were not evaluated.", note, all: show });
  };
  const subjects = (found) => {
    const types = [...new Set(found.map((one) => one.subject.resource_type))];
    return types.length === 1 ? typeWords(types[0], found.length) : noun(found.length, "resource");
  };
  return [
    card("outside", "external-editor", (found) => `${noun(found.length, "external account")} that can edit`, "No external account is known to edit anything."),
    card("public", "public", (found) => `public ${subjects(found)}`, "Nothing is known to be open to everyone."),
    card("dormant", "dormant-account", (found) => `dormant ${noun(found.length, "account")}`, "No account is known to be dormant."),
    card("invitations", "old-invitation", (found) => `old ${noun(found.length, "invitation")}`, "No pending invitation is known to be old."),
  ];
}

// The changes since the sync before, those of the most powerful entitlements first.
function changesCard(views) {
  const changes = data.changes?.changes ?? [];
  const power = ({ subject: { grant } }) => {
    const entitlement = grant && entitlementOf(grant.resource.resource_type, grant.entitlement);
    return entitlement === undefined ? 0 : weights[entitlement];
  };
  const certain = (one) => Number(!one.verdict.endsWith("readable"));
  const first = [...changes].sort((a, b) => certain(b) - certain(a) || power(b) - power(a));
  const item = (one) => () => {
    const open = (event) => openChange(one, event.currentTarget);
    const { resource, grant } = one.subject;
    const words = grant ? [`${slugWords(grant.resource.resource_type, grant.entitlement)}: `, labelOf(grant.principal), " on ", labelOf(grant.resource)] : [resource ? labelOf(resource) : foreign(one.subject.entitlement.slug, 60)];
    return el("span", {}, verdictBadge(one), " ", el("button", { type: "button", class: "link", onclick: open }, ...words));
  };
  return leadCard("changes", data.changes ? `${noun(changes.length, "change")} since ${moment(data.changes.older.started_at)}` : "changes: no earlier sync", {
    total: data.changes ? number.format(changes.length) : "–",
    items: first.map(item),
    empty: data.changes ? "Nothing changed." : "There is no earlier sync by this connector to compare with.",
    all: () => views.show("changes"),
  });
}

// The scopes that could not be read, and the connector's own notices.
function unreadCard() {
  const lacking = data.gaps.filter((gap) => !gap.harmless);
  const harmless = data.gaps.filter((gap) => gap.harmless);
  const items = [...lacking.map((gap) => () => gapItem(gap)), ...data.run.tenant.notices.map((notice) => () => foreignWhole(notice.message))];
  if (harmless.length > 0) {
    const types = [...new Set(harmless.map((gap) => `${typeWords(gap.resource_type, 2)}${gap.outcome === "not-offered" ? " (unavailable on plan)" : ""}`))];
    items.push(() => el("span", { class: "quiet" }, `Not requested, or not available: ${visible(shortened(types.join(", "), 300))}.`));
  }
  const bad = lacking.reduce((n, gap) => n + gap.scopes, 0);
  const card = leadCard("unread", `${noun(bad, "scope")} not read completely`, { total: number.format(bad), items, empty: "Everything that was requested was read." });
  card.classList.toggle("lacking", bad > 0);
  return card;
}

const calls = { "list-resources": "List of", "list-grants": "Grants on", "list-entitlements": "Entitlements on" };

function gapItem(gap) {
  const what = el("strong", {}, `${calls[gap.call]} ${visible(shortened(typeWords(gap.resource_type, 2), 60))}`);
  const places = gap.places.filter((r) => !isTenant(r));
  const shown = places.slice(0, 3).flatMap((r, at) => [at > 0 ? ", " : " ", link(r)]);
  const more = places.length > 3 && gap.call === "list-grants" && moreLinks(places.slice(3));
  const text = gap.message ?? "Something in the provider's answer could not be read.";
  const scopes = gap.scopes > 1 && ` (${count(gap.scopes, "scope")})`;
  return el("span", {}, what, scopes, ...shown, more, el("span", { class: "outcome" }, gap.outcome), foreignWhole(text, 300));
}

function moreLinks(places) {
  const made = el("button", { type: "button", class: "link", onclick: () => made.replaceWith(...places.flatMap((r) => [", ", link(r)])) }, `and ${number.format(places.length)} more`);
  return el("span", {}, " ", made);
}

// Lines for a reviewer's name, date and decision; they are printed and not shown.
function signOff() {
  const line = (name) => el("div", {}, el("dt", {}, name), el("dd", {}));
  return el("section", { class: "sign-off", "aria-label": "Sign-off" }, el("h2", {}, "Sign-off"), el("dl", {}, ...["Reviewed by", "Date", "Decision", "Signature"].map(line)));
}
