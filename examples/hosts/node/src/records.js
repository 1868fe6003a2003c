// The contract's values as the JSON of its NDJSON: keys in snake_case, absent is null, a variant with
// a value is an object with one key, pairs of names and texts are an object. Order: by code point.

/** A value as compact JSON. */
export function json(value) {
  if (value === undefined || value === null) {
    return 'null';
  }
  if (typeof value === 'string') {
    return JSON.stringify(value);
  }
  if (typeof value !== 'object') {
    return String(value);
  }
  if (Array.isArray(value)) {
    return `[${value.map(json).join()}]`;
  }
  if ('tag' in value) {
    return value.val === undefined ? json(value.tag) : object([[value.tag, json(value.val)]]);
  }
  return object(Object.entries(value).map(([name, field]) => [snake(name), member(name, field)]));
}

function member(name, field) {
  return name === 'attributes' ? object(field.map(([key, text]) => [key, json(text)])) : json(field);
}

/** By hand: a JavaScript object would put keys that look like numbers first. */
function object(members) {
  return `{${members.map(([key, text]) => `${JSON.stringify(key)}:${text}`).join()}}`;
}

function snake(name) {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Orders keys made of texts, numbers, booleans and lists: absent first, texts by code point. */
export function compare(a, b) {
  if (Array.isArray(a) && Array.isArray(b)) {
    for (let at = 0; at < Math.min(a.length, b.length); at += 1) {
      const order = compare(a[at], b[at]);
      if (order !== 0) {
        return order;
      }
    }
    return a.length - b.length;
  }
  if (a === b) {
    return 0;
  }
  if (a === undefined || b === undefined) {
    return a === undefined ? -1 : 1;
  }
  if (typeof a === 'string') {
    return Buffer.compare(Buffer.from(a), Buffer.from(b));
  }
  return a < b ? -1 : 1;
}

/** An identity as a key to sort by; absent stays absent. */
export function idKey(id) {
  return id && [id.resourceType, id.id];
}
