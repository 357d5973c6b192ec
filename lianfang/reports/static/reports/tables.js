/* A file dropped on the frame is sent at once; a press on another possibility puts it into the field. */
(function () {
  "use strict";

  var zone = document.querySelector("[data-drop-zone]");

  function isFile(event) {
    return event.dataTransfer && Array.prototype.indexOf.call(event.dataTransfer.types, "Files") !== -1;
  }

  if (zone) {
    ["dragenter", "dragover"].forEach(function (name) {
      zone.addEventListener(name, function (event) {
        if (!isFile(event)) return;
        event.preventDefault();
        zone.classList.add("is-over");
      });
    });
    zone.addEventListener("dragleave", function () { zone.classList.remove("is-over"); });
    zone.addEventListener("drop", function (event) {
      if (!isFile(event)) return;
      event.preventDefault();
      zone.classList.remove("is-over");
      zone.querySelector("input[type=file]").files = event.dataTransfer.files;
      zone.requestSubmit ? zone.requestSubmit() : zone.submit();
    });
  }

  document.addEventListener("click", function (event) {
    var button = event.target.closest ? event.target.closest("[data-say]") : null;
    if (!button) return;
    var field = document.querySelector('input[name="' + button.dataset.say + '"]');
    var before = field.value;
    field.value = button.textContent;
    if (before) button.textContent = before;
    else button.remove();
    field.focus();
  });
})();
