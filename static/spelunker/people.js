// Completes "@na…" in a comment to the name of somebody who may see the question; and on the page of
// one's own questions Ctrl+Enter sends an answer, Escape leaves its text.
"use strict";
(() => {
  const START = /(^|[^\w@.])@([\w.@+-]*)$/;
  const MOST = 6;
  let box = null;

  const namesOf = (field) =>
    [...(document.getElementById(field.dataset.mentions)?.options ?? [])].map((o) => o.value);

  const typed = (field) => START.exec(field.value.slice(0, field.selectionStart))?.[2];

  const close = () => {
    if (!box) return;
    box.field.removeAttribute("aria-controls");
    box.field.removeAttribute("aria-activedescendant");
    box.list.remove();
    box = null;
  };

  const mark = (at) => {
    const items = [...box.list.children];
    box.at = (at + items.length) % items.length;
    items.forEach((item, n) => item.setAttribute("aria-selected", String(n === box.at)));
    box.field.setAttribute("aria-activedescendant", items[box.at].id);
  };

  const take = (name) => {
    const { field } = box;
    const end = field.selectionStart;
    const start = end - typed(field).length;
    field.setRangeText(`${name} `, start, end, "end");
    close();
    field.focus();
  };

  const item = (name, number) => {
    const entry = document.createElement("li");
    entry.id = `mention-${number}`;
    entry.role = "option";
    entry.textContent = `@${name}`;
    entry.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      take(name);
    });
    return entry;
  };

  const open = (field, names) => {
    close();
    const list = document.createElement("ul");
    list.id = "mention-list";
    list.className = "mention-list";
    list.role = "listbox";
    list.setAttribute("aria-label", "People to mention");
    list.append(...names.map(item));
    field.after(list);
    field.setAttribute("aria-controls", list.id);
    box = { field, list, names, at: 0 };
    mark(0);
  };

  document.addEventListener("input", (event) => {
    const field = event.target.closest?.("[data-mentions]");
    if (!field) return;
    const begun = typed(field)?.toLowerCase();
    const names =
      begun === undefined ? [] : namesOf(field).filter((n) => n.toLowerCase().startsWith(begun));
    if (names.length) open(field, names.slice(0, MOST));
    else close();
  });

  document.addEventListener("keydown", (event) => {
    if (!box || event.target !== box.field || event.isComposing) return;
    const moves = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in moves) mark(box.at + moves[event.key]);
    else if (event.key === "Enter" || event.key === "Tab") take(box.names[box.at]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, true);

  document.addEventListener("focusout", (event) => {
    if (box && event.target === box.field) close();
  });
  document.addEventListener("htmx:beforeSwap", close);

  // ---- my questions ----
  document.addEventListener("keydown", (event) => {
    const form = event.target instanceof Element && event.target.closest("[data-row] form");
    if (!form || box || event.isComposing) return;
    if (event.key === "Escape") {
      event.target.blur();
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit(form.querySelector("[value=send]"));
    }
  });
})();
