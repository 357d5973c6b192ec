/* Rows of a pasted block or of a sheet that came back which are nobody's yet (templates/intake/entry.html). They stay
   until they are placed or dismissed; the first button of each places it, so that Enter never throws one away. */
window.lianfangUnplaced = function (host) {
  "use strict";

  const draft = host.draft, doors = host.doors, words = host.words;
  const list = host.place.querySelector("[data-kept]");
  const MOST_SHOWN = 60;

  function button(text, act) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "btn sm";
    made.textContent = text;
    made.addEventListener("click", act);
    return made;
  }

  function show() {
    list.textContent = "";
    draft.kept.slice(0, MOST_SHOWN).forEach(function (row, index) { list.appendChild(item(row, index)); });
    if (draft.kept.length > 3) list.appendChild(document.createElement("li")).appendChild(button(words.none, dropAll));
    host.place.hidden = !draft.kept.length;
    host.counted();
  }

  function item(row, index) {
    const made = document.createElement("li");
    const what = made.appendChild(document.createElement("p"));
    const said = what.appendChild(document.createElement("b"));
    said.textContent = row.cells.filter(Boolean).join(" · ");
    const why = what.appendChild(document.createElement("span"));
    why.className = "t-late";
    why.textContent = " " + row.detail + words.stop;
    const remedy = what.appendChild(document.createElement("span"));
    remedy.className = "mut";
    remedy.textContent = row.remedy;
    const acts = made.appendChild(document.createElement("p"));
    row.candidates.slice(0, 6).forEach(function (each) {
      const door = doors.get(String(each[0]));
      if (!door) return;
      const member = door.rows.filter(function (one) { return one.who === each[1]; })[0];
      const text = member ? words.place + " " + door.where + " " + member.name : row.name ? door.where + " " + words.as_new : words.place + " " + door.where;
      acts.appendChild(button(text, function () { place(index, door, member ? member.who : ""); }));
    });
    if (row.joins !== false && !row.candidates.some(function (each) { return each[1] === ""; })) {
      acts.appendChild(button(row.name ? words.as_new + "…" : words.to_door, function () { ask(index, acts); }));
    }
    acts.appendChild(button(words.dismiss, function () { drop(index); }));
    return made;
  }

  function without(index) {
    const before = draft.kept;
    draft.kept = before.filter(function (_, other) { return other !== index; });
    return before;
  }

  function drop(index) {
    host.change([], without(index));
    show();
    onward();
  }

  function dropAll() {
    const before = draft.kept;
    draft.kept = [];
    host.change([], before);
    show();
    host.back();
  }

  /* Of no listed door: which one is typed, as it is called in the sheet. */
  function ask(index, acts) {
    const field = document.createElement("input");
    field.className = "in short";
    field.setAttribute("aria-label", words.which);
    field.placeholder = words.which;
    field.setAttribute("list", "doors-of-sheet");
    field.addEventListener("keydown", function (event) {
      if (event.key !== "Enter") return;
      event.preventDefault();
      const door = host.sheet.doors.filter(function (each) { return each.where === field.value.trim(); })[0];
      field.setAttribute("aria-invalid", door ? "false" : "true");
      if (door) place(index, door, "");
    });
    acts.insertBefore(field, acts.firstChild);
    field.focus();
  }

  function place(index, door, who) {
    const row = draft.kept[index];
    let target = who;
    if (!target && !row.name && door.rows.length) {
      target = door.rows[0].who;  // of the whole door: it stands in its first row
    } else if (!target) {
      let number = 1;
      while (host.read(door.id, "n" + number, "name")) number += 1;
      target = "n" + number;
    }
    const changes = Object.keys(row.texts).filter(function (key) {
      return host.columns.some(function (column) { return column.key === key && (target[0] === "n" || column.about !== "who" && column.about !== "new"); });
    }).map(function (key) {
      const column = host.columns.filter(function (each) { return each.key === key; })[0];
      return [door.id, column.about === "door" ? "" : target, key, row.texts[key], false];
    });
    if (row.name && target[0] === "n") changes.push([door.id, target, "name", row.name, false]);
    host.change(changes, without(index));
    show();
    onward();
  }

  function onward() {
    const first = list.querySelector("button");
    if (first) first.focus(); else host.back();
  }

  return { show: show, focus: onward };
};
