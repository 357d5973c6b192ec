/* A long list of boxes to tick, shortened to those whose words hold what was typed. What is ticked stays in sight. */
(function () {
  "use strict";
  function sift(field) {
    var list = document.getElementById(field.dataset.sift);
    if (!list) { return; }
    var wanted = field.value.trim().toLowerCase();
    var shown = 0;
    list.querySelectorAll("[data-sift-group]").forEach(function (group) {
      var here = 0;
      group.querySelectorAll("[data-sift-item]").forEach(function (item) {
        var box = item.querySelector("input");
        var fits = !wanted || item.textContent.toLowerCase().indexOf(wanted) >= 0 || (box && box.checked);
        item.hidden = !fits;
        here += fits ? 1 : 0;
      });
      group.hidden = !here;
      shown += here;
    });
    var none = list.querySelector("[data-sift-none]");
    if (none) { none.hidden = shown > 0; }
  }
  document.addEventListener("input", function (event) {
    if (event.target.dataset && event.target.dataset.sift) { sift(event.target); }
  });
  document.addEventListener("keydown", function (event) {
    // Enter in the search must not declare the campaign.
    if (event.key === "Enter" && event.target.dataset && event.target.dataset.sift) { event.preventDefault(); }
  });
})();
