/* What the desk does in the browser beyond htmx and Alpine: keys, copying, theme, announcements, confirm panels.
   Plain script, no build. Floor: Chromium 86. Words come from data- attributes of <body>, so they are translated. */
(function () {
  "use strict";

  var root = document.documentElement;
  var words = document.body.dataset;
  var opener = null;

  function say(text) {
    var live = document.getElementById("live");
    if (!live || !text) return;
    live.textContent = "";
    // A reader speaks a change of text, so the same sentence twice needs a gap.
    window.setTimeout(function () { live.textContent = text; }, 50);
  }

  function toast(text, kind) {
    var box = document.getElementById("toasts");
    if (!box) return;
    var note = document.createElement("div");
    note.className = "note " + kind;
    note.dataset.toast = kind;
    note.innerHTML = '<svg class="sh ' + kind + '" viewBox="0 0 12 12" aria-hidden="true"><use href="#s-' + kind + '"/></svg><span class="grow sm"></span>';
    note.querySelector("span").textContent = text;
    box.appendChild(note);
    fade(note);
  }

  // What went well leaves by itself; what did not stays until it is closed.
  function fade(note) {
    if (note.dataset.toast !== "late" && note.dataset.toast !== "miss") {
      window.setTimeout(function () { note.remove(); }, 8000);
    }
  }

  /* ---------- copying: navigator.clipboard is missing on http://, so the old way stays ---------- */
  function copyOldWay(text) {
    var area = document.createElement("textarea");
    var before = document.activeElement;
    area.value = text;
    area.setAttribute("readonly", "");
    area.className = "vh";
    document.body.appendChild(area);
    area.select();
    var done = false;
    try { done = document.execCommand("copy"); } catch (error) { done = false; }
    area.remove();
    if (before && before.focus) before.focus();
    return done;
  }

  function copyText(text) {
    if (window.isSecureContext && navigator.clipboard) {
      return navigator.clipboard.writeText(text).then(function () { return true; }, function () { return copyOldWay(text); });
    }
    return Promise.resolve(copyOldWay(text));
  }

  function copyFrom(button) {
    var source = button.dataset.copyFrom ? document.querySelector(button.dataset.copyFrom) : null;
    var text = source ? (source.value || source.textContent).trim() : button.dataset.copy;
    copyText(text).then(function (done) {
      if (!done) { toast(words.copyFailed, "miss"); return; }
      say(words.copied);
      var label = button.querySelector("span");
      if (!label) { toast(words.copied, "done"); return; }
      if (!button.dataset.label) button.dataset.label = label.textContent;
      label.textContent = words.copied;
      window.setTimeout(function () { label.textContent = button.dataset.label; }, 2000);
    });
  }

  /* ---------- confirm panels: focus goes in, stays in, and comes back ---------- */
  function focusables(panel) {
    return Array.prototype.filter.call(
      panel.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea"),
      function (node) { return !node.disabled && node.offsetParent !== null; });
  }

  function openPanel(id, from) {
    var panel = document.getElementById(id);
    if (!panel) return;
    closeMenus();
    opener = from;
    panel.classList.add("is-open");
    var first = panel.querySelector("[data-first]") || focusables(panel)[0];
    if (first) first.focus();
  }

  function openedPanel() {
    return document.querySelector(".confirm.is-open") || document.querySelector(".confirm:target");
  }

  function closePanel() {
    var panel = openedPanel();
    if (!panel) return false;
    panel.classList.remove("is-open");
    if (location.hash === "#" + panel.id) history.replaceState(null, "", location.pathname + location.search);
    if (opener && document.contains(opener)) opener.focus();
    opener = null;
    return true;
  }

  function closeMenus(except) {
    document.querySelectorAll("details.menu[open]").forEach(function (menu) {
      if (menu !== except) menu.removeAttribute("open");
    });
  }

  function keepFocusIn(panel, event) {
    var nodes = focusables(panel);
    if (!nodes.length) return;
    var first = nodes[0], last = nodes[nodes.length - 1];
    if (event.shiftKey && document.activeElement === first) { last.focus(); event.preventDefault(); }
    else if (!event.shiftKey && document.activeElement === last) { first.focus(); event.preventDefault(); }
  }

  /* ---------- arrow keys: in a table from number to number, in segments from one to the next ---------- */
  function inCell(cell) { return cell ? cell.querySelector("a[href], button") : null; }

  function stepInTable(node, key) {
    var cell = node.closest("td, th");
    var table = cell && cell.closest("table.tbl");
    if (!table) return false;
    var line = cell.parentElement;
    if (key === "ArrowLeft" || key === "ArrowRight") {
      var all = Array.prototype.slice.call(line.querySelectorAll("a[href], button"));
      var next = all[all.indexOf(node) + (key === "ArrowRight" ? 1 : -1)];
      if (next) next.focus();
      return true;
    }
    var rows = Array.prototype.slice.call(table.rows);
    var step = key === "ArrowDown" ? 1 : -1;
    for (var at = rows.indexOf(line) + step; at >= 0 && at < rows.length; at += step) {
      // A zero is no link: go on to the next row that has something in this column.
      var target = inCell(rows[at].cells[cell.cellIndex]);
      if (target) { target.focus(); return true; }
    }
    return true;
  }

  function stepInSegment(node, key) {
    var segment = node.closest(".seg");
    if (!segment || (key !== "ArrowLeft" && key !== "ArrowRight")) return false;
    var all = Array.prototype.slice.call(segment.children);
    var next = all[all.indexOf(node) + (key === "ArrowRight" ? 1 : -1)];
    if (next) next.focus();
    return true;
  }

  function isTyping(node) {
    return node && (node.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(node.tagName));
  }

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    var panel = openedPanel();
    if (event.key === "Escape") {
      if (!closePanel()) closeMenus();
      return;
    }
    if (panel) {
      if (event.key === "Tab") keepFocusIn(panel, event);
      return;
    }
    if (isTyping(event.target)) return;
    if (event.key === "/") {
      var find = document.getElementById("find");
      if (find) { find.focus(); find.select(); event.preventDefault(); }
    } else if (event.key === "?") {
      openPanel("keyboard-help", document.activeElement);
      event.preventDefault();
    } else if (/^Arrow/.test(event.key) && event.target.closest) {
      if (stepInTable(event.target, event.key) || stepInSegment(event.target, event.key)) event.preventDefault();
    }
  });

  document.addEventListener("click", function (event) {
    var node = event.target.closest ? event.target.closest("[data-copy], [data-copy-from], [data-open], [data-close], [data-dismiss], [data-theme-toggle], [data-print]") : null;
    closeMenus(event.target.closest ? event.target.closest("details.menu") : null);
    if (event.target.classList && event.target.classList.contains("confirm")) { closePanel(); return; }
    if (!node) return;
    if (node.dataset.copy !== undefined || node.dataset.copyFrom) copyFrom(node);
    else if (node.dataset.open) { openPanel(node.dataset.open, node); event.preventDefault(); }
    else if (node.dataset.close !== undefined) { closePanel(); event.preventDefault(); }
    else if (node.dataset.dismiss !== undefined) node.closest("[data-toast]").remove();
    else if (node.dataset.print !== undefined) window.print();
    else toggleTheme();
  });

  function toggleTheme() {
    var next = root.dataset.theme === "dark" ? "light" : "dark";
    root.dataset.theme = next;
    document.cookie = "theme=" + next + "; path=/; max-age=31536000; SameSite=Lax";
  }

  /* ---------- the clock in the top bar goes on from the server's time, not from this computer's ---------- */
  var clock = document.querySelector("[data-clock]:not([data-frozen])");
  if (clock) {
    var apart = Date.parse(clock.dataset.clock) - Date.now();
    window.setInterval(function () {
      clock.textContent = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Shanghai" })
        .format(new Date(Date.now() + apart)).replace(/^0(?=\d:)/, "");
    }, 10000);
  }

  /* ---------- a form is sent once, however often it is pressed ---------- */
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.method !== "post" || form.hasAttribute("hx-post")) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
  });
  // Coming back with the browser's button must not leave a dead form.
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sent]").forEach(function (form) { delete form.dataset.sent; });
  });

  /* ---------- htmx ---------- */
  document.body.addEventListener("htmx:configRequest", function (event) {
    var token = document.querySelector('meta[name="csrf-token"]');
    if (token && event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = token.content;
  });
  document.body.addEventListener("htmx:afterSwap", function (event) {
    var said = event.detail.target.closest("[data-announce]") || event.detail.target.querySelector("[data-announce]");
    if (said) say(said.dataset.announce || said.textContent.trim());
  });
  document.body.addEventListener("htmx:responseError", function (event) {
    var status = event.detail.xhr.status;
    toast(status === 401 || status === 403 ? words.denied : words.requestFailed, "late");
  });
  ["htmx:sendError", "htmx:timeout"].forEach(function (name) {
    document.body.addEventListener(name, function () { toast(words.offline, "late"); });
  });

  document.querySelectorAll("[data-toast]").forEach(fade);
  var here = document.querySelector(".nav a.on");
  if (here && here.offsetParent && root.clientWidth <= 900) here.parentElement.scrollLeft = here.offsetLeft - 40;
})();
