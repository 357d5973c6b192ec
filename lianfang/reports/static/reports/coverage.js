/* While the page is open its numbers are replaced; the link that had the focus keeps it, so that keys go on working. */
(function () {
  "use strict";
  var held = null;
  document.body.addEventListener("htmx:beforeSwap", function (event) {
    var at = document.activeElement, target = event.detail.target;
    held = at && target && target.contains(at) && at.getAttribute("href") ? at.getAttribute("href") : null;
  });
  document.body.addEventListener("htmx:afterSettle", function (event) {
    // Names that came are said aloud; numbers that only went on are not.
    var page = document.getElementById("coverage"), live = document.getElementById("live");
    if (event.target === page && page.dataset.announce && live) live.textContent = page.dataset.announce;
    if (!held) return;
    var same = Array.prototype.filter.call(document.querySelectorAll("#coverage a[href]"), function (link) {
      return link.getAttribute("href") === held;
    })[0];
    held = null;
    if (same) same.focus({ preventScroll: true });
  });
})();
