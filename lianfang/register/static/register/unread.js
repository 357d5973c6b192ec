/* Keys of the queue: digits choose, Enter settles, J and K go on and back, F finds a village. Without it the form works. */
(function () {
  "use strict";

  var form = document.querySelector("[data-unread]");
  var lines = Array.prototype.slice.call(document.querySelectorAll("[data-address]"));
  var at = lines.findIndex(function (line) { return line.getAttribute("aria-current") === "true"; });

  function open(step) {
    var line = lines[at + step];
    if (line) window.location.assign(line.href);
  }

  function isTyping(node) {
    return node.matches("input[type=text], textarea, select") || (node.name === "name");
  }

  function pick(code, stays) {
    var radio = form.querySelector('input[name=area][value="' + code + '"]');
    var list = form.querySelector("[data-villages]");
    Array.prototype.forEach.call(form.querySelectorAll("input[name=area]"), function (box) { box.checked = box === radio; });
    list.value = radio ? "" : code;
    list.hidden = Boolean(radio);
    Array.prototype.forEach.call(document.querySelectorAll("[data-pick]"), function (tile) {
      tile.classList.toggle("is-picked", tile.dataset.pick === code);
    });
    if (!stays) (radio || form.querySelector("[value=read]")).focus({ preventScroll: true });
  }

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    var key = event.key.toLowerCase();
    var undo = document.querySelector("[data-undo]");
    if (key === "j") open(1);
    else if (key === "k") open(-1);
    else if (key === "u" && undo) undo.requestSubmit ? undo.requestSubmit() : undo.submit();
    else if (!form) return;
    else if (key === "f") form.querySelector("[data-seek]").focus();
    else if (key === "l") form.querySelector("[name=learn]").click();
    else if (/^[1-9]$/.test(key)) {
      var radio = form.querySelector('[data-key="' + key + '"]');
      if (radio) pick(radio.value);
    } else if (key === "enter" && !event.target.closest("a, button")) form.querySelector("[value=read]").click();
    else if (key === "x" || key === "s") form.querySelector('[data-hot="' + key + '"]').click();
    else return;
    event.preventDefault();
  });

  if (!form) return;
  if (lines[at + 1]) form.querySelector("[data-following]").value = lines[at + 1].dataset.address;

  document.addEventListener("click", function (event) {
    var tile = event.target.closest("[data-pick]");
    if (!tile) return;
    event.preventDefault();
    pick(tile.dataset.pick);
  });

  /* ---------- finding a village by name or initials ---------- */
  var list = form.querySelector("[data-villages]");
  list.hidden = !list.value;  // shown while something is sought
  var all = Array.prototype.map.call(list.querySelectorAll("option"), function (option) {
    return { option: option, group: option.parentNode };
  });
  form.querySelector("[data-seek]").addEventListener("input", function (event) {
    var wanted = event.target.value.trim().toLowerCase();
    Array.prototype.forEach.call(list.querySelectorAll("optgroup"), function (group) { group.textContent = ""; });
    var first = null;
    all.forEach(function (each) {
      var isFound = each.option.textContent.indexOf(wanted) >= 0 || each.option.dataset.initials.indexOf(wanted) === 0;
      if (!isFound) return;
      each.group.appendChild(each.option);
      first = first || each.option;
    });
    Array.prototype.forEach.call(list.querySelectorAll("optgroup"), function (group) { group.hidden = !group.firstChild; });
    list.hidden = !wanted;
    if (wanted && first) list.value = first.value;
  });
  form.querySelector("[data-seek]").addEventListener("keydown", function (event) {
    if (event.key === "Escape") event.target.blur();
    if (event.key === "Enter") { event.preventDefault(); if (list.value) pick(list.value); }
  });
  list.addEventListener("change", function () { pick(list.value, true); });
  list.addEventListener("keydown", function (event) {
    if (event.key === "Enter" && list.value) { event.preventDefault(); pick(list.value); }
  });
})();
