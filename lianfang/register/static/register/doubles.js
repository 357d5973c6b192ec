/* Keys of the comparison: S one person, D two people, J and K on and back, U takes back. Without it the forms work. */
(function () {
  "use strict";

  var form = document.querySelector("[data-double]");
  var touched = {};

  function press(button) {
    if (button) button.click();
  }

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.target.matches("input[type=text], input[type=search], textarea, select")) return;
    var key = event.key.toLowerCase();
    if (key === "j" || key === "k") press(document.querySelector('[data-step="' + key + '"]'));
    else if (key === "s" || key === "d") press(document.querySelector('[data-hot="' + key + '"]'));
    else if (key === "u") press(document.querySelector("[data-undo] button"));
    else return;
    event.preventDefault();
  });

  if (!form) return;

  /* The other row is to stay: its values are picked with it, but for what it does not say or was chosen by hand. */
  form.addEventListener("change", function (event) {
    if (event.target.name !== "keep") {
      touched[event.target.name] = true;
      return;
    }
    Array.prototype.forEach.call(form.querySelectorAll('input[name^="pick_"][value="' + event.target.value + '"]'), function (pick) {
      var said = pick.parentNode.textContent.trim();
      if (!touched[pick.name] && said !== "—") pick.checked = true;
    });
  });
})();
