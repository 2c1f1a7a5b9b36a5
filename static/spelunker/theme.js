// Runs before the first paint, so that a chosen theme never flashes the other one.
"use strict";
(() => {
  const KEY = "spelunker.theme";
  const root = document.documentElement;
  root.classList.add("js");

  // Storage may be switched off in the browser; the page then follows the system.
  const recall = (key) => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  };

  const remember = (key, value) => {
    try {
      if (value === null) localStorage.removeItem(key);
      else localStorage.setItem(key, value);
    } catch {
      // Nothing is lost but the choice.
    }
  };

  const apply = (choice) => {
    if (choice === "light" || choice === "dark") root.dataset.theme = choice;
    else delete root.dataset.theme;
  };

  const current = () => root.dataset.theme || "system";

  const choose = (choice) => {
    apply(choice);
    remember(KEY, choice === "system" ? null : choice);
  };

  apply(recall(KEY));
  addEventListener("storage", (event) => {
    if (event.key === KEY) apply(event.newValue);
  });
  window.spelunker = { theme: { choose, current }, recall, remember };
})();
