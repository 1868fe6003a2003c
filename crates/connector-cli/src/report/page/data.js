// The embedded data and its texts. An attacker may have chosen any of them: they become text and
// nothing else.

const data = JSON.parse(document.getElementById("data").textContent);
const resources = data.resources;
const entitlements = data.entitlements;

const typeOf = (r) => data.types[resources[r].type];
const kindOf = (r) => resources[r].kind ?? "other";
const isEveryone = (r) => kindOf(r) === "anyone" || kindOf(r) === "organization";
const typeKinds = new Map(data.run.resource_types.map((one) => [one.id, one.kind]));
const isTenant = (r) => kindOf(r) === "tenant" || typeKinds.get(typeOf(r)) === "tenant";
// Records of invitations and of the use of accounts have the details of an account, and are none.
const isAccount = (r) => kindOf(r) === "user" && !["invitation", "usage"].includes(typeKinds.get(typeOf(r)));
const isSet = (r) => isEveryone(r) || kindOf(r) === "group" || isTenant(r);
const isListed = (r) => resources[r].evidence === undefined;
const formerName = (r) => (resources[r].name_from_run === undefined ? "" : `name from run ${resources[r].name_from_run}`);
const statusOf = (r) => resources[r].status ?? "enabled";

// Characters that change the reading direction or are invisible: shown by number, so that a name cannot
// pass for another one.
const HIDDEN = /[{{unsafe}}]/gu;

const visible = (text) =>
  text.replace(HIDDEN, (c) =>
    c === "\n" || c === "\t" ? " " : `⟨U+${c.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`,
  );

// At most `limit` characters; never half of one.
function shortened(text, limit) {
  if (text.length <= limit) return text;
  const end = /[\ud800-\udbff]/.test(text[limit - 1]) ? limit - 1 : limit;
  return `${text.slice(0, end)}…`;
}

const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
const names = resources.map((one) => one.name || one.id);
// Comparing 5,000 names by a collator at each sort is slow: their order is computed once. Unlisted
// resources come last: the name of most is only their id.
const nameOrder = new Uint32Array(resources.length);
[...names.keys()]
  .sort((a, b) => isListed(b) - isListed(a) || collator.compare(names[a].slice(0, 200), names[b].slice(0, 200)) || a - b)
  .forEach((r, place) => (nameOrder[r] = place));

// Ids by visible type and name, with those of the previous sync: if two names look the same, the id is
// shown too.
const alike = new Map();
const look = (type, name) => `${type} ${visible(name).normalize("NFC").replace(/\s+/g, " ").trim().toLowerCase()}`;
function meet(type, id, name) {
  const key = look(type, name);
  (alike.get(key) ?? alike.set(key, new Set()).get(key)).add(id);
}
resources.forEach((one, r) => meet(typeOf(r), one.id, names[r]));
for (const { subject } of data.changes?.changes ?? []) {
  for (const one of [subject.resource, subject.grant?.resource, subject.grant?.principal]) {
    if (one) meet(one.resource_type, one.id, one.display_name || one.id);
  }
}
const isAlike = (type, name) => alike.get(look(type, name))?.size > 1;

const haystacks = resources.map((one) =>
  [one.name, one.id, one.user?.email, one.user?.login].filter(Boolean).join("\n").toLowerCase(),
);
const wanted = (text) => text.toLowerCase().split(/\s+/).filter(Boolean);
const matches = (r, words) => words.every((word) => haystacks[r].includes(word));

const number = new Intl.NumberFormat("en");
const plural = (word) => (/[^aeiou]y$/.test(word) ? `${word.slice(0, -1)}ies` : /(s|x|z|ch|sh)$/.test(word) ? `${word}es` : `${word}s`);
// A resource type in words: "access key", "access keys".
const typeWords = (type, n) => noun(n, type.replaceAll("-", " "));
const noun = (n, one, many = plural(one)) => (n === 1 ? one : many);
const count = (n, one, many) => `${number.format(n)} ${noun(n, one, many)}`;
const day = (time) => (time ? time.slice(0, 10) : "");
const moment = (time) => (time ? `${time.slice(0, 10)} ${time.slice(11, 16)} UTC` : "");
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

// An entitlement's name, with its slug if another entitlement of the type has the same name.
const entitlementNames = entitlements.map((entitlement) => {
  const same = entitlements.filter(
    (other) => other.resource_type === entitlement.resource_type && other.display_name === entitlement.display_name,
  );
  return same.length > 1 ? `${entitlement.display_name} (${entitlement.slug})` : entitlement.display_name;
});

// Ranks are an order within one exclusion group: spread over five levels, 0 is without rank.
const levels = entitlements.map((entitlement) => {
  if (entitlement.rank === null) return 0;
  const group = entitlements.filter(
    (other) =>
      other.rank !== null &&
      other.resource_type === entitlement.resource_type &&
      other.exclusion_group === entitlement.exclusion_group,
  );
  const ranks = [...new Set(group.map((other) => other.rank))].sort((a, b) => a - b);
  if (ranks.length === 1) return 4;
  return 1 + Math.round((4 * ranks.indexOf(entitlement.rank)) / (ranks.length - 1));
});

// Administrators' entitlements, as the rules of the findings have them.
const administers = (e) => entitlements[e].purpose === "ownership";

// The power of an entitlement: administrators' first, then ranked ones, then permissions.
const weights = entitlements.map((entitlement, e) => (administers(e) ? 200 : 0) + (entitlement.rank !== null ? 100 + levels[e] : entitlement.purpose === "permission" ? 50 : entitlement.purpose === "ownership" ? 60 : 10));

const entitlementsBySlug = new Map(entitlements.map((entitlement, e) => [`${entitlement.resource_type} ${entitlement.slug}`, e]));
const entitlementOf = (type, slug) => entitlementsBySlug.get(`${type} ${slug}`);
// An entitlement's name, where this sync has it.
function slugWords(type, slug) {
  const entitlement = entitlementOf(type, slug);
  return visible(shortened(entitlement === undefined ? slug : entitlementNames[entitlement], 60));
}

// One to three letters for each entitlement, distinct within its type.
const letters = (() => {
  const taken = new Set();
  const found = [];
  const order = [...entitlements.keys()].sort((a, b) => weights[b] - weights[a] || a - b);
  for (const e of order) {
    const { resource_type: type, slug } = entitlements[e];
    const words = slug.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
    const initials = words.map((word) => word[0].toUpperCase()).join("").slice(0, 3);
    const longer = [1, 2, 3].map((n) => capital((words[0] ?? "?").slice(0, n)));
    const tries = words.length > 1 ? [initials, initials.slice(0, 1) + words.at(-1).slice(0, 2), ...longer] : longer;
    const letter = tries.find((one) => one && !taken.has(`${type} ${one}`)) ?? `${e}`;
    taken.add(`${type} ${letter}`);
    found[e] = letter;
  }
  return found;
})();
