// The frame's own network switch. The phone app asks whether the page around it has cut it off (phone/src/sync/network.ts);
// both pages come from the same server, so one may ask the other.
(() => {
  "use strict";
  const desk = document.getElementById("desk");
  const phone = document.getElementById("phone");
  const network = document.getElementById("network");
  const told = document.getElementById("told");
  const around = document.querySelector(".beside-frame");
  window.lianfangNetworkIsCut = false;

  const invite = async () => {
    const answer = await fetch(around.dataset.invitation, {
      method: "POST",
      headers: { "X-CSRFToken": document.querySelector("meta[name=csrf-token]").content },
    });
    return answer.ok ? (await answer.json()).code : "";
  };

  const start = async () => {
    const isKnown = localStorage.getItem("lianfang-demo-phone") === "enrolled";
    const code = isKnown ? "" : await invite();
    phone.src = around.dataset.app + (code ? `#i=${code}` : "");
    told.textContent = told.dataset.first;
  };

  network.addEventListener("click", () => {
    window.lianfangNetworkIsCut = !window.lianfangNetworkIsCut;
    const isCut = window.lianfangNetworkIsCut;
    network.textContent = isCut ? network.dataset.join : network.dataset.cut;
    network.setAttribute("aria-pressed", String(isCut));
    told.textContent = isCut ? told.dataset.cut : told.dataset.joined;
    phone.contentWindow.dispatchEvent(new Event(isCut ? "offline" : "online"));
  });

  // Closed and opened again: nothing of the running page is left.
  document.getElementById("reopen").addEventListener("click", () => {
    phone.src = "about:blank";
    phone.addEventListener("load", () => { phone.src = around.dataset.app; }, { once: true });
  });

  // The app says when a receipt has come: the desk beside it is read again, where it stands.
  window.addEventListener("message", (event) => {
    if (event.origin !== location.origin || !event.data) return;
    if (event.data.lianfang === "enrolled") localStorage.setItem("lianfang-demo-phone", "enrolled");
    if (event.data.lianfang === "receipts") desk.contentWindow.location.reload();
  });

  start();
})();
