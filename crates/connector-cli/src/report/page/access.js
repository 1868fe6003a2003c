// Who can do what in the end: sets (groups, the tenant, everyone) are expanded here, for what is
// looked at, and never all at once.

const DIRECT = 1;
const GROUP = 2;
const TEAM = 4;
const OPEN = 8;
const ROLE = 16;
const ANY = 31;
const PATHS = [
  { bit: DIRECT, mark: "●", name: "direct" },
  { bit: GROUP, mark: "◆", name: "by a group" },
  { bit: ROLE, mark: "■", name: "by a right on the tenant" },
  { bit: TEAM, mark: "▲", name: "by the whole tenant" },
  { bit: OPEN, mark: "○", name: "open to everyone" },
];

// Rows of grants, by what they are on and by who holds them.
const rowsOn = resources.map(() => []);
const rowsOf = resources.map(() => []);
const rows = data.grants.map(([on, right, rule, slug, who], at) => {
  rowsOn[on].push(at);
  for (const r of who) rowsOf[r].push(at);
  return { on, right, rule: rule === null ? null : data.rules[rule], slug: slug === null ? null : data.slugs[slug], who };
});

// Rights that are no membership: what is passed on to the holders of one is not held by a set.
const permissions = new Set(
  rights.filter((right) => ["permission", "ownership"].includes(right.purpose)).map((right) => `${right.slug} ${right.resource_type}`),
);

// A set is a resource whose grants pass on to the holders of a slug on it; "" for everyone.
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
for (const row of rows) for (const r of row.who) setOf(r, row.slug);

const everybody = [...resources.keys()].filter((r) => isAccount(r) && isListed(r));

// Who is in each set directly, the sets within it, and those that it is in. Sets may contain each
// other in any shape: nothing here calls itself, and each step is taken a bounded number of times.
const setsWith = resources.map(() => []);
for (const set of sets) {
  for (const at of rowsOn[set.principal]) {
    const row = rows[at];
    if (set.slug === "" || rights[row.right].slug !== set.slug) continue;
    for (const r of row.who) {
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

// The sets that lead on from some, those with the shortest paths first, each with at most `most` paths.
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

// The sets from a visit to where its walk began.
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

// Who is in a set, each with the shortest paths that lead there: lists of sets, the outermost first.
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

// Sets in which somebody is, however far within: found from those that have people, outward.
const peopled = new Set(walk(sets.filter((set) => set.people.length > 0), (set) => set.outer, 1).map((visit) => visit.set));

// Whether a set of which nobody is known holds what it holds: holders of a right that nobody has are nobody.
const isHolder = (set) => !peopled.has(set) && !set.role;

const standsForItself = new Set(sets.filter(isHolder).map((set) => set.principal));

// The sets that somebody is in, each by its shortest path. A set of which nobody is known stands for itself.
function setsOf(person) {
  const within = walk(setsWith[person], (set) => set.outer, 1);
  const isInAll = isAccount(person) && isListed(person);
  return isInAll ? [...within, ...openSets.map((set) => ({ set, before: null, depth: 1 }))] : within;
}

// Everybody who can hold something: accounts, whoever is named without being a set, and sets of
// which nobody is known.
const people = [...resources.keys()].filter(
  (r) => isAccount(r) || standsForItself.has(r) || (rowsOf[r].length > 0 && !isSet(r)),
);

// Calls `visit(row, bit, path)` for each right that somebody holds, once for each set that gives it.
// `path` is a visit of a set, or null.
function eachRight(person, visit) {
  for (const at of rowsOf[person]) {
    const set = setOf(person, rows[at].slug);
    if (!set) visit(rows[at], DIRECT, null);
    else if (isHolder(set)) visit(rows[at], set.bit, null);
  }
  for (const path of setsOf(person)) {
    const { principal, slug, bit } = path.set;
    for (const at of rowsOf[principal]) {
      if ((rows[at].slug ?? "") === slug) visit(rows[at], bit, path);
    }
  }
}

// Types that rights are held on, those with most grants first.
const typesWithRights = (() => {
  const grants = new Map();
  for (const row of rows) grants.set(typeOf(row.on), (grants.get(typeOf(row.on)) ?? 0) + row.who.length);
  return [...grants.keys()].sort((a, b) => grants.get(b) - grants.get(a));
})();

const things = new Map();
for (const r of resources.keys()) {
  if (typesWithRights.includes(typeOf(r))) (things.get(typeOf(r)) ?? things.set(typeOf(r), []).get(typeOf(r))).push(r);
}

const placeAmongThings = new Uint32Array(resources.length);
for (const list of things.values()) list.forEach((r, place) => (placeAmongThings[r] = place));

// One row of the matrix: for each thing of a type the best right (place + 1) and the bits of all
// paths, `right | bits << 16`; 0 is nothing that is known.
function cellsOf(person, type, mask = ANY) {
  const cells = new Uint32Array(things.get(type).length);
  const code = data.types.indexOf(type);
  eachRight(person, (row, bit) => {
    if (!(bit & mask) || resources[row.on].type !== code) return;
    const at = placeAmongThings[row.on];
    const before = cells[at];
    const best = before & 0xffff;
    const right = best === 0 || weights[row.right] > weights[best - 1] ? row.right + 1 : best;
    cells[at] = right | (before & 0xff0000) | (bit << 16);
  });
  return cells;
}

// How many things of a type each one reaches, and how many people reach each thing, by the nearest
// path. Made once for a type: it looks at every cell.
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
      const right = (cell & 0xffff) - 1;
      if (right === top) {
        made.top[list[at]]++;
        made.top[person]++;
      }
      const best = made.best[person];
      if (best === 0 || weights[right] > weights[best - 1]) made.best[person] = right + 1;
    }
  }
  counted.set(type, made);
  return made;
}

// The highest right that a type has, by name; null where its rights have no order.
function topRight(type) {
  const of = [...rights.keys()].filter((e) => rights[e].resource_type === type && levels[e] > 0);
  return of.length === 0 ? null : of.reduce((a, b) => (weights[b] > weights[a] ? b : a));
}

// The resources whose own grants could not be read whole: what is not shown there may still be.
const unread = new Set(
  data.gaps.filter((gap) => gap.call === "list-grants" && gap.outcome !== "not-asked").flatMap((gap) => gap.places),
);
