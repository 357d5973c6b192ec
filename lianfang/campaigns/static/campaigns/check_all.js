/* One box that ticks all boxes of a name in its form, except those that may not be ticked. */
(function () {
  "use strict";
  document.addEventListener("change", function (event) {
    var name = event.target.dataset && event.target.dataset.checkAll;
    if (!name) return;
    event.target.form.querySelectorAll('input[type="checkbox"][name="' + name + '"]:not([disabled])').forEach(function (box) {
      box.checked = event.target.checked;
    });
  });
})();
