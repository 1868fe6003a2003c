// Effective access: sets (groups, the tenant, everyone) are expanded here, for the part that is shown
// and never all at once.

const DIRECT = 1;
const GROUP = 2;
const TEAM = 4;
const OPEN = 8;
const ROLE = 16;
const ANY = 31;
const PATHS = [
  { bit: DIRECT, mark: "●", name: "direct" },
  { bit: GROUP, mark: "◆", name: "by a group" },
  { bit: ROLE, mark: "■", name: "by an entitlement on the tenant" },
  { bit: TEAM, mark: "▲", name: "by the whole tenant" },
  { bit: OPEN, mark: "○", name: "open to everyone" },
];

// Rows of grants, by resource and by principal.
const rowsOn = resources.map(() => []);
const rowsOf = resources.map(() => []);
const rows = data.grants.map(([on, entitlement, rule, slug, principals], at) => {
  rowsOn[on].push(at);
  for (const r of principals) rowsOf[r].push(at);
  return { on, entitlement, rule: rule === null ? null : data.rules[rule], slug: slug === null ? null : data.slugs[slug], principals };
});

// Entitlements that are no membership: a grant that expands one has its principals, and no set, as members.
const permissions = new Set(
  entitlements.filter((entitlement) => ["permission", "ownership"].includes(entitlement.purpose)).map((entitlement) => `${entitlement.slug} ${entitlement.resource_type}`),
);

// A set is a resource whose grants expand to the principals of a slug on it; "" for everyone.
const sets = [];
const setsByKey = new Map();
function setOf(principal, slug) {
  if (slug === null && !isEveryone(principal)) return null;
  const key = `${slug ?? ""} ${principal}`;
  let set = setsByKey.get(key);
  if (!set) {
    const role = permissions.has(`${slug} ${typeOf(principal)}`);
    const bit = isEveryone(principal) ? OPEN : role ? ROLE : isTenant(principal) ? TEAM : GROUP;
    set = { principal, slug: slug ?? "", bit, role, people: [], inner: [], outer: [], members: null, at: sets.length };
    setsByKey.set(key, set);
    sets.push(set);
  }
  return set;
}
for (const row of rows) for (const r of row.principals) setOf(r, row.slug);

const everybody = [...resources.keys()].filter((r) => isAccount(r) && isListed(r));

// The direct members of each set, the sets within it, and the sets that contain it. Sets may contain each
// other in any shape: no function is recursive, and each step is taken a bounded number of times.
const setsWith = resources.map(() => []);
for (const set of sets) {
  for (const at of rowsOn[set.principal]) {
    const row = rows[at];
    if (set.slug === "" || entitlements[row.entitlement].slug !== set.slug) continue;
    for (const r of row.principals) {
      if (row.slug === null) {
        set.people.push(r);
        setsWith[r].push(set);
        continue;
      }
      const inner = setOf(r, row.slug);
      set.inner.push(inner);
      inner.outer.push(set);
    }
  }
}
const openSets = sets.filter((set) => set.slug === "" && isEveryone(set.principal));
for (const set of openSets) set.people = everybody;

// Paths to one person in one set that are shown, and groups of one path.
const MOST_PATHS = 16;
const MOST_STEPS = 24;

// The sets reached from some sets, those with the shortest paths first, each with at most `most` paths.
function walk(from, next, most) {
  const visits = from.map((set) => ({ set, before: null, depth: 1 }));
  const seen = new Map();
  const found = [];
  for (let at = 0; at < visits.length; at++) {
    const visit = visits[at];
    const times = seen.get(visit.set) ?? 0;
    if (times > 0 && (times >= most || visit.depth > 64 || isWithin(visit))) continue;
    seen.set(visit.set, times + 1);
    found.push(visit);
    for (const set of next(visit.set)) visits.push({ set, before: visit, depth: visit.depth + 1 });
  }
  return found;
}

function isWithin({ set, before }) {
  for (let visit = before; visit; visit = visit.before) if (visit.set.principal === set.principal) return true;
  return false;
}

// The sets from a visit back to the start of its walk.
function stepsOf(visit, most) {
  const steps = [];
  for (let one = visit; one && steps.length < most; one = one.before) steps.push(one.set.principal);
  return steps;
}

// The first sets of a walk that began at the outermost one: longer paths share them.
function headOf(visit) {
  const before = visit.before?.head ?? [];
  visit.head = before.length < MOST_STEPS ? [...before, visit.set.principal] : before;
  const path = [...visit.head];
  path.more = visit.depth - path.length;
  return path;
}

// The members of a set, each with its shortest paths: lists of sets, the outermost first.
function membersOf(set) {
  if (set.members) return set.members;
  const found = new Map();
  for (const visit of walk([set], (one) => one.inner, MOST_PATHS)) {
    const path = headOf(visit);
    for (const r of visit.set.people) {
      const paths = found.get(r) ?? found.set(r, []).get(r);
      if (paths.length < MOST_PATHS) paths.push(path);
    }
  }
  return (set.members = found);
}

