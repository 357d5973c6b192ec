/* Counts down between two answers of the server, which says every two seconds what is left. */
(function () {
  "use strict";
  var started = new WeakMap();
  function tick() {
    document.querySelectorAll("[data-left]").forEach(function (place) {
      if (!started.has(place)) started.set(place, performance.now());
      var gone = Math.floor((performance.now() - started.get(place)) / 1000);
      var left = Math.max(Number(place.dataset.left) - gone, 0);
      var text = Math.floor(left / 60) + ":" + String(left % 60).padStart(2, "0");
      if (place.textContent !== text) place.textContent = text;
    });
  }
  setInterval(tick, 250);
})();
