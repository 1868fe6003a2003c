// The page: its views, keys, colors and print.

const views = {
  byId: new Map(),
  shown: null,
  show(id, focus = false) {
    const view = this.byId.get(id) ?? this.byId.get("overview");
    for (const one of this.byId.values()) {
      const is = one === view;
      one.tab.setAttribute("aria-selected", String(is));
      one.tab.tabIndex = is ? 0 : -1;
      one.panel.hidden = !is;
    }
    this.shown = view;
    document.body.dataset.view = view.id;
    begin(view);
    view.draw();
    if (focus) view.tab.focus();
    setAddress(`#${view.id}`);
  },
};

// Browsers allow few changes of the address in a short time: only the last of many is applied.
let addressTimer;
function setAddress(address) {
  clearTimeout(addressTimer);
  addressTimer = setTimeout(() => history.replaceState(null, "", address), 100);
}

// The address of details, as openAddress() reads it.
const addressOf = (...parts) => `#${parts.map(encodeURIComponent).join("/")}`;

// Opens the view, resource or finding that the address of the page names.
function openAddress() {
  const parts = location.hash.slice(1).split("/").map(decoded);
  views.show(parts[0] === "finding" ? "findings" : parts[0]);
  if (parts.length === 1) return;
  const [kind, ...rest] = parts;
  const found = kind === "finding" ? (data.findings?.findings ?? []).find((one) => findingAddress(one) === addressOf(...parts)) : kind === "resource" ? placesById.get(rest.join(" ")) : undefined;
  if (found === undefined) announce("This report has no such resource or finding.");
  else if (kind === "finding") openFinding(found, null);
  else openPanel(found);
}

// A decoded part of an address; an invalid escape stays as it is.
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function begin(view) {
  if (view.begun) return;
  view.begun = true;
  view.start();
}

function add(view) {
  const at = views.byId.size;
  const size = view.size === null ? null : el("span", { class: "size" }, number.format(view.size));
  view.tab = el("button", { type: "button", role: "tab", id: `tab-${view.id}`, "aria-controls": `view-${view.id}`, "aria-keyshortcuts": String(at + 1), onclick: () => views.show(view.id) }, foreign(view.name, 30), size);
  view.panel = el("section", { role: "tabpanel", id: `view-${view.id}`, "aria-labelledby": `tab-${view.id}`, class: "view", hidden: true }, el("h2", { class: "printed" }, foreign(view.name, 30)), ...view.nodes);
  views.byId.set(view.id, view);
  document.getElementById("tabs").append(view.tab);
  document.getElementById("views").append(view.panel);
}

function matrixView() {
  if (typesWithEntitlements.length === 0) return { id: "matrix", name: "Matrix", size: null, nodes: [nobody()], start() {}, draw() {} };
  const matrix = makeMatrix();
  tables.push(matrix);
  return { id: "matrix", name: "Matrix", size: null, nodes: [matrix.root], start: matrix.start, draw: matrix.draw };
}

function nobody() {
  return el("p", { class: "nothing" }, "This sync has no grants.");
}

function orNobody(make, id, name) {
  return typesWithEntitlements.length > 0 ? make() : { id, name, size: 0, nodes: [nobody()], start() {}, draw() {} };
}

heading();
coverage();
add(overview(views));
add(findingsView());
add(orNobody(peopleView, "people", "People"));
add(orNobody(thingsView, "resources", "Resources"));
add(matrixView());
add(changesView());
openAddress();
addEventListener("hashchange", openAddress);
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  document.getElementById("views").focus();
});

document.getElementById("tabs").addEventListener("keydown", (event) => {
  const all = [...views.byId.keys()];
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  const at = all.indexOf(views.shown.id);
  const to = event.key === "Home" ? 0 : event.key === "End" ? all.length - 1 : step && (at + step + all.length) % all.length;
  if (to === undefined) return;
  event.preventDefault();
  views.show(all[to], true);
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = event.target.closest?.("input[type=search], select");
  if (event.key === "Escape") escape(event, typing);
  else if (typing) return;
  else if (event.key === "/") {
    event.preventDefault();
    const within = panel.contains(document.activeElement) ? panel : views.shown.panel;
    const box = within.querySelector("input[type=search]");
    if (box) box.focus();
    else {
      views.show("people");
      views.shown.panel.querySelector("input[type=search]")?.focus();
    }
  } else if (/^[1-6]$/.test(event.key)) views.show([...views.byId.keys()][Number(event.key) - 1], true);
  else if (event.key === "?") toggleHelp();
});

function escape(event, typing) {
  if (typing?.value && typing.type === "search") {
    typing.value = "";
    typing.dispatchEvent(new Event("input"));
  } else if (typing) typing.blur();
  else if (!panel.hidden) backInPanel();
  else if (!document.getElementById("keys").hidden) toggleHelp();
  else return;
  event.preventDefault();
}

const help = document.getElementById("help");
function toggleHelp() {
  const keys = document.getElementById("keys");
  keys.hidden = !keys.hidden;
  help.setAttribute("aria-expanded", String(!keys.hidden));
}
help.addEventListener("click", toggleHelp);

const theme = document.getElementById("theme");
const themes = ["system", "light", "dark"];
theme.addEventListener("click", () => {
  const now = themes[(themes.indexOf(document.documentElement.dataset.theme ?? "system") + 1) % themes.length];
  if (now === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = now;
  theme.textContent = `Colors: ${now}`;
  theme.setAttribute("aria-label", now === "system" ? "Colors: as the system has them" : `Colors: ${now}`);
});

// The print has every view, or only the details if they are open.
addEventListener("beforeprint", () => {
  document.getElementById("printed").textContent = `Printed ${moment(new Date().toISOString())}`;
  if (panel.hidden) for (const view of views.byId.values()) {
    view.panel.hidden = false;
    begin(view);
    view.draw();
  }
  for (const one of tables) one.print(true);
  for (const one of document.querySelectorAll(".not-evaluated:not([open])")) {
    one.open = true;
    one.dataset.printed = "";
  }
});
addEventListener("afterprint", () => {
  for (const one of document.querySelectorAll("details[data-printed]")) {
    one.open = false;
    delete one.dataset.printed;
  }
  for (const one of tables) one.print(false);
  views.show(views.shown.id);
});
document.documentElement.dataset.ready = "yes";
