// Small behaviours of every page: theme choice, messages, dialogs, copying, revealing.
// All by delegation from the document, so that swapped-in fragments need no set-up.
"use strict";
(() => {
  const app = window.spelunker;
  const ICONS = { info: "info", success: "check-circle", warning: "alert", error: "x-circle" };
  const COPIED_MS = 1800;

  const on = (type, selector, act) =>
    document.addEventListener(type, (event) => {
      const found = event.target instanceof Element && event.target.closest(selector);
      if (found) act(found, event);
    });

  app.setIcon = (holder, name) => {
    const use = holder.querySelector("use");
    if (use) use.setAttribute("href", `${document.documentElement.dataset.icons}#${name}`);
  };

  // ---- theme ----
  const showTheme = () => {
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      const chosen = button.dataset.themeChoice === app.theme.current();
      button.setAttribute("aria-pressed", String(chosen));
    }
  };
  on("click", "[data-theme-choice]", (button) => {
    app.theme.choose(button.dataset.themeChoice);
    showTheme();
  });

  // ---- messages ----
  const dismiss = (notice) => {
    notice.remove();
  };
  on("click", "[data-dismiss]", (button) => dismiss(button.closest("[data-dismissable]")));

  const leaveLater = (notice) => {
    const wait = Number(notice.dataset.dismissAfter) * 1000;
    delete notice.dataset.dismissAfter;
    let timer = setTimeout(dismiss, wait, notice);
    const hold = () => clearTimeout(timer);
    const resume = () => {
      hold();
      timer = setTimeout(dismiss, wait, notice);
    };
    for (const type of ["pointerenter", "focusin"]) notice.addEventListener(type, hold);
    for (const type of ["pointerleave", "focusout"]) notice.addEventListener(type, resume);
  };
  const watchNotices = (root) => {
    for (const notice of root.querySelectorAll("[data-dismiss-after]")) leaveLater(notice);
  };

  const sameNotice = (region, level, text) =>
    [...region.children].find(
      (notice) =>
        notice.classList.contains(`tone-${level}`) &&
        notice.querySelector("p")?.textContent === text,
    );

  app.toast = (text, level = "info", link = null) => {
    const region = document.getElementById("toasts");
    const pattern = document.getElementById("toast-pattern");
    if (!region || !pattern || !text) return;
    const known = level in ICONS ? level : "info";
    sameNotice(region, known, text)?.remove();
    const notice = pattern.content.firstElementChild.cloneNode(true);
    notice.classList.replace("tone-info", `tone-${known}`);
    app.setIcon(notice, ICONS[known]);
    notice.querySelector("p").textContent = text;
    if (link) notice.querySelector("p").append(" ", linkTo(link));
    if (known === "error") notice.setAttribute("role", "alert");
    if (known === "error" || known === "warning") delete notice.dataset.dismissAfter;
    else leaveLater(notice);
    region.append(notice);
  };

  const linkTo = ({ url, label }) => {
    const anchor = document.createElement("a");
    anchor.className = "link";
    anchor.href = url;
    anchor.textContent = label;
    return anchor;
  };

  document.addEventListener("toast", (event) => {
    const { text, value, level } = event.detail || {};
    app.toast(text || value, level);
  });

  // ---- dialogs: as modals where a script runs, as popovers where none does ----
  const closeAround = (element) => {
    const dialog = element.closest("dialog");
    if (dialog?.open) dialog.close();
  };
  on("click", "[data-dialog-open]", (button, event) => {
    const dialog = document.getElementById(button.dataset.dialogOpen);
    if (!dialog) return;
    event.preventDefault();
    app.openDialog(dialog);
  });
  on("click", "[data-dialog-close]", (button, event) => {
    event.preventDefault();
    closeAround(button);
  });
  on("submit", "[data-dialog-close-on-submit]", closeAround);
  on("click", "dialog.sheet", (dialog, event) => {
    if (event.target === dialog) dialog.close();
  });
  app.openDialog = (dialog) => {
    if (dialog.open) return;
    dialog.dispatchEvent(new CustomEvent("spelunker:opening", { bubbles: true }));
    dialog.showModal();
  };

  // ---- menus made of <details> ----
  document.addEventListener("click", (event) => {
    const menus = "details[open][data-close-outside], .user-menu > details[open]";
    for (const menu of document.querySelectorAll(menus)) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !(event.target instanceof Element)) return;
    const menu = event.target.closest("details[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  // ---- copying ----
  const copyOldWay = (text) => {
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "sr-only";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  };

  // The clipboard API exists only on https and localhost; an intranet may have neither.
  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      return copyOldWay(text);
    }
  };

  const showCopied = (button) => {
    app.setIcon(button, "check");
    setTimeout(() => app.setIcon(button, "copy"), COPIED_MS);
  };

  on("click", "[data-copy], [data-copy-from]", async (button) => {
    const source = document.getElementById(button.dataset.copyFrom || "");
    const text = source ? (source.value ?? source.innerText) : (button.dataset.copy ?? "");
    if (await copy(text)) {
      showCopied(button);
      app.toast("Copied to the clipboard.", "success");
    } else {
      app.toast("Your browser did not allow copying. Select the text and copy it.", "warning");
    }
  });

  // ---- passwords ----
  on("click", "[data-reveal]", (button) => {
    const input = document.getElementById(button.dataset.reveal);
    const shown = input.type === "text";
    input.type = shown ? "password" : "text";
    button.setAttribute("aria-pressed", String(!shown));
    app.setIcon(button, shown ? "eye" : "eye-off");
  });

  // ---- forms that submit when a choice changes (filters) ----
  on("change", "[data-autosubmit]", (element) => {
    (element.form || element).requestSubmit();
  });

  // ---- rows that are chosen for something that is done to all of them ----
  const showChecked = () => {
    const count = document.querySelectorAll("[data-check]:checked").length;
    for (const place of document.querySelectorAll("[data-check-count]")) {
      place.textContent = count ? ` (${count})` : "";
    }
    for (const panel of document.querySelectorAll("details[data-bulk]")) {
      // It sticks to the top then. Opened by itself it would push the rows from under the pointer.
      panel.dataset.seen = count ? "true" : "";
    }
  };
  on("change", "[data-check-all]", (box) => {
    for (const one of document.querySelectorAll("[data-check]")) one.checked = box.checked;
    showChecked();
  });
  on("change", "[data-check]", showChecked);

  document.addEventListener("DOMContentLoaded", () => {
    showTheme();
    watchNotices(document);
  });
  document.addEventListener("htmx:load", (event) => watchNotices(event.detail.elt.parentElement || document));
})();
