// The rest of a list, unfolded in place.
document.addEventListener("click", function (event) {
  const button = event.target.closest("[data-unfold]");
  if (!button) return;
  document.getElementById(button.dataset.unfold).hidden = false;
  button.closest("tbody").hidden = true;
});