// Sets with a member at any depth: found from those that have direct members, outward.
const peopled = new Set(walk(sets.filter((set) => set.people.length > 0), (set) => set.outer, 1).map((visit) => visit.set));

// True for a set without a known member, which is its own principal. An entitlement without principals has none.
const isUnexpanded = (set) => !peopled.has(set) && !set.role;

const standsForItself = new Set(sets.filter(isUnexpanded).map((set) => set.principal));

// The sets of a principal, each by its shortest path. A set without a known member stands for itself.
function setsOf(person) {
  const within = walk(setsWith[person], (set) => set.outer, 1);
  const isInAll = isAccount(person) && isListed(person);
  return isInAll ? [...within, ...openSets.map((set) => ({ set, before: null, depth: 1 }))] : within;
}

// Every possible principal: accounts, other resources with grants that are no sets, and sets without
// a known member.
const people = [...resources.keys()].filter(
  (r) => isAccount(r) || standsForItself.has(r) || (rowsOf[r].length > 0 && !isSet(r)),
);

// Calls `visit(row, bit, path)` for each grant of a principal, once for each set that it comes from.
// `path` is a visit of a set, or null.
function eachRight(person, visit) {
  for (const at of rowsOf[person]) {
    const set = setOf(person, rows[at].slug);
    if (!set) visit(rows[at], DIRECT, null);
    else if (isUnexpanded(set)) visit(rows[at], set.bit, null);
  }
  for (const path of setsOf(person)) {
    const { principal, slug, bit } = path.set;
    for (const at of rowsOf[principal]) {
      if ((rows[at].slug ?? "") === slug) visit(rows[at], bit, path);
    }
  }
}

// Types that grants are on, those with most grants first.
const typesWithEntitlements = (() => {
  const grants = new Map();
  for (const row of rows) grants.set(typeOf(row.on), (grants.get(typeOf(row.on)) ?? 0) + row.principals.length);
  return [...grants.keys()].sort((a, b) => grants.get(b) - grants.get(a));
})();

const things = new Map();
for (const r of resources.keys()) {
  if (typesWithEntitlements.includes(typeOf(r))) (things.get(typeOf(r)) ?? things.set(typeOf(r), []).get(typeOf(r))).push(r);
}

const placeAmongThings = new Uint32Array(resources.length);
for (const list of things.values()) list.forEach((r, place) => (placeAmongThings[r] = place));

// One row of the matrix: for each thing of a type the best entitlement (place + 1) and the bits of all
// paths, `entitlement | bits << 16`; 0 is no known access.
function cellsOf(person, type, mask = ANY) {
  const cells = new Uint32Array(things.get(type).length);
  const code = data.types.indexOf(type);
  eachRight(person, (row, bit) => {
    if (!(bit & mask) || resources[row.on].type !== code) return;
    const at = placeAmongThings[row.on];
    const before = cells[at];
    const best = before & 0xffff;
    const entitlement = best === 0 || weights[row.entitlement] > weights[best - 1] ? row.entitlement + 1 : best;
    cells[at] = entitlement | (before & 0xff0000) | (bit << 16);
  });
  return cells;
}

// The number of resources of a type that each principal reaches, and of principals that reach each resource, by the nearest
// path. Computed once for a type, since it reads every cell.
const counted = new Map();
function countsOf(type) {
  if (counted.has(type)) return counted.get(type);
  const size = resources.length;
  const made = { direct: new Uint32Array(size), group: new Uint32Array(size), open: new Uint32Array(size), top: new Uint32Array(size), best: new Uint32Array(size) };
  const list = things.get(type);
  const top = topRight(type);
  for (const person of people) {
    const cells = cellsOf(person, type);
    for (let at = 0; at < cells.length; at++) {
      const cell = cells[at];
      if (cell === 0) continue;
      const bits = cell >> 16;
      const counts = bits & DIRECT ? made.direct : bits & GROUP ? made.group : made.open;
      counts[person]++;
      if (list[at] !== person) counts[list[at]]++;
      const entitlement = (cell & 0xffff) - 1;
      if (entitlement === top) {
        made.top[list[at]]++;
        made.top[person]++;
      }
      const best = made.best[person];
      if (best === 0 || weights[entitlement] > weights[best - 1]) made.best[person] = entitlement + 1;
    }
  }
  counted.set(type, made);
  return made;
}

// The highest entitlement that a type has, by name; null where its entitlements have no order.
function topRight(type) {
  const of = [...entitlements.keys()].filter((e) => entitlements[e].resource_type === type && levels[e] > 0);
  return of.length === 0 ? null : of.reduce((a, b) => (weights[b] > weights[a] ? b : a));
}

// The resources whose grants were not read completely: access that is missing here may exist.
const unread = new Set(
  data.gaps.filter((gap) => gap.call === "list-grants" && gap.outcome !== "not-asked").flatMap((gap) => gap.places),
);
