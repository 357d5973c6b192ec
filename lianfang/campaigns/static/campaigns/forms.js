/* Ctrl+Enter presses the button of the section, or the main one of the form: making a form needs no mouse. */
(function () {
  "use strict";
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    var form = event.target.closest && event.target.closest("form[data-keys]");
    var section = form && form.dataset.keys === "section" && event.target.closest("section");
    var main = form && ((section && section.querySelector("button")) || form.querySelector("button.pri"));
    if (!main) return;
    event.preventDefault();
    main.click();
  });
})();
