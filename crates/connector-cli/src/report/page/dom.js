// Elements and texts. Nothing here parses HTML.

// el("td", {class: "x", onclick: f}, "text", child): a property that is `false`, null or undefined
// is left out; functions become listeners.
function el(tag, props = {}, ...children) {
  const made = document.createElement(tag);
  return fill(made, props, children);
}

const SVG = document.querySelector("svg").namespaceURI;
function svg(tag, props = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), props, children);
}

function fill(made, props, children) {
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

// A text from the provider, isolated from the reading direction of the text around it.
function foreign(text, limit = 160) {
  const made = el("bdi", { dir: "auto" }, visible(shortened(text, limit)));
  if (text.length > limit) wholes.set(made, text);
  return made;
}

// The whole of each text that is shown shortened, for files.
const wholes = new WeakMap();

// The whole of a long text, shown on request.
function foreignWhole(text, limit = 400) {
  if (text.length <= limit) return foreign(text, limit);
  const box = el("span", { class: "long" }, foreign(text, limit), " ");
  const show = () => box.replaceChildren(foreign(text, text.length));
  box.append(el("button", { type: "button", class: "link", onclick: show }, `show all ${number.format(text.length)} characters`));
  return box;
}

// The name of a resource, with its id if another one looks the same.
function label(type, id, name, limit = 80) {
  if (!isAlike(type, name)) return foreign(name, limit);
  return el("span", { class: "named" }, foreign(name, limit), " ", el("span", { class: "id" }, "(", foreign(id, limit), ")"));
}
const nameOf = (r, limit) => label(typeOf(r), resources[r].id, names[r], limit);

// The entitlement as a small sign: letters and a color.
function sign(entitlement) {
  return el("span", { class: `sign level-${levels[entitlement]}`, "aria-hidden": "true" }, letters[entitlement]);
}

function entitlementLabel(entitlement) {
  return el("span", { class: "entitlement" }, sign(entitlement), " ", foreign(entitlementNames[entitlement], 60));
}

function marks(bits) {
  return PATHS.filter((path) => bits & path.bit).map((path) => path.mark).join("");
}

function wordsOf(bits) {
  return PATHS.filter((path) => bits & path.bit).map((path) => path.name).join(", ");
}

const live = document.getElementById("live");
function announce(text) {
  live.textContent = text;
}

// A search box that waits until the typing stops.
function searchBox(label, onSearch) {
  let timer = 0;
  const input = el("input", { type: "search", placeholder: label, "aria-label": label, autocomplete: "off", spellcheck: "false" });
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => onSearch(wanted(input.value)), 120);
  });
  return input;
}

function choice(label, options, onChoose) {
  const select = el("select", { "aria-label": label }, ...options.map(([value, text]) => el("option", { value }, text)));
  select.addEventListener("change", () => onChoose(select.value));
  return el("label", { class: "choice" }, el("span", {}, label), select);
}
