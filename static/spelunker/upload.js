// Uploads: files dropped on, or chosen in, a [data-dropzone] are checked, then (where the form has
// data-upload) sent one by one, each with its own bar, cancel and retry.
"use strict";
(() => {
  const app = window.spelunker;
  const AT_ONCE = 2;
  const MOST_FILES = 2000;
  const SUMMED_FROM = 4;
  const JUNK = /(^|\/)(\.|~\$|__MACOSX\/|Thumbs\.db$|desktop\.ini$)/i;
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
  // `path`: where the file stands in the folder that was dropped or chosen, "" for a single file.
  const makeItem = (file, path = "") => {
    const line = make("div", "upload-item");
    const says = make("span", "says", formatBytes(file.size));
    const bar = make("progress", "bar");
    const actions = make("div", "upload-actions");
    const text = make("div", "min-w-0");
    bar.max = 100;
    bar.value = 0;
    bar.setAttribute("aria-label", path || file.name);
    text.append(make("div", "name", path || file.name), says);
    line.append(makeIcon("document"), text, actions, bar);
    return { file, path, line, says, bar, actions, xhr: null, state: "waiting", again: false };
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

  const kindRefused = (accept, file) => {
    const ending = file.name.includes(".") ? file.name.split(".").pop() : "";
    const kinds = accept.split(",").map((part) => part.trim()).sort().join(" ");
    const what = ending ? `.${ending.slice(0, 20)} files are` : "Files without an ending are";
    return `${what} not taken here, only: ${kinds}`;
  };

  const refusal = (input, file) => {
    const most = Number(input.dataset.maxBytes || 0);
    if (file.size === 0) return "This file is empty.";
    if (most && file.size > most) return `Larger than the ${formatBytes(most)} allowed.`;
    if (!acceptsName(input.accept, file)) return kindRefused(input.accept, file);
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
    507: "The server’s disk is full. Nothing was stored.",
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
    item.again = true;
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
    body.append("paths", item.path);
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

  // ---- all files together, above the list ----
  const summaryOf = (form) => {
    const list = listOf(form);
    let line = list.querySelector("[data-upload-summary]");
    if (!line) {
      line = make("div", "upload-item upload-summary");
      line.dataset.uploadSummary = "";
      line.append(makeIcon("list"), make("div", "says"), make("div", "upload-actions"));
      list.prepend(line);
    }
    return line;
  };

  const sumUp = (form) => {
    const { items } = stateOf(form);
    if (items.length < SUMMED_FROM) return;
    const count = (state) => items.filter((item) => item.state === state).length;
    const [done, failed] = [count("done"), count("failed")];
    const left = items.length - done - failed;
    const line = summaryOf(form);
    const parts = [`${done} of ${items.length} taken`];
    if (failed) parts.push(`${failed} not taken`);
    if (left) parts.push(`${left} to go`);
    line.querySelector(".says").textContent = parts.join(", ");
    const again = items.filter((item) => item.state === "failed" && item.again);
    const actions = line.querySelector(".upload-actions");
    actions.replaceChildren();
    if (again.length > 1 && !left) actions.append(retryAll(form, again));
  };

  const retryAll = (form, items) => {
    const button = make("button", "btn btn-sm btn-quiet", `Retry ${items.length}`);
    button.type = "button";
    button.addEventListener("click", () => {
      for (const item of items) item.state = "waiting";
      for (const item of items) enqueue(form, item);
    });
    return button;
  };

  const pump = (form) => {
    const state = stateOf(form);
    const waiting = state.items.filter((item) => item.state === "waiting");
    while (state.running < AT_ONCE && waiting.length) send(form, waiting.shift());
    sumUp(form);
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
    item.again = false;
    item.bar.value = 0;
    item.actions.append(actionButton(`Cancel ${item.file.name}`, "x", () => cancel(form, item)));
    pump(form);
  };

  const listOf = (form) => form.querySelector("[data-upload-list]");

  const takeAll = (form, input, found) => {
    for (const { file, path } of found) {
      const item = makeItem(file, path);
      stateOf(form).items.push(item);
      listOf(form).append(item.line);
      const why = refusal(input, file);
      // A refused file stays listed with its reason; the others go on.
      if (why) refuse(form, item, why);
      else enqueue(form, item);
    }
    sumUp(form);
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

  // What systems leave behind in folders is not sent, but it is said how much that was.
  const withoutJunk = (found) => {
    const kept = found.filter(({ path }) => !JUNK.test(path));
    const left = found.length - kept.length;
    if (left) app.toast(`${left} hidden or system file${left === 1 ? " was" : "s were"} left out.`, "info");
    return kept;
  };

  const accept = (zone, all) => {
    const input = zone.querySelector("input[type=file]");
    const { form } = input;
    const found = withoutJunk(all);
    const taken = input.multiple ? found.slice(0, MOST_FILES) : found.slice(0, 1);
    if (found.length > taken.length) {
      const words = `Only ${taken.length} of ${found.length} files were taken at once.`;
      app.toast(`${words} Add the others afterwards, or as a zip.`, "warning");
    }
    const list = taken.map(({ file }) => file);
    if (form.hasAttribute("data-upload")) {
      input.value = "";
      takeAll(form, input, taken);
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
    if (entry.isFile) {
      into.push({ file: await readFile(entry), path: entry.fullPath.replace(/^\//, "") });
      return;
    }
    const reader = entry.createReader();
    for (let batch = await readEntries(reader); batch.length; batch = await readEntries(reader)) {
      for (const child of batch) await walk(child, into);
    }
  };

  const alone = (file) => ({ file, path: file.webkitRelativePath || "" });

  // A file that was dropped beside a folder has no path of its own.
  const droppedFiles = async (transfer) => {
    const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    const plain = [...transfer.files].map(alone);
    if (!entries.some((entry) => entry.isDirectory)) return plain;
    const found = [];
    for (const entry of entries) await walk(entry, found);
    return found.map(({ file, path }) => ({ file, path: path.includes("/") ? path : "" }));
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
    if (!zone || !event.target.files.length) return;
    const found = [...event.target.files].map(alone);
    if (event.target.hasAttribute("data-folder")) event.target.value = "";
    accept(zone, found);
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
