// A table as a file for a spreadsheet. A text that a spreadsheet would run as a formula gets a `'` before it,
// as in the files that the command writes.

const FORMULA = /(^|[,;|\t\n\r])([\s"]*)(?=[=+\-@＝＋－＠﹦﹢﹣﹫])/gu;

// The text of a cell without its signs and in its whole length.
function textOf(node) {
  if (node === null || node === undefined || node === false) return "";
  if (!(node instanceof Node)) return String(node);
  if (node.nodeType === Node.TEXT_NODE) return node.data;
  if (node.getAttribute("aria-hidden") === "true") return "";
  if (node.tagName === "UL") return [...node.children].map(textOf).join("; ");
  return wholes.get(node) ?? [...node.childNodes].map(textOf).join("");
}

function csvCell(text) {
  const inert = text.trim().replace(FORMULA, "$1'$2").replace(/[\n\r\t]/g, " ").replace(HIDDEN, "");
  return `"${inert === "–" ? "" : inert.replaceAll('"', '""')}"`;
}

// columns: [name, text(row)]
function csvOf(columns, rows) {
  const line = (cells) => `${cells.map(csvCell).join(",")}\r\n`;
  return line(columns.map(([name]) => name)) + rows.map((row) => line(columns.map(([, text]) => text(row)))).join("");
}

function saveCsv(label, columns, rows) {
  const file = new Blob([csvOf(columns, rows)], { type: "text/csv;charset=utf-8" });
  const address = URL.createObjectURL(file);
  const name = `${label} ${day(data.run.started_at)}`.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-");
  el("a", { href: address, download: `${name}.csv` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
