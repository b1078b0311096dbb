(() => {
  const table = document.getElementById("findings");
  if (!table) return;
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  const words = new Map();
  const filter = document.getElementById("filter");
  const levels = Array.from(document.querySelectorAll("input[name=level]"));
  const sort = document.getElementById("sort");
  const text = (row) => {
    if (!words.has(row)) words.set(row, row.textContent.toLowerCase());
    return words.get(row);
  };
  const show = () => {
    const wanted = filter.value.trim().toLowerCase();
    const on = new Set(levels.filter((box) => box.checked).map((box) => box.value));
    let shown = 0;
    for (const row of rows) {
      row.hidden = !(on.has(row.dataset.level) && (!wanted || text(row).includes(wanted)));
      shown += row.hidden ? 0 : 1;
    }
    document.getElementById("shown").textContent = `${shown} of ${rows.length} shown`;
  };
  const order = (column, down) => {
    const key = (row) => row.cells[column].dataset.key;
    const place = new Map(rows.map((row, at) => [row, at]));
    const sorted = rows.slice().sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0) * (down ? -1 : 1) || place.get(a) - place.get(b));
    body.append(...sorted);
    heads.forEach((head, at) => head.setAttribute("aria-sort", at !== column ? "none" : down ? "descending" : "ascending"));
    sort.value = String(column);
  };
  const heads = Array.from(table.tHead.rows[0].cells);
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    button.addEventListener("click", () => order(column, head.getAttribute("aria-sort") === "ascending"));
    head.replaceChildren(button);
  });
  sort.addEventListener("change", () => order(Number(sort.value), false));
  filter.addEventListener("input", show);
  levels.forEach((box) => box.addEventListener("change", show));
  document.getElementById("tools").hidden = false;
  order(0, false);
  show();
})();
