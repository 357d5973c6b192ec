/* Codes of a phone read by this computer's camera, one after the other (templates/sync/handover.html). What was read
   stands in the box as text, so that nothing is lost when the camera stops. */
(function () {
  "use strict";

  const form = document.querySelector("[data-handover]");
  if (!form) return;
  const video = form.querySelector("video"), said = form.querySelector("[data-said]");
  const box = form.querySelector("textarea"), start = form.querySelector("[data-camera]");
  const FRAME = /LF[01]\.([A-Z0-9]{4})\.([0-9]{1,4})\.([0-9]{1,4})\.[A-Za-z0-9_-]+/g;
  const EVERY = 120; // milliseconds: a phone shows each code for longer
  const canvas = document.createElement("canvas"), pen = canvas.getContext("2d");

  function words(text, values) {
    return text.replace(/\{(\w+)\}/g, function (_, name) { return values[name]; });
  }

  function progress() {
    const series = {};
    let found;
    FRAME.lastIndex = 0;
    while ((found = FRAME.exec(box.value))) {
      const one = series[found[1]] || (series[found[1]] = { count: Math.min(Number(found[3]), 2000), got: {} });
      one.got[Number(found[2])] = true;
    }
    said.textContent = Object.keys(series).map(function (name) {
      const one = series[name], missing = [];
      for (let number = 1; number <= one.count; number++) if (!one.got[number]) missing.push(number);
      const parts = [name + "：" + words(form.dataset.progress, { got: one.count - missing.length, count: one.count })];
      parts.push(missing.length ? words(form.dataset.missing, { missing: missing.slice(0, 12).join("、") }) : form.dataset.whole);
      return parts.join("，");
    }).join("\n");
  }

  function look() {
    if (video.readyState >= 2 && video.videoWidth) {
      canvas.width = video.videoWidth;
      canvas.height = video.videoHeight;
      pen.drawImage(video, 0, 0);
      const seen = window.jsQR(pen.getImageData(0, 0, canvas.width, canvas.height).data, canvas.width, canvas.height);
      FRAME.lastIndex = 0;
      if (seen && FRAME.test(seen.data) && box.value.indexOf(seen.data) < 0) {
        box.value += (box.value && !box.value.endsWith("\n") ? "\n" : "") + seen.data + "\n";
        progress();
      }
    }
    window.setTimeout(look, EVERY);
  }

  start.addEventListener("click", function () {
    navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } }).then(function (stream) {
      video.srcObject = stream;
      video.hidden = false;
      start.hidden = true;
      said.textContent = form.dataset.reading;
      return video.play().then(look);
    }).catch(function () { said.textContent = form.dataset.none; });
  });
  start.hidden = !(navigator.mediaDevices && navigator.mediaDevices.getUserMedia && window.jsQR);
  box.addEventListener("input", progress);
  progress();
})();
