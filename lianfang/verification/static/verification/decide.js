/* Keys of deciding: 1 to 3 this one, 0 none of them, J and K on and back. Without it the buttons work. */
(function () {
  "use strict";

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.target.matches("input[type=text], input[type=search], textarea, select")) return;
    var key = event.key.toLowerCase();
    if (!/^[0-3jk]$/.test(key)) return;
    var target = document.querySelector('[data-hot="' + key + '"], [data-step="' + key + '"]');
    if (!target) return;
    event.preventDefault();
    target.click();
  });
})();
