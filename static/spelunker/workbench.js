// The workbench: bulk actions by key, keeping one's place in the list, keeping what is typed.
"use strict";
(() => {
  const app = window.spelunker;
  const form = () => document.getElementById("edit");
  const keeper = () => document.getElementById("autosave");

  // ---- the list ----
  const rows = () => [...document.querySelectorAll("#questions [data-row]")];
  const linkOf = (row) => row.querySelector("[data-row-link]");
  const hrefOf = (row) => linkOf(row)?.getAttribute("href");
  let place = null;

  const rowAt = () =>
    document.querySelector("#questions [data-row].is-at") ||
    document.activeElement?.closest("#questions [data-row]");

  // With no tick a bulk action is meant for the row that one is at. The answer to the last one will
  // take this form away: what is pressed meanwhile waits for it, if it can only mean that row.
  let row = null;
  let waiting = null;
  document.addEventListener(
    "submit",
    (event) => {
      if (event.target.id !== "bulk") return;
      if (event.target.classList.contains("htmx-request")) {
        event.preventDefault();
        event.stopImmediatePropagation();
        if (row) waiting = event.submitter?.value;
        else app.toast("The last action was still under way. Choose again.", "warning");
        return;
      }
      const chosen = document.querySelector("[data-check]:checked, #bulk [name=all]:checked");
      const box = !chosen && rowAt()?.querySelector("[data-check]");
      row = box ? hrefOf(rowAt()) : null;
      if (box) box.checked = true;
    },
    true,
  );
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.requestConfig?.elt?.id !== "bulk" || !waiting) return;
    const button = `#bulk [name=action][value="${CSS.escape(waiting)}"]`;
    waiting = null;
    const isHere = rowAt() && hrefOf(rowAt()) === row;
    if (event.detail.successful && isHere) document.querySelector(button)?.click();
  });

  // The list is about to change, for whatever reason: where one is in it.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target, boosted, requestConfig } = event.detail;
    const left = target?.id === "questions" && rowAt();
    if (!left) return;
    const another = boosted || requestConfig?.elt?.closest("#question-filter");
    place = { href: hrefOf(left), index: another ? -1 : rows().indexOf(left) };
  });

  // The row may have left the list with what was done to it: go on where it stood.
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target?.id !== "questions" && event.target.id !== "questions") return;
    const all = rows();
    if (!place || !all.length || document.querySelector("[data-row].is-at")) return;
    const same = all.find((each) => hrefOf(each) === place.href);
    const next = same || all[Math.min(place.index, all.length - 1)];
    if (!next) return;
    next.classList.add("is-at");
    if (document.activeElement === document.body) linkOf(next)?.focus({ preventScroll: true });
  });

  // ---- writing: Escape leaves the text, Ctrl+Enter saves it ----
  document.addEventListener("keydown", (event) => {
    const edit = event.target instanceof Element && event.target.closest("#edit");
    if (!edit) return;
    if (event.key === "Escape") {
      event.target.blur();
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      const next = event.shiftKey && edit.querySelector("[data-save-next]");
      edit.requestSubmit(next || edit.querySelector("[data-save]"));
    }
  });

  // Also in a comment, in the form that assigns a question, and in the search above the list, which
  // keeps its words.
  document.addEventListener("keydown", (event) => {
    const field = event.target;
    if (!(field instanceof Element) || event.defaultPrevented || event.isComposing) return;
    const assign = field.form?.querySelector("#question [name=do][value=assign]");
    if (!assign && !field.matches("#question-text, #comments textarea")) return;
    if (event.key === "Escape") {
      event.preventDefault();
      field.blur();
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      field.form.requestSubmit(assign);
    }
  });

  // Opened by its key, the form to assign a question is where the keys go on.
  document.addEventListener("toggle", (event) => {
    const person = event.target.open && event.target.querySelector?.("#question [name=assignee]");
    if (person && document.activeElement === document.body) person.focus();
  }, true);

  // Saved: the keys mean the page again, not the text.
  document.addEventListener("htmx:afterSettle", (event) => {
    const { requestConfig, xhr } = event.detail;
    const active = document.activeElement;
    if (requestConfig?.elt?.id !== "edit" || xhr?.status !== 200) return;
    if (active?.closest("#edit")) active.blur();
  });

  // ---- keeping what is typed ----
  const words = (edit) =>
    JSON.stringify(["text", "choice", "comment"].map((name) => edit.elements[name]?.value ?? ""));
  // What the server is known to have, by form: a form that was swapped in starts anew.
  const kept = new WeakMap();
  const isDirty = (edit) => kept.has(edit) && kept.get(edit) !== words(edit);

  document.addEventListener("focusin", (event) => {
    const edit = event.target.closest?.("#edit");
    if (edit && !kept.has(edit)) kept.set(edit, words(edit));
  });

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt?.id === "autosave" && form()) event.detail.elt.pending = words(form());
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const { elt, xhr } = event.detail;
    if (elt?.id === "autosave" && xhr?.status === 200 && form()) kept.set(form(), elt.pending);
    if (elt?.id === "edit" && xhr?.status === 200) kept.delete(elt);
  });

  // The page is about to go: a request that outlives it carries the last words.
  const sendLast = () => {
    const edit = form();
    if (!edit || !isDirty(edit)) return;
    const url = keeper()?.getAttribute("hx-post");
    if (url && navigator.sendBeacon(url, new FormData(edit))) kept.set(edit, words(edit));
  };
  addEventListener("pagehide", sendLast);
  document.addEventListener("htmx:beforeSwap", (event) => {
    const saved = event.detail.requestConfig?.elt?.id === "edit";
    if (event.detail.target?.id === "question" && !saved && event.detail.shouldSwap) sendLast();
  });
  document.addEventListener("visibilitychange", () => {
    const edit = form();
    if (document.hidden && edit && isDirty(edit)) window.htmx?.trigger(keeper(), "flush");
  });
  // Back from the browser's memory: what is kept has a newer mark than this page knows.
  addEventListener("pageshow", (event) => {
    if (event.persisted && form()) location.reload();
  });

  // ---- how long the text is ----
  const count = (counter) => {
    const text = document.getElementById(counter.dataset.counter)?.value ?? "";
    const characters = [...text].length;
    const said = text.split(/\s+/).filter(Boolean).length;
    const show = (selector, value) => {
      const holder = counter.querySelector(selector);
      if (holder) holder.textContent = value;
    };
    show("[data-characters]", characters);
    show("[data-words]", said);
    const over =
      characters > Number(counter.dataset.maxCharacters || Infinity) ||
      said > Number(counter.dataset.maxWords || Infinity);
    counter.classList.toggle("tone-error", over);
    counter.classList.toggle("tone-text", over);
    counter.querySelector("[data-over]").hidden = !over;
  };
  document.addEventListener("input", (event) => {
    const counter = document.querySelector(`[data-counter="${CSS.escape(event.target.id || "-")}"]`);
    if (counter) count(counter);
  });
  document.addEventListener("htmx:load", (event) => {
    for (const counter of event.detail.elt.querySelectorAll?.("[data-counter]") ?? []) count(counter);
  });
})();
