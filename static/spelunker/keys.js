// Keyboard shortcuts: j/k/Enter in lists, "/" search, "g x" pages, "?" help, and a page's own
// ([data-key="a"] presses that control). They can be switched off, as WCAG 2.1.4 asks.
"use strict";
(() => {
  const app = window.spelunker;
  const OFF = "spelunker.keys";
  const SEQUENCE_MS = 1200;
  let goingUntil = 0;

  const enabled = () => app.recall(OFF) !== "off";
  const visible = (element) => element.getClientRects().length > 0;
  const firstVisible = (selector) => [...document.querySelectorAll(selector)].find(visible);

  const isTyping = (target) =>
    target instanceof Element &&
    target.closest(
      "input:not([type=checkbox]), textarea, select, [contenteditable]:not([contenteditable='false'])",
    ) !== null;

  // ---- rows ----
  const rows = () => [...document.querySelectorAll("[data-row]")].filter(visible);

  // A refresh swaps rows in without the mark, but htmx gives the focus back to the same link.
  const atRow = () =>
    document.querySelector("[data-row].is-at") || document.activeElement?.closest("[data-row]");

  const moveTo = (row) => {
    for (const other of document.querySelectorAll("[data-row].is-at")) other.classList.remove("is-at");
    row.classList.add("is-at");
    const place = row.querySelector("[data-row-link], a[href]") || row;
    if (place === row) row.tabIndex = -1;
    place.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  };

  const step = (by) => {
    const all = rows();
    if (!all.length) return;
    const at = all.indexOf(atRow());
    const next = at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by;
    moveTo(all[Math.min(Math.max(next, 0), all.length - 1)]);
  };

  const openRow = () => {
    atRow()?.querySelector("[data-row-link], a[href]")?.click();
  };

  // ---- what each key does ----
  const search = () => {
    const box = firstVisible("[data-search], input[type=search]");
    if (box) box.focus();
    else firstVisible("[data-goto='s']")?.click();
  };

  const help = () => {
    const dialog = document.getElementById("keys-help");
    if (dialog) app.openDialog(dialog);
  };

  const FIXED = { j: () => step(1), k: () => step(-1), "/": search, "?": help };

  const pressOwn = (key) => {
    const row = atRow();
    const selector = `[data-key="${CSS.escape(key)}"]`;
    const control = row?.querySelector(selector) || firstVisible(`${selector}:not([data-row] *)`);
    if (!control) return false;
    if (control.matches("input:not([type=checkbox]), textarea, select")) control.focus();
    else control.click();
    return true;
  };

  const go = (key) => {
    goingUntil = 0;
    const link = document.querySelector(`[data-goto="${CSS.escape(key)}"]`);
    if (link) link.click();
    return Boolean(link);
  };

  const act = (key) => {
    if (performance.now() < goingUntil) return go(key);
    if (key === "g") {
      goingUntil = performance.now() + SEQUENCE_MS;
      return true;
    }
    if (pressOwn(key)) return true;
    FIXED[key]?.();
    return key in FIXED;
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (isTyping(event.target) || !enabled() || document.querySelector("dialog[open]")) return;
    if (event.key === "Enter") {
      // On a link or button the browser itself already does the right thing.
      if (!event.target.closest("a, button, summary")) openRow();
    } else if (event.key.length === 1 && act(event.key)) {
      event.preventDefault();
    }
  });

  // ---- the help lists the page's own keys ----
  const entry = (control) => {
    const term = document.createElement("dt");
    const keys = document.createElement("dd");
    const key = document.createElement("kbd");
    term.textContent = control.dataset.keyLabel || control.getAttribute("aria-label") || control.textContent.trim();
    key.className = "kbd-own";
    key.textContent = control.dataset.key;
    keys.append(key);
    return [term, keys];
  };

  document.addEventListener("spelunker:opening", (event) => {
    const list = event.target.querySelector("[data-page-keys]");
    if (!list) return;
    const own = new Map([...document.querySelectorAll("[data-key]")].map((c) => [c.dataset.key, c]));
    list.replaceChildren(...[...own.values()].flatMap(entry));
    list.hidden = own.size === 0;
    event.target.querySelector("[data-keys-enabled]").checked = enabled();
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-keys-enabled]")) {
      app.remember(OFF, event.target.checked ? null : "off");
    }
  });
})();
