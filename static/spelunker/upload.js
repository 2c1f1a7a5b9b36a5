// Uploads: files dropped on, or chosen in, a [data-dropzone] are checked, then (where the form has
// data-upload) sent one by one, each with its own bar, cancel and retry.
"use strict";
(() => {
  const app = window.spelunker;
  const AT_ONCE = 2;
  const MOST_FILES = 2000;
  const states = new WeakMap();

  const formatBytes = (bytes) => {
    const units = ["bytes", "KB", "MB", "GB"];
    let size = bytes;
    let unit = 0;
    while (size >= 1000 && unit < units.length - 1) {
      size /= 1000;
      unit += 1;
    }
    return `${unit && size < 10 ? size.toFixed(1) : Math.round(size)} ${units[unit]}`;
  };

  const make = (tag, className, text) => {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text) element.textContent = text;
    return element;
  };

  const makeIcon = (name) => {
    const space = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(space, "svg");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    svg.append(document.createElementNS(space, "use"));
    app.setIcon(svg, name);
    return svg;
  };

  // ---- one file's line ----
  const makeItem = (file) => {
    const line = make("div", "upload-item");
    const says = make("span", "says", formatBytes(file.size));
    const bar = make("progress", "bar");
    const actions = make("div", "upload-actions");
    const text = make("div", "min-w-0");
    bar.max = 100;
    bar.value = 0;
    bar.setAttribute("aria-label", file.name);
    text.append(make("div", "name", file.name), says);
    line.append(makeIcon("document"), text, actions, bar);
    return { file, line, says, bar, actions, xhr: null, state: "waiting" };
  };

  const actionButton = (label, icon, act) => {
    const button = make("button", "icon-button");
    button.type = "button";
    button.setAttribute("aria-label", label);
    button.append(makeIcon(icon));
    button.addEventListener("click", act);
    return button;
  };

  const settle = (item, state, words, icon) => {
    item.state = state;
    item.line.classList.toggle("done", state === "done");
    item.line.classList.toggle("failed", state === "failed");
    item.says.textContent = words;
    item.actions.replaceChildren();
    app.setIcon(item.line, icon);
  };

  // ---- checks before anything is sent; the server checks again ----
  const acceptsName = (accept, file) =>
    !accept ||
    accept.split(",").some((part) => {
      const rule = part.trim().toLowerCase();
      if (rule.startsWith(".")) return file.name.toLowerCase().endsWith(rule);
      return rule.endsWith("/*") ? file.type.startsWith(rule.slice(0, -1)) : file.type === rule;
    });

  const refusal = (input, file) => {
    const most = Number(input.dataset.maxBytes || 0);
    if (file.size === 0) return "This file is empty.";
    if (most && file.size > most) return `Larger than the ${formatBytes(most)} allowed.`;
    if (!acceptsName(input.accept, file)) return `Not one of the kinds taken here: ${input.accept}`;
    return "";
  };

  // ---- sending ----
  const stateOf = (form) => {
    if (!states.has(form)) states.set(form, { items: [], running: 0 });
    return states.get(form);
  };

  const readAnswer = (xhr) => {
    try {
      const answer = JSON.parse(xhr.responseText);
      return answer && typeof answer === "object" ? answer : {};
    } catch {
      return {};
    }
  };

  const STATUS_WORDS = {
    0: "Spelunker could not be reached.",
    403: "You may not upload here, or the page is too old. Reload it.",
    413: "The server refuses files of this size.",
    429: "Too many uploads at once. Wait a minute, then retry.",
  };

  const whyFailed = (xhr) => {
    const answer = readAnswer(xhr);
    const said = answer.error || answer.message;
    if (typeof said === "string" && said) return said;
    const plain = (xhr.getResponseHeader("Content-Type") || "").startsWith("text/plain");
    if (plain && xhr.responseText) return xhr.responseText.slice(0, 300);
    return STATUS_WORDS[xhr.status] || `The server answered with error ${xhr.status}.`;
  };

  // A session that ended answers with a redirect to the sign-in page: that is no success.
  const wasTaken = (xhr) => {
    const login = document.documentElement.dataset.login;
    const path = xhr.responseURL ? new URL(xhr.responseURL).pathname : "";
    return xhr.status >= 200 && xhr.status < 300 && (!login || path !== login);
  };

  const succeed = (form, item) => {
    const { message, url } = readAnswer(item.xhr);
    settle(item, "done", message || `Uploaded, ${formatBytes(item.file.size)}`, "check-circle");
    if (typeof url === "string" && url.startsWith("/") && !url.startsWith("//")) {
      const link = make("a", "link", "Open");
      link.href = url;
      item.actions.append(link);
    }
    form.dispatchEvent(new CustomEvent("spelunker:uploaded", { bubbles: true, detail: { name: item.file.name } }));
  };

  const refuse = (form, item, words) => {
    settle(item, "failed", words, "alert");
    const label = `Remove ${item.file.name} from this list`;
    item.actions.append(actionButton(label, "x", () => drop(form, item)));
  };

  const fail = (form, item, words) => {
    refuse(form, item, words);
    const label = `Retry ${item.file.name}`;
    item.actions.prepend(actionButton(label, "refresh", () => enqueue(form, item)));
  };

  const drop = (form, item) => {
    const state = stateOf(form);
    item.line.remove();
    state.items = state.items.filter((other) => other !== item);
  };

  const finish = (form, item) => {
    const state = stateOf(form);
    const { status } = item.xhr;
    state.running -= 1;
    if (item.state === "cancelled") drop(form, item);
    else if (wasTaken(item.xhr)) succeed(form, item);
    else if (status >= 200 && status < 300) fail(form, item, "Your session has ended. Sign in again, then retry.");
    else fail(form, item, whyFailed(item.xhr));
    pump(form);
  };

  const showSent = (item, event) => {
    if (!event.lengthComputable) return;
    item.bar.value = Math.round((event.loaded / event.total) * 100);
    const all = event.loaded >= event.total;
    item.says.textContent = all
      ? "Sent; the server is storing it"
      : `${formatBytes(event.loaded)} of ${formatBytes(event.total)}`;
  };

  // The fields of the form (the CSRF token among them) go along with every file.
  const bodyFor = (form, item) => {
    const input = form.querySelector("input[type=file]");
    const body = new FormData(form);
    body.delete(input.name);
    body.append(input.name, item.file, item.file.name);
    return body;
  };

  const send = (form, item) => {
    const xhr = new XMLHttpRequest();
    item.xhr = xhr;
    item.state = "sending";
    stateOf(form).running += 1;
    xhr.upload.addEventListener("progress", (event) => showSent(item, event));
    xhr.addEventListener("loadend", () => finish(form, item));
    xhr.open("POST", form.getAttribute("action") || location.href);
    xhr.setRequestHeader("Accept", "application/json");
    xhr.setRequestHeader("X-Requested-With", "XMLHttpRequest");
    xhr.send(bodyFor(form, item));
  };

  const allOver = (form) => {
    const { items } = stateOf(form);
    const failed = items.filter((item) => item.state === "failed").length;
    const done = items.filter((item) => item.state === "done").length;
    form.dispatchEvent(new CustomEvent("spelunker:uploads-done", { bubbles: true, detail: { done, failed } }));
    if (done && !failed && form.dataset.uploadNext) location.assign(form.dataset.uploadNext);
  };

  const pump = (form) => {
    const state = stateOf(form);
    const waiting = state.items.filter((item) => item.state === "waiting");
    while (state.running < AT_ONCE && waiting.length) send(form, waiting.shift());
    if (!state.running && state.items.length) allOver(form);
  };

  const cancel = (form, item) => {
    if (item.state === "waiting") {
      drop(form, item);
    } else {
      item.state = "cancelled";
      item.xhr.abort();
    }
  };

  const enqueue = (form, item) => {
    settle(item, "waiting", `Waiting, ${formatBytes(item.file.size)}`, "document");
    item.bar.value = 0;
    item.actions.append(actionButton(`Cancel ${item.file.name}`, "x", () => cancel(form, item)));
    pump(form);
  };

  const listOf = (form) => form.querySelector("[data-upload-list]");

  const takeAll = (form, input, files) => {
    for (const file of files) {
      const item = makeItem(file);
      stateOf(form).items.push(item);
      listOf(form).append(item.line);
      const why = refusal(input, file);
      // A refused file stays listed with its reason; the others go on.
      if (why) refuse(form, item, why);
      else enqueue(form, item);
    }
    if (!stateOf(form).running) pump(form);
  };

  // ---- without data-upload: only list what the form will send ----
  const showChosen = (form, input) => {
    const lines = [...input.files].map((file) => {
      const item = makeItem(file);
      const why = refusal(input, file);
      item.bar.remove();
      if (why) settle(item, "failed", why, "alert");
      return item.line;
    });
    listOf(form).replaceChildren(...lines);
  };

  const accept = (zone, files) => {
    const input = zone.querySelector("input[type=file]");
    const { form } = input;
    const list = input.multiple ? files.slice(0, MOST_FILES) : files.slice(0, 1);
    if (files.length > list.length) {
      app.toast(`Only ${list.length} of ${files.length} files were taken at once.`, "warning");
    }
    if (form.hasAttribute("data-upload")) {
      input.value = "";
      takeAll(form, input, list);
      return;
    }
    const transfer = new DataTransfer();
    for (const file of list) transfer.items.add(file);
    input.files = transfer.files;
    showChosen(form, input);
  };

  // ---- dropped folders are walked; a browser gives at most 100 entries per call ----
  const readEntries = (reader) => new Promise((done, failed) => reader.readEntries(done, failed));
  const readFile = (entry) => new Promise((done, failed) => entry.file(done, failed));

  const walk = async (entry, into) => {
    if (into.length > MOST_FILES) return;
    if (entry.isFile) {
      if (!entry.name.startsWith(".")) into.push(await readFile(entry));
      return;
    }
    const reader = entry.createReader();
    for (let batch = await readEntries(reader); batch.length; batch = await readEntries(reader)) {
      for (const child of batch) await walk(child, into);
    }
  };

  const droppedFiles = async (transfer) => {
    const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    const plain = [...transfer.files];
    if (!entries.some((entry) => entry.isDirectory)) return plain;
    const found = [];
    for (const entry of entries) await walk(entry, found);
    return found;
  };

  const zoneOf = (event) =>
    event.target instanceof Element ? event.target.closest("[data-dropzone]") : null;

  const isFiles = (event) => [...(event.dataTransfer?.types || [])].includes("Files");

  document.addEventListener("dragover", (event) => {
    if (!isFiles(event)) return;
    // Without this a file dropped beside the zone would replace the page.
    event.preventDefault();
    const zone = zoneOf(event);
    event.dataTransfer.dropEffect = zone ? "copy" : "none";
    for (const other of document.querySelectorAll(".dropzone.is-over")) {
      if (other !== zone) other.classList.remove("is-over");
    }
    zone?.classList.add("is-over");
  });
  document.addEventListener("dragleave", (event) => {
    const zone = zoneOf(event);
    if (zone && !zone.contains(event.relatedTarget)) zone.classList.remove("is-over");
  });
  document.addEventListener("drop", async (event) => {
    if (!isFiles(event)) return;
    event.preventDefault();
    const zone = zoneOf(event);
    if (!zone) return;
    zone.classList.remove("is-over");
    const files = await droppedFiles(event.dataTransfer).catch(() => null);
    if (files) accept(zone, files);
    else app.toast("The dropped folder could not be read. Choose its files instead.", "error");
  });
  document.addEventListener("change", (event) => {
    const zone = event.target.matches("input[type=file]") && zoneOf(event);
    if (zone && event.target.files.length) accept(zone, [...event.target.files]);
  });
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("[data-choose]");
    if (button) document.getElementById(button.dataset.choose).click();
  });

  addEventListener("beforeunload", (event) => {
    const forms = [...document.querySelectorAll("form[data-upload]")];
    if (forms.some((form) => stateOf(form).running > 0)) event.preventDefault();
  });
})();
