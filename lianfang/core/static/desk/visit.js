/* Keys for one door at the desk. A stop is a control on the way through the form: a group of choices or a field.
   A digit chooses in the group that has the focus, and goes on to the next stop. Without this file the form works by Tab. */
(function () {
  "use strict";

  var form = document.querySelector("[data-visit]");
  if (!form) return;
  var rows = Array.prototype.slice.call(form.querySelectorAll("[data-row]"));
  var met = form.querySelector("#o-met");
  var save = form.querySelector("[data-save]");

  function isVisible(node) {
    return node.offsetParent !== null && getComputedStyle(node).visibility !== "hidden";
  }

  function boxes(group) {
    return Array.prototype.slice.call(group.querySelectorAll("input[type=radio], input[type=checkbox]"));
  }

  function groupOf(node) {
    return node.closest("[data-presence], [data-zone], .pick");
  }

  function enter(stop) {
    if (!stop) return;
    var choices = stop.matches("input, button, select") ? [stop] : boxes(stop);
    var at = choices.filter(function (box) { return box.checked; })[0] || choices[0];
    if (!at) return;
    at.focus();
    if (at.select && at.type !== "radio" && at.type !== "checkbox") at.select();
    at.scrollIntoView({ block: "nearest" });
  }

  function goOn(node) {
    var stops = Array.prototype.filter.call(form.querySelectorAll("[data-stop]"), function (stop) {
      return isVisible(stop) && !(stop.closest("details") && !stop.closest("details").open);
    });
    for (var i = 0; i < stops.length; i += 1) {
      var after = node.compareDocumentPosition(stops[i]) & Node.DOCUMENT_POSITION_FOLLOWING;
      if (after && !stops[i].contains(node) && !(isMissed() && stops[i] !== save && !stops[i].closest(".again"))) {
        enter(stops[i]);
        return;
      }
    }
    save.focus();
  }

  function isMissed() { return met && !met.checked; }

  /* ---------- the roster shows what was chosen ---------- */
  function presenceOf(row) {
    var chosen = row.querySelector("[data-presence] input[type=radio]:checked");
    return chosen ? chosen.value : "";
  }

  function show() {
    rows.forEach(function (row) {
      var presence = presenceOf(row);
      row.classList.toggle("is-absent", presence !== "" && presence !== "seen" && presence !== "answered_for");
    });
  }

  function choose(box, on) {
    box.checked = on;
    box.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function clearRows() {
    rows.forEach(function (row) {
      boxes(row.querySelector("[data-presence]")).forEach(function (box) { box.checked = false; });
    });
  }

  form.addEventListener("change", function (event) {
    // Who was met and why nobody was: one or the other.
    if (event.target.closest("[data-presence]") && event.target.type === "radio" && met) met.checked = true;
    if (event.target.name === "outcome" && event.target !== met) clearRows();
    if (event.target.type === "checkbox" && event.target.checked) standAlone(event.target);
    show();
  });

  /* 没有 stands alone: it takes the others off, and any other takes it off. */
  function standAlone(chosen) {
    var group = chosen.closest("[data-many]");
    if (group) boxes(group).forEach(function (box) {
      if (box !== chosen && (box.hasAttribute("data-alone") || chosen.hasAttribute("data-alone"))) box.checked = false;
    });
  }

  function all(presence) {
    if (!rows.length) return;
    if (met) met.checked = true;
    rows.forEach(function (row) {
      if (row.hasAttribute("data-in-base")) choose(row.querySelector("input[value=" + presence + "]"), true);
    });
    goOn(rows[rows.length - 1].querySelector("[data-presence] input:last-of-type"));
  }

  function allHome() { all("seen"); }

  /* The contact of a dormitory answers for everybody in it. */
  function allAnswered() { if (form.querySelector("[data-all-answered]")) all("answered_for"); }

  function sameAsLast() {
    form.querySelectorAll("input[data-last]").forEach(function (box) {
      if (box.type === "radio" || box.type === "checkbox") choose(box, true);
      else if (!box.value) box.value = box.dataset.last;
    });
    save.focus();
  }

  function nobody() {
    var first = form.querySelector("#o-nobody_home");
    choose(first, true);
    first.focus();
  }

  function stepRow(node, by) {
    var at = rows.indexOf(node.closest("[data-row]")) + by;
    if (rows[at]) enter(rows[at].querySelector("[data-presence]"));
  }

  /* ---------- people who are in no register yet ---------- */
  form.querySelectorAll("[data-new]").forEach(function (line) {
    var presence = line.querySelector("select[name^=p_]");
    var where = line.querySelector(".new-where");
    function showWhere() { where.classList.toggle("on", presence.value === "away"); }
    presence.addEventListener("change", showWhere);
    showWhere();
    line.querySelector("[data-new-name]").addEventListener("input", function () { if (met) met.checked = true; });
  });
  var more = form.querySelector("[data-more-new]");
  if (more && form.querySelector(".news .later")) {
    more.hidden = false;
    more.addEventListener("click", function () {
      form.querySelector(".news").classList.add("all");
      more.hidden = true;
    });
  }

  /* ---------- keys ---------- */
  function pickByDigit(node, digit) {
    var group = groupOf(node);
    var choices = boxes(group).filter(function (box) { return box !== met; });
    var box = choices[digit - 1];
    if (!box) return false;
    choose(box, box.type === "checkbox" ? !box.checked : true);
    box.focus();
    if (box.type === "radio") goOn(box);
    return true;
  }

  var letters = { a: allHome, d: allAnswered, s: sameAsLast, 0: nobody,
    t: function () { enter(form.querySelector("#at")); },
    c: function () { enter(form.querySelector("[data-zone=channel]")); },
    n: function () { enter(form.querySelector("#note")); } };

  form.addEventListener("keydown", function (event) {
    var node = event.target;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      save.click();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    var isChoice = node.type === "radio" || node.type === "checkbox";
    var inRoster = isChoice && node.closest("[data-presence]");
    if (event.key === "Enter" && node.tagName === "INPUT") {
      goOn(node);
      event.preventDefault();
    } else if (isChoice && event.key >= "1" && event.key <= "9") {
      if (pickByDigit(node, Number(event.key))) event.preventDefault();
    } else if (isChoice && letters[event.key]) {
      letters[event.key]();
      event.preventDefault();
    } else if (inRoster && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      stepRow(node, event.key === "ArrowDown" ? 1 : -1);
      event.preventDefault();
    }
  });

  form.addEventListener("focusin", function (event) {
    rows.forEach(function (row) { row.classList.toggle("is-here", row.contains(event.target)); });
  });

  [["[data-all-home]", allHome], ["[data-all-answered]", allAnswered], ["[data-same]", sameAsLast], ["[data-nobody]", nobody]].forEach(function (pair) {
    var button = form.querySelector(pair[0]);
    if (!button) return;
    button.hidden = false;
    button.addEventListener("click", pair[1]);
  });

  show();
  enter(form.querySelector("[data-presence][data-stop]") || form.querySelector("[data-stop]"));
})();
