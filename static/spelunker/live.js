// How htmx's requests meet the person: polls that rest in a hidden tab, ask "changed since?" with
// the ETag of what is shown, and never disturb an open dialog; errors in words.
"use strict";
(() => {
  const app = window.spelunker;
  const WORDS = {
    403: "You may not do that. Reload the page; if you should have the right, ask your administrator.",
    404: "This no longer exists. Reload the page.",
    410: "This no longer exists. Reload the page.",
    413: "That is too large to be sent.",
    507: "The server’s disk is full. Nothing was stored.",
    429: "Too many requests. Wait a minute, then try again.",
    502: "Spelunker is restarting. Try again in half a minute.",
    503: "Spelunker is not available right now. Try again in half a minute.",
  };
  const RUNNING = "This is already running: it was started once, not twice.";
  const GONE = [401, 403, 404, 410];

  const isPoll = (detail) =>
    /\bevery\b/.test(detail.elt?.getAttribute("hx-trigger") || "") &&
    !detail.requestConfig?.triggeringEvent;

  const banner = (shown) => {
    const bar = document.getElementById("connection");
    if (bar) bar.hidden = !shown;
  };

  // ---- polls ----
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!isPoll(event.detail)) return;
    if (document.hidden || event.detail.elt.dataset.pollStopped) event.preventDefault();
  });

  // A poll that backed off would otherwise show old news for a while after the tab returns. The
  // fragment has to name the event: hx-trigger="every 2s, refresh".
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    for (const element of document.querySelectorAll("[hx-trigger*='refresh']")) {
      window.htmx?.trigger(element, "refresh");
    }
  });

  document.addEventListener("htmx:configRequest", (event) => {
    const { elt, headers, verb } = event.detail;
    if (verb === "get" && elt.dataset.etag) headers["If-None-Match"] = elt.dataset.etag;
  });

  // What is shown carries its own tag, so a 304 can never leave something else on the page.
  document.addEventListener("htmx:afterSwap", (event) => {
    const tag = event.detail.xhr?.getResponseHeader("ETag");
    const element = event.detail.elt;
    if (tag && element?.getAttribute("hx-get") === event.detail.pathInfo?.requestPath) {
      element.dataset.etag = tag;
    }
  });

  // Every answer says when the server wants to be asked again: the more tabs are open, the later.
  // Contents have taken the place of the element that asked, under the same id.
  const EVERY = /\bevery [\d.]+m?s/;
  document.addEventListener("htmx:afterRequest", (event) => {
    const seconds = Number(event.detail.xhr?.getResponseHeader("Poll-After"));
    const element = document.getElementById(event.detail.requestConfig?.elt?.id);
    const trigger = element?.getAttribute("hx-trigger") || "";
    if (!(seconds > 0) || !EVERY.test(trigger)) return;
    element.setAttribute("hx-trigger", trigger.replace(EVERY, `every ${seconds}s`));
    window.htmx.process(element);
  });

  const isBusy = (target) =>
    target.querySelector(
      "dialog[open], :popover-open, details[data-keep-open][open], [data-check]:checked",
    ) !== null ||
    (target.contains(document.activeElement) &&
      document.activeElement.matches("input, textarea, select"));

  // ---- starting work: a double click starts it once, and says so ----
  const pressedAgain = new WeakSet();
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target.closest("form[data-start]");
      if (form?.classList.contains("htmx-request")) pressedAgain.add(form);
    },
    true,
  );
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.requestConfig?.elt;
    if (form && pressedAgain.delete(form) && event.detail.successful) app.toast(RUNNING, "warning");
  });

  // ---- answers ----
  const isWholePage = (text) => /^\s*(<!doctype|<html)/i.test(text || "");

  // A redirect was followed to a whole page: the sign-in (the session has ended) or a real one.
  const followPage = (detail) => {
    const login = document.documentElement.dataset.login;
    const arrived = new URL(detail.xhr.responseURL || location.href, location.href);
    const here = location.pathname + location.search;
    if (!login || arrived.pathname !== login) {
      if (!isPoll(detail)) location.assign(arrived.href);
      return;
    }
    detail.elt.dataset.pollStopped = "true";
    const url = `${login}?next=${encodeURIComponent(here)}`;
    app.toast("Your session has ended.", "warning", { url, label: "Sign in again" });
  };

  document.addEventListener("htmx:beforeSwap", (event) => {
    const { detail } = event;
    if (isWholePage(detail.serverResponse) && detail.target !== document.body) {
      detail.shouldSwap = false;
      if (detail.xhr.status < 400) followPage(detail);
      else explain(detail);
    } else if (isPoll(detail) && isBusy(detail.target)) {
      detail.shouldSwap = false;
    }
  });

  const explain = (detail) => {
    const { status } = detail.xhr;
    const id = detail.xhr.getResponseHeader("X-Request-ID");
    const words = WORDS[status] || "Something went wrong on the server. Try again.";
    app.toast(id && status >= 500 ? `${words} (reference ${id})` : words, "error");
  };

  document.addEventListener("htmx:responseError", (event) => {
    const { detail } = event;
    if (!isPoll(detail)) explain(detail);
    else if (GONE.includes(detail.xhr.status)) detail.elt.dataset.pollStopped = "true";
    else banner(true);
  });

  for (const type of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(type, (event) => {
      if (isPoll(event.detail)) banner(true);
      else app.toast("Spelunker could not be reached. Check your connection and try again.", "error");
    });
  }
  document.addEventListener("htmx:afterRequest", (event) => {
    const status = event.detail.xhr?.status || 0;
    if (status > 0 && status < 500) banner(false);
  });
  addEventListener("offline", () => banner(true));
  addEventListener("online", () => banner(false));

  // ---- hx-confirm in the page's own dialog ----
  document.addEventListener("htmx:confirm", (event) => {
    const dialog = document.getElementById("ask");
    if (!event.detail.question || !dialog) return;
    event.preventDefault();
    dialog.querySelector("[data-ask-text]").textContent = event.detail.question;
    dialog.querySelector("[data-ask-yes]").textContent = event.detail.elt.dataset.confirmLabel || "Go on";
    dialog.returnValue = "no";
    const answer = () => {
      if (dialog.returnValue === "yes") event.detail.issueRequest(true);
    };
    dialog.addEventListener("close", answer, { once: true });
    dialog.showModal();
  });
})();
