// The page of `leakguard review`: loads the report as text with the token, and writes every decision to the program that serves it.
(() => {
  const kept = "leakguard-token", get = (id) => document.getElementById(id);
  const make = (name, text = "", attributes = {}) => {
    const made = document.createElement(name);
    made.textContent = text;
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  const takeToken = () => {
    const found = /^#token=([\w-]+)$/.exec(location.hash);
    if (found) history.replaceState(null, "", "/");
    try {
      if (found) sessionStorage.setItem(kept, found[1]);
      return found ? found[1] : sessionStorage.getItem(kept);
    } catch { return found && found[1]; }
  };
  const token = takeToken();
  const fail = (heading, text) => {
    get("loading").textContent = heading;
    get("waiting").textContent = text;
  };
  const ask = async (path, content) => {
    const options = { cache: "no-store", credentials: "omit", redirect: "error", headers: { "X-Leakguard-Token": token } };
    if (content !== undefined) {
      options.method = "POST";
      options.headers["Content-Type"] = "application/json";
      options.body = JSON.stringify(content);
    }
    let answer;
    try { answer = await fetch(path, options); } catch { throw new Error("leakguard review has ended, or does not answer. Start it again."); }
    if (path === "/api/page" && answer.ok) return answer.text();
    const said = await answer.json().catch(() => ({}));
    if (!answer.ok) throw Object.assign(new Error(said.problem || `the answer is ${answer.status}`), { status: answer.status });
    return said;
  };

  // What was decided, by place: {accept, reason, others, conflict}. Changes that are not on the disk yet are in `waiting`, the newest last.
  let places = {}, about = {}, waiting = [], sending = false, single = false;
  let paint = () => {}, say = () => {}, restore = () => {};
  const known = (key) => (Object.hasOwn(places, key) ? places[key] : null);
  const trouble = (text, lost = false) => {
    get("trouble").hidden = !text;
    get("trouble-text").textContent = text ? `${lost ? "Refused and taken back" : "Not saved"}: ${text}` : "";
    get("again").hidden = lost;
  };
  const refuse = (entry, problem) => {
    // An entry that is refused for its content would be refused again: the page shows what is on the disk, unless there is a newer answer.
    const newer = new Set(waiting.flatMap((one) => one.places)), keys = entry.places.filter((key) => !newer.has(key));
    restore(keys.map((key) => [key, known(key) && known(key).accept !== null ? { accept: known(key).accept, reason: known(key).reason } : null]));
    trouble(`${entry.places.length} place${entry.places.length === 1 ? "" : "s"} ${entry.answer}: ${problem}`, true);
  };
  const tell = (state) => {
    Object.assign(places, state.places);
    const clash = state.conflicts ? ` ${state.conflicts} on which reviewers disagree ${state.conflicts === 1 ? "is" : "are"} left out.` : "";
    get("kept").textContent = `${about.baseline} has ${state.entries} accepted finding${state.entries === 1 ? "" : "s"}.${clash}`;
  };
  const send = async () => {
    if (sending || !waiting.length) return;
    sending = true;
    get("kept").setAttribute("aria-busy", "true");
    // After a refusal one entry at a time, so that the one that was refused is known.
    const now = single ? waiting.slice(0, 1) : waiting;
    waiting = waiting.slice(now.length);
    try {
      const state = await ask("/api/decisions", { decisions: now });
      tell(state);
      if (!get("again").hidden) trouble("");
      paint(Object.keys(state.places));
    } catch (error) {
      const refused = error.status === 400 || error.status === 413;
      if (refused && now.length === 1) refuse(now[0], error.message);
      else waiting = [...now, ...waiting];
      single = refused;
      if (!refused) {
        trouble(error.message);
        sending = false;
        return;
      }
    }
    sending = false;
    if (!waiting.length) {
      single = false;
      get("kept").removeAttribute("aria-busy");
    }
    send();
  };
  const keep = (keys, decided) => {
    // One entry for all places with the same answer and reason: a rule may have ten thousand places.
    const groups = new Map();
    for (const key of keys) {
      const said = decided.get(key), answer = !said ? "withdrawn" : said.accept ? "accepted" : "rejected";
      const name = JSON.stringify([answer, said ? said.reason : ""]);
      if (!groups.has(name)) groups.set(name, { answer, reason: said ? said.reason : "", places: [] });
      groups.get(name).places.push(key);
    }
    waiting.push(...groups.values());
    // A refusal is shown until the next decision.
    if (get("again").hidden) trouble("");
    send();
  };
  const labels = (key) => {
    // Texts beside a place, other than this reviewer's own answer: its fate, and what others say.
    const said = known(key), found = [];
    if (Object.hasOwn(about.fates, key)) found.push([`in ${about.fates[key]}/`, "fate"]);
    for (const one of said ? said.others : []) {
      found.push([`${one.accept ? "✓ accepted" : "✗ rejected"} by ${one.reviewer}${one.reason ? `: ${one.reason}` : ""}`, one.accept ? "said yes" : "said no"]);
    }
    if (said && said.conflict) found.push(["⚠ reviewers disagree: not in the baseline", "said no"]);
    return found;
  };

  const scroll = { class: "whole", dir: "auto", tabindex: "0", role: "group" };
  const showText = (text) => {
    const shown = make("div", "", { class: "text" }), body = make("div", "", { ...scroll, "aria-label": text.field });
    shown.append(make("small", `${text.role || "text"} · ${text.field}`), body);
    body.append(text.before);
    if (text.quote) body.append(make("mark", text.quote), text.after);
    if (text.left_out) shown.append(make("small", `${text.left_out.toLocaleString("en")} more characters are not shown.`));
    return shown;
  };
  const showExchange = (exchange) => {
    const shown = make("details", "", { class: "text" });
    shown.append(make("summary", "Transcript of the judge"));
    if (exchange.problem) shown.append(make("p", exchange.problem));
    for (const [name, text] of [["system message", exchange.system], ["question", exchange.question], ["reply", exchange.reply]]) {
      if (text) shown.append(make("small", name), make("div", text, { ...scroll, "aria-label": name }));
    }
    return shown;
  };
  const open = async (item) => {
    const old = item.querySelector(".row");
    if (old) { old.remove(); return say("The row is closed."); }
    const shown = make("div", "", { class: "row", role: "group", "aria-label": "The whole row" });
    item.append(shown);
    say("The row is read.");
    try {
      const row = await ask(`/api/rows/${encodeURIComponent(item.dataset.f)}`);
      shown.append(make("small", `Row ${row.row.toLocaleString("en")} of ${row.file}`));
      if (row.problem) shown.append(make("p", row.problem, { class: "urgent" }));
      for (const text of row.texts) shown.append(showText(text));
      if (row.exchange) shown.append(showExchange(row.exchange));
      shown.scrollIntoView({ block: "nearest" });
      say(row.problem || "The whole row is shown.");
    } catch (error) {
      shown.append(make("p", error.message, { class: "urgent" }));
      say(error.message);
    }
  };

  const button = (id, text, key, action) => {
    const made = make("button", key ? `${text} ` : text, { type: "button", id, ...(key ? { "aria-keyshortcuts": key } : {}) });
    if (key) made.append(make("kbd", key));
    if (action) made.addEventListener("click", action);
    return made;
  };
  const takeBack = async () => {
    get("back").disabled = true;
    say("Rows are checked again and written. This may take a while.");
    try {
      const back = await ask("/api/back", {});
      const removed = back.removed ? `; ${back.removed} removed` : "", unchecked = back.unchecked ? `; ${back.unchecked} could not be checked, so not kept` : "";
      say(`${back.kept} row${back.kept === 1 ? "" : "s"} kept in ${back.folder}; ${back.quarantined} ${back.quarantined === 1 ? "stays" : "stay"} quarantined${removed}${unchecked}.`);
    } catch (error) { say(error.message); }
    get("back").disabled = false;
  };
  const end = async () => {
    if (sending || waiting.length) return say("Some decisions are not saved yet.");
    try {
      await ask("/api/end", {});
      if (sending || waiting.length) return say("The review has ended. The last decision may not be saved: load this review again and look.");
      document.body.replaceChildren(make("main", ""));
      document.querySelector("main").append(make("h1", "The review has ended"), make("p", "Every decision is saved. You can close this page."));
    } catch (error) { say(error.message); }
  };
  const addTools = () => {
    document.querySelector(".bar-of-tools").append(button("whole", "Whole row", "o"));
    for (const id of ["save", "saved"]) if (get(id)) get(id).hidden = true;
    get("reviewer").parentElement.replaceWith(make("span", about.reviewer ? `Reviewer: ${about.reviewer}` : "No reviewer is named", { class: "line" }));
    const more = make("div", "", { class: "tools ends" });
    more.append(make("span", "", { id: "kept", role: "status" }));
    if (about.takes_back) more.append(button("back", "Take accepted rows back", "", takeBack));
    more.append(button("end", "End the review", "", end));
    const alert = make("p", "", { id: "trouble", class: "urgent", role: "alert", hidden: "" });
    alert.append(make("span", "", { id: "trouble-text" }), " ", button("again", "Save again", "", send));
    get("review").append(more, alert);
    get("reason").maxLength = about.longest_reason;
  };
  window.addEventListener("beforeunload", (event) => { if (waiting.length || sending) event.preventDefault(); });

  const start = async () => {
    if (!token) return fail("The token of this review is missing", "Open the address that leakguard review wrote to the terminal: it ends with a token.");
    try {
      const [page, state] = await Promise.all([ask("/api/page"), ask("/api/decisions")]);
      const found = new DOMParser().parseFromString(page, "text/html");
      document.title = found.title.replace("leakguard", "leakguard review");
      document.body.replaceChildren(...found.body.querySelectorAll(":scope > header, :scope > main"));
      if (!get("review")) return;
      about = state;
      addTools();
      tell(state);
      // The report's own script finds this store and uses it in place of the browser's.
      const decided = Object.entries(places).filter(([, one]) => one.accept !== null).map(([key, one]) => [key, { accept: one.accept, reason: one.reason }]);
      window.leakguardReview = { decided, keep, labels, openRow: open, connect: (painter, speaker, restorer) => { paint = painter; say = speaker; restore = restorer; } };
      document.body.append(make("script", "", { src: "/review.js" }));
    } catch (error) { fail("The review cannot be shown", error.message); }
  };
  start();
})();
