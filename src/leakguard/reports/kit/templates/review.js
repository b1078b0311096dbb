(() => {
  const root = document.getElementById("findings"), tools = document.getElementById("review");
  if (!root || !tools) return;
  const get = (id) => document.getElementById(id);
  const items = Array.from(root.querySelectorAll("li")), groups = Array.from(root.children);
  const name = `leakguard-review-${tools.dataset.key}`;
  // `leakguard review` serves this page with a store of its own, which writes each decision to the disk; else the browser keeps them.
  const served = window.leakguardReview;
  // Decisions by fingerprint of a place's first finding: {accept, reason}. `past` holds, for each step, what its decisions replaced.
  let decided = new Map(), past = [], current = null, pending = null;

  const load = () => {
    if (served) { decided = new Map(served.decided); return; }
    try {
      const kept = JSON.parse(localStorage.getItem(name));
      decided = new Map(kept.decided.filter(([key, said]) => /^[0-9a-f]{32}$/.test(key) && typeof said.accept === "boolean" && typeof said.reason === "string"));
      for (const id of ["reason", "reviewer"]) get(id).value = String(kept[id]);
    } catch { decided = new Map(); }
  };
  const keep = (keys) => {
    if (served) { if (keys) served.keep(keys, decided); return; }
    try {
      localStorage.setItem(name, JSON.stringify({ decided: [...decided], reason: get("reason").value, reviewer: get("reviewer").value }));
    } catch { /* The browser keeps nothing for this page: decisions last until it is closed. */ }
  };
  const visible = (item) => !item.hidden && !item.parentElement.parentElement.hidden;
  const say = (text) => { get("spoken").textContent = text; };
  const paint = (item) => {
    const said = decided.get(item.dataset.f);
    item.classList.toggle("accepted", Boolean(said && said.accept));
    item.classList.toggle("rejected", Boolean(said && !said.accept));
    let label = item.querySelector("b.said");
    if (!said && label) label.remove();
    if (said && !label) {
      label = document.createElement("b");
      label.className = "said";
      item.insertBefore(label, item.querySelector("p"));
    }
    if (said) label.textContent = said.accept ? `✓ accepted${said.reason ? `: ${said.reason}` : ""}` : "✗ rejected";
    if (!served) return;
    item.querySelectorAll(".beside").forEach((old) => old.remove());
    for (const [words, kind] of served.labels(item.dataset.f)) {
      const beside = document.createElement("span");
      beside.className = `beside ${kind}`;
      beside.textContent = words;
      item.insertBefore(beside, item.querySelector("p"));
    }
  };
  const count = () => {
    const done = decided.size ? items.filter((item) => decided.has(item.dataset.f)).length : 0;
    get("done").max = items.length;
    get("done").value = done;
    get("progress").textContent = `${done} of ${items.length} decided`;
  };
  const choose = (item, focus = true) => {
    if (!item) return;
    if (current) { current.removeAttribute("aria-current"); current.tabIndex = -1; }
    current = item;
    item.setAttribute("aria-current", "true");
    item.tabIndex = 0;
    item.parentElement.parentElement.open = true;
    if (focus) { item.focus({ preventScroll: true }); item.scrollIntoView({ block: "nearest" }); }
  };
  const step = (way, wanted = visible) => {
    const at = current ? items.indexOf(current) : way > 0 ? -1 : items.length;
    for (let to = at + way; to >= 0 && to < items.length; to += way) if (wanted(items[to])) return choose(items[to]);
    if (!current || !visible(current)) choose(items.find(visible));
    say(way > 0 ? "This is the last finding." : "This is the first finding.");
  };
  const decide = (which, accept) => {
    const keys = [...new Set(which.map((item) => item.dataset.f))], changed = new Set(keys);
    if (!keys.length) return;
    if (served && accept && !get("reason").value.trim()) {
      pending = which;
      get("reason").focus();
      return say("A finding is accepted for a reason: type it, then press Enter.");
    }
    past.push(keys.map((key) => [key, decided.get(key)]));
    for (const key of keys) decided.set(key, { accept, reason: accept ? get("reason").value.trim() : "" });
    items.filter((item) => changed.has(item.dataset.f)).forEach(paint);
    keep(keys);
    const what = `${which.length} finding${which.length === 1 ? "" : "s"} ${accept ? "accepted" : "rejected"}`;
    if (current && decided.has(current.dataset.f)) step(1, (item) => visible(item) && !decided.has(item.dataset.f));
    count();
    say(`${what}.`);
  };
  const quote = (item) => item.querySelector("mark").textContent;
  const same = () => current ? Array.from(current.parentElement.children).filter((item) => visible(item) && quote(item) === quote(current)) : [];
  const one = (accept) => current && visible(current) ? decide([current], accept) : step(1);
  const undo = () => {
    const last = past.pop();
    if (!last) return say("There is nothing to undo.");
    const changed = new Map(last);
    for (const [key, said] of last) if (said) decided.set(key, said); else decided.delete(key);
    const back = items.filter((item) => changed.has(item.dataset.f));
    back.forEach(paint);
    keep([...changed.keys()]);
    choose(back.find(visible));
    count();
    say("Undone.");
  };

  const entries = () => {
    // The findings of accepted places, unless another place that holds the same finding was rejected; sorted as the command writes them.
    const refused = new Set(), found = new Map(), missing = [];
    const reviewer = get("reviewer").value.trim(), reason = get("reason").value.trim();
    for (const item of items) {
      const said = decided.get(item.dataset.f);
      if (!said) continue;
      const group = item.parentElement.parentElement.dataset;
      for (const { rule, version, f } of [{ ...group, f: item.dataset.f }, ...Array.from(item.querySelectorAll(".also"), (other) => other.dataset)]) {
        if (!said.accept) refused.add(f);
        else if (!(said.reason || reason)) missing.push(f);
        else found.set(f, { rule, version, fingerprint: f, reason: said.reason || reason, ...(reviewer ? { reviewer } : {}) });
      }
    }
    const order = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
    const kept = [...found.values()].filter((entry) => !refused.has(entry.fingerprint));
    return { missing, kept: kept.sort((a, b) => order(a.rule, b.rule) || order(a.version, b.version) || order(a.fingerprint, b.fingerprint)) };
  };
  const save = () => {
    const { missing, kept } = entries();
    if (missing.length) {
      get("reason").focus();
      return say("A finding is accepted for a reason: type it, then press Enter.");
    }
    if (!kept.length) return say("No finding is accepted yet.");
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(kept.map((entry) => `${JSON.stringify(entry)}\n`), { type: "application/jsonl" }));
    link.download = "baseline.jsonl";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    get("saved").hidden = false;
    say(`${kept.length} accepted finding${kept.length === 1 ? "" : "s"} saved.`);
  };

  const words = new Map();
  const text = (item) => {
    if (!words.has(item)) words.set(item, `${item.parentElement.parentElement.dataset.rule} ${item.textContent}`.toLowerCase());
    return words.get(item);
  };
  const show = () => {
    const wanted = get("filter").value.trim().toLowerCase();
    const on = new Set(Array.from(tools.querySelectorAll("input[name=level]:checked"), (box) => box.value));
    let shown = 0;
    for (const group of groups) {
      let here = 0;
      for (const item of group.querySelectorAll("li")) {
        item.hidden = !(on.has(group.dataset.level) && (!wanted || text(item).includes(wanted)));
        here += item.hidden ? 0 : 1;
      }
      group.hidden = !here;
      shown += here;
    }
    get("shown").textContent = shown === items.length ? "" : `${shown} of ${items.length} shown`;
  };

  const keys = {
    j: () => step(1), k: () => step(-1), a: () => one(true), r: () => one(false), A: () => decide(same(), true), R: () => decide(same(), false),
    u: undo, ...(served ? { o: () => current && visible(current) ? served.openRow(current) : step(1) } : { s: save }), "/": () => { get("filter").focus(); get("filter").select(); },
  };
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input:not([type=checkbox]), select, textarea");
    if (typing && event.target.id === "filter" && (event.key === "Enter" || event.key === "Escape")) {
      if (event.key === "Escape") { get("filter").value = ""; show(); }
      current = event.key === "Enter" ? null : current;
      event.preventDefault();
      return current ? choose(current) : step(1);
    }
    if (typing && event.target.id === "reason" && event.key === "Enter") {
      if (!served) return save();
      const which = pending;
      pending = null;
      get("reason").blur();
      return which ? decide(which, true) : current ? choose(current) : step(1);
    }
    if (typing || event.ctrlKey || event.metaKey || event.altKey || !get("keys").checked || !Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    keys[event.key]();
  });
  root.addEventListener("click", (event) => choose(event.target.closest("li"), false));
  const buttons = { accept: keys.a, reject: keys.r, "accept-same": keys.A, "reject-same": keys.R, undo, next: keys.j, previous: keys.k, ...(served ? { whole: keys.o } : { save }) };
  for (const [id, action] of Object.entries(buttons)) get(id).addEventListener("click", action);
  for (const group of groups) {
    for (const [label, accept] of [["Reject all of this rule", false], ["Accept all of this rule", true]]) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = label;
      button.setAttribute("aria-label", `${label}, ${group.dataset.rule}`);
      button.addEventListener("click", () => decide(Array.from(group.querySelectorAll("li")).filter(visible), accept));
      group.querySelector(".about").prepend(button);
    }
  }
  get("filter").addEventListener("input", show);
  tools.querySelectorAll("input[name=level]").forEach((box) => box.addEventListener("change", show));
  for (const id of served ? [] : ["reason", "reviewer"]) get(id).addEventListener("change", () => keep());
  const open = () => { const item = location.hash && get(location.hash.slice(1)); if (item && root.contains(item)) item.matches("li") ? choose(item) : (item.open = true); };
  window.addEventListener("hashchange", open);
  window.addEventListener("beforeprint", () => groups.forEach((group) => { group.open = true; }));
  load();
  if (served) {
    served.connect((keys) => { const changed = new Set(keys); items.filter((item) => changed.has(item.dataset.f)).forEach(paint); }, say, (known) => {
      // What was shown before an answer that was refused.
      for (const [key, said] of known) if (said) decided.set(key, said); else decided.delete(key);
      const changed = new Map(known);
      items.filter((item) => changed.has(item.dataset.f)).forEach(paint);
      count();
    });
    items.filter((item) => decided.has(item.dataset.f) || served.labels(item.dataset.f).length).forEach(paint);
  } else if (decided.size) items.filter((item) => decided.has(item.dataset.f)).forEach(paint);
  tools.hidden = false;
  count();
  open();
})();
