/* The clerk's sheet. Its state is texts by door, person and column; what a text means is read by the server, which
   answers each save of the draft with the faults and with the texts as it understood them. One input stands in the
   chosen cell and has the focus, so that typing, an input method's too, begins at once. */
(function () {
  "use strict";

  const root = document.querySelector("[data-entry]");
  if (!root) return;
  const sheet = JSON.parse(document.getElementById("sheet").textContent);
  const words = sheet.words;
  const table = root.querySelector("table");
  const frame = root.querySelector("[data-frame]");
  const line = root.querySelector("[data-status]");
  const told = root.querySelector("[data-told]");
  const box = document.createElement("input");
  box.className = "cell-box";
  box.autocomplete = "off";
  box.spellcheck = false;

  const FIXED = [{ key: "door", fixed: true }, { key: "name", about: "who" }, { key: "relation", about: "who" }];
  const columns = FIXED.concat(sheet.columns);
  const doors = new Map(sheet.doors.map(function (door) { return [String(door.id), door]; }));
  const draft = { at: "", worker: "", channel: "door", doors: {}, kept: [] };
  Object.assign(draft, sheet.draft);
  const readings = {};      // door → what the server made of it
  const outcomes = new Set(sheet.outcomes);
  let rows = [];            // as they stand on the page: { door, who, first, isNew, node }
  let at = { r: 0, c: 3 };
  let home = -1;            // the column from which Tab went right: Enter comes back to it, a row down
  let editing = "";         // "" moving about, "typed" overwriting, "open" with F2
  let past = [];            // steps that can be undone
  let seenFault = -1;       // where F8 led: mending it moves the cursor on, and the next is looked for from here
  let version = sheet.version;

  /* ---------- texts ---------- */
  function fill(template, values) {
    return template.replace(/%\((\w+)\)s/g, function (_, key) { return values[key]; });
  }

  function newId() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    const hex = Array.from(bytes, function (byte) { return byte.toString(16).padStart(2, "0"); }).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  }

  function kept(id) {
    if (!draft.doors[id]) draft.doors[id] = { op: newId(), cells: {}, same: {} };
    return draft.doors[id];
  }

  function read(id, who, key) {
    const door = draft.doors[id];
    return (door && door.cells[who] && door.cells[who][key]) || "";
  }

  function isSame(id, who, key) {
    const door = draft.doors[id];
    return Boolean(door && door.same[who] && door.same[who].indexOf(key) >= 0);
  }

  function write(id, who, key, text, same) {
    const door = kept(id);
    const cells = door.cells[who] = door.cells[who] || {};
    if (text) cells[key] = text; else delete cells[key];
    const others = (door.same[who] || []).filter(function (each) { return each !== key; });
    door.same[who] = same && text ? others.concat(key) : others;
    const listed = doors.get(String(id));
    if (listed) listed.changed = ++clock; else ++clock;  // of another part of the village: kept with this draft
  }

  function hasText(id) {
    const door = draft.doors[id];
    return Boolean(door) && Object.keys(door.cells).some(function (who) { return Object.keys(door.cells[who]).length; });
  }

  /* One step: all its cells are undone together. Each change is [door, who, column, text, whether by 同上轮]. */
  function change(changes, keptBefore) {
    const step = { cells: [], kept: keptBefore };
    changes.forEach(function (each) {
      const id = String(each[0]);
      if (doors.has(id) && doors.get(id).filed) return;
      step.cells.push([id, each[1], each[2], read(id, each[1], each[2]), isSame(id, each[1], each[2])]);
      write(id, each[1], each[2], each[3], each[4]);
    });
    if (!step.cells.length && !keptBefore) return;
    past.push(step);
    shown(step.cells);
    later();
  }

  function undo() {
    const step = past.pop();
    if (!step) return;
    step.cells.slice().reverse().forEach(function (each) { write.apply(null, each); });
    if (step.kept) { draft.kept = step.kept; unplaced.show(); }
    shown(step.cells);
    later();
    say(words.undone);
  }

  function shown(cells) {
    const ids = new Set(cells.map(function (each) { return String(each[0]); }));
    const there = new Set();
    rows.forEach(function (row) { there.add(row.door.id + "."); there.add(row.door.id + "." + row.who); });
    const lacking = cells.some(function (each) { return doors.has(String(each[0])) && !there.has(each[0] + "." + each[1]); });
    if (lacking) build();
    else rows.forEach(function (row) { if (ids.has(String(row.door.id))) paintRow(row); });
  }

  /* ---------- which cells there are ---------- */
  function whose(row, column) { return column.about === "door" ? "" : row.who; }

  function isShut(row, column) {
    if (column.fixed) return true;
    if (row.door.filed) return true;
    if (column.about === "who" || column.about === "new") return !row.isNew;
    if (column.about === "door" && !row.first) return true;
    if (column.key.indexOf("q_") !== 0) return false;
    const who = whose(row, column);
    const asked = row.door.asked[row.isNew && who ? "n" : who] || [];
    const reading = readings[row.door.id];
    if (reading && !read(row.door.id, who, column.key) && has(reading.shut, who, column.key)) return true;
    return asked.indexOf(column.key) < 0 && !knownOf(row, column) && !read(row.door.id, who, column.key);
  }

  function has(pairs, who, key) {
    return (pairs || []).some(function (each) { return each[0] === who && each[1] === key; });
  }

  /* Nothing to type: Enter and Tab pass it by. Where somebody is, is asked only of who is away. */
  function isPassed(row, column) {
    if (isShut(row, column)) return true;
    if (column.key === "place" || column.key === "back") {
      const presence = read(row.door.id, row.who, "presence");
      return !read(row.door.id, row.who, column.key) && presence.indexOf("外") < 0 && presence !== "3";
    }
    return column.about === "new" || column.key === "relation" ? !row.isNew : false;
  }

  function knownOf(row, column) {
    const of = row.door.known[whose(row, column)];
    return (of && of[column.key]) || "";
  }

  function faultOf(row, column) {
    const reading = readings[row.door.id];
    if (!reading || column.about === "door" && !row.first) return null;
    const who = whose(row, column);
    return reading.faults.filter(function (fault) {
      const isHere = fault[1] === column.key && fault[0] === who;
      return isHere || (column.key === "presence" && row.first && fault[0] === "" && fault[1] === "presence");
    })[0] || null;
  }

  /* ---------- the page ---------- */
  function build() {
    const chosen = rows[at.r];
    const body = document.createElement("tbody");
    const hasNew = Object.keys(draft.doors).some(function (id) {
      return Object.keys(draft.doors[id].cells).some(function (who) { return who[0] === "n"; });
    }) || sheet.doors.some(function (door) { return isShown(door) && !door.rows.length; });
    table.classList.toggle("has-new", hasNew);
    rows = [];
    sheet.doors.filter(isShown).forEach(function (door) {
      const known = door.rows.map(function (each) { return each.who; });
      const fresh = Object.keys((draft.doors[door.id] || { cells: {} }).cells).filter(function (who) {
        return who[0] === "n" && known.indexOf(who) < 0;
      }).concat(door.fresh || []);
      if (!known.length && !fresh.length) fresh.push("n1");
      const all = door.rows.concat(Array.from(new Set(fresh)).map(function (who) { return { who: who, isNew: true, name: "", relation: "" }; }));
      all.forEach(function (each, index) {
        const row = { door: door, who: each.who, isNew: Boolean(each.isNew), first: index === 0, name: each.name, relation: each.relation, out: each.out };
        row.node = document.createElement("tr");
        columns.forEach(function (column, c) {
          const cell = document.createElement(c ? "td" : "th");
          cell.className = "w-" + (column.width || column.key) + (column.about === "new" ? " of-new" : "");
          row.node.appendChild(cell);
        });
        row.node.classList.toggle("first", row.first);
        row.at = rows.length;
        rows.push(row);
        paintRow(row);
        body.appendChild(row.node);
      });
    });
    const old = table.tBodies[0];
    if (old) table.replaceChild(body, old); else table.appendChild(body);
    const again = chosen ? rows.findIndex(function (row) { return row.door === chosen.door && row.who === chosen.who; }) : -1;
    go(again >= 0 ? again : Math.min(at.r, rows.length - 1), at.c);
    root.classList.toggle("is-empty", !rows.length);
  }

  function isShown(door) {
    return sheet.show === "all" || door.state === "open" || door.state === "not_met" || hasText(door.id) || door.filed;
  }

  function paintRow(row) {
    columns.forEach(function (column, c) { paint(row, column, row.node.children[c]); });
    row.node.classList.toggle("filed", Boolean(row.door.filed));
    row.node.classList.toggle("out", Boolean(row.out));
    row.node.classList.toggle("held", Boolean(row.door.heldFor));
  }

  function paint(row, column, cell) {
    const id = row.door.id;
    const who = whose(row, column);
    let text = column.fixed || (column.about === "door" && !row.first) ? "" : read(id, who, column.key);
    let pale = "";
    if (column.key === "door") text = row.first ? row.door.where : "";
    else if (column.about === "who" && !row.isNew) text = column.key === "name" ? row.name : row.relation;
    else if (!text && (column.about !== "door" || row.first)) pale = knownOf(row, column);
    const fault = faultOf(row, column);
    const shut = isShut(row, column);
    const reading = readings[id];
    const lacks = Boolean(reading) && !text && !shut && has(reading.lacking, who, column.key);
    const words_ = text || pale;
    const node = cell.firstChild === box ? cell.childNodes[1] : cell.firstChild;
    if (node) node.nodeValue = words_; else cell.appendChild(document.createTextNode(words_));
    cell.classList.toggle("bad", Boolean(fault));
    cell.classList.toggle("shut", shut && !column.fixed && column.about !== "who");
    cell.classList.toggle("pale", !text && Boolean(pale));
    cell.classList.toggle("same", isSame(id, who, column.key));
    cell.classList.toggle("lacks", lacks);
    if (column.key === "door" && row.first) {
      cell.dataset.mark = row.door.filed ? "✓" : row.door.heldFor ? "Ⅱ" : reading && reading.faults.length ? "!" : draft.doors[id] && draft.doors[id].corrects ? "↻" : "";
    }
  }

  /* ---------- where one is ---------- */
  function go(r, c) {
    if (!rows.length) return;
    const before = rows[at.r] && rows[at.r].node.children[at.c];
    if (before) before.classList.remove("here");
    if (rows[at.r]) rows[at.r].node.classList.remove("on");
    at = { r: Math.max(0, Math.min(r, rows.length - 1)), c: Math.max(0, Math.min(c, columns.length - 1)) };
    const row = rows[at.r];
    const cell = row.node.children[at.c];
    row.node.classList.add("on");
    cell.classList.add("here");
    cell.insertBefore(box, cell.firstChild);
    close();
    box.readOnly = isShut(row, columns[at.c]);  // so that no input method begins there
    box.setAttribute("aria-label", [row.door.where, row.name, heads[at.c], cell.textContent].join(" "));
    box.focus({ preventScroll: true });
    reveal(cell);
    tell();
  }

  /* The head and the first two columns stay in sight and would cover the cell. */
  function reveal(cell) {
    const top = table.tHead.offsetHeight;
    const left = at.c > 1 ? rows[at.r].node.children[0].offsetWidth + rows[at.r].node.children[1].offsetWidth : 0;
    const place = { top: cell.offsetTop, left: cell.offsetLeft, height: cell.offsetHeight, width: cell.offsetWidth };
    if (place.top - top < frame.scrollTop) frame.scrollTop = place.top - top;
    if (place.top + place.height > frame.scrollTop + frame.clientHeight) frame.scrollTop = place.top + place.height - frame.clientHeight;
    if (place.left - left < frame.scrollLeft) frame.scrollLeft = place.left - left;
    if (place.left + place.width > frame.scrollLeft + frame.clientWidth) frame.scrollLeft = place.left + place.width - frame.clientWidth;
  }

  function down(by) {
    let r = at.r;
    do { r += by; } while (rows[r] && isShut(rows[r], columns[at.c]) && !columns[at.c].fixed && columns[at.c].about !== "who");
    if (rows[r]) go(r, at.c);
  }

  function goHome() {
    const c = home;
    home = -1;
    go(at.r, c);
  }

  function across(by) {
    let r = at.r, c = at.c;
    for (;;) {
      c += by;
      if (c < 0 || c >= columns.length) { r += by; c = by > 0 ? 0 : columns.length - 1; }
      if (!rows[r]) return false;
      if (!isPassed(rows[r], columns[c])) { go(r, c); return true; }
    }
  }

  function nextDoor() {
    const id = rows[at.r].door;
    const r = rows.findIndex(function (row, index) { return index > at.r && row.door !== id && !row.door.filed; });
    if (r >= 0) go(r, at.c);
  }

  /* ---------- typing ---------- */
  function close() {
    editing = "";
    box.value = "";
    box.classList.remove("open");
  }

  function open(how, text) {
    const row = rows[at.r], column = columns[at.c];
    if (isShut(row, column)) { box.value = ""; say(words.shut); return false; }
    editing = how;
    if (text !== undefined) box.value = text;
    box.classList.add("open");
    return true;
  }

  function commit() {
    if (!editing) return;
    const row = rows[at.r], column = columns[at.c];
    const typed = box.value.trim();
    const text = spelled(column, typed);
    close();
    if (typed === "=" || typed === "＝") { same(row, column); return; }
    if (text !== read(row.door.id, whose(row, column), column.key)) put(text);
  }

  /* Keys stand for words only where they are typed: in a pasted table a 2 may be anybody's code. */
  function spelled(column, typed) {
    const keys = column.keys || {};
    if (keys[typed]) return keys[typed];
    const each = column.many && typed.length > 1 ? typed.split("") : [];
    return each.length && each.every(function (key) { return keys[key]; }) ? each.map(function (key) { return keys[key]; }).join("、") : typed;
  }

  function put(text) {
    const row = rows[at.r], column = columns[at.c];
    const changes = [[row.door.id, whose(row, column), column.key, text, false]];
    // Somebody who was away last round and is back: where they were goes with it.
    if (column.key === "presence") {
      ["place", "back"].forEach(function (key) {
        if (isSame(row.door.id, row.who, key)) changes.push([row.door.id, row.who, key, "", false]);
      });
    }
    change(changes);
  }

  function allHome() {
    const door = rows[at.r].door;
    const changes = door.rows.filter(function (each) { return !each.out || door.rows.length === 1; }).map(function (each) {
      return [door.id, each.who, "presence", sheet.seen, false];
    });
    rows.forEach(function (row) {
      if (row.door === door && row.isNew && read(door.id, row.who, "name")) changes.push([door.id, row.who, "presence", sheet.seen, false]);
    });
    change(changes);
    nextDoor();
  }

  function lastOf(door, who) { return door.last[who] || {}; }

  /* 同上轮 of one person: presence, and every question that is open. Cells that are filled stay. */
  function asLast(door, who) {
    const last = lastOf(door, who);
    const asked = door.asked[who] || [];
    const isKnown = Boolean(door.known[who] && door.known[who].presence);
    return Object.keys(last).filter(function (key) {
      const isAsked = key.indexOf("q_") === 0 ? asked.indexOf(key) >= 0 : !isKnown;
      return isAsked && !read(door.id, who, key);
    }).map(function (key) { return [door.id, who, key, last[key], true]; });
  }

  function same(row, column) {
    const door = row.door;
    let changes;
    if (column.key === "door") {
      changes = [""].concat(door.rows.map(function (each) { return each.who; })).reduce(function (found, who) { return found.concat(asLast(door, who)); }, []);
    } else if (column.key === "name") {
      changes = asLast(door, row.who);
    } else {
      const who = whose(row, column);
      const keys = column.key === "presence" ? ["presence", "place", "back"] : [column.key];
      changes = keys.filter(function (key) { return lastOf(door, who)[key]; }).map(function (key) { return [door.id, who, key, lastOf(door, who)[key], true]; });
    }
    if (!changes.length) { say(words.no_last); return; }
    change(changes);
    if (column.key === "door") nextDoor(); else down(1);
  }

  function addMember() {
    const door = rows[at.r].door;
    if (door.filed) return;
    const taken = rows.filter(function (row) { return row.door === door; }).map(function (row) { return row.who; });
    let number = 1;
    while (taken.indexOf("n" + number) >= 0) number += 1;
    door.fresh = (door.fresh || []).concat("n" + number);
    build();
    table.classList.add("has-new");
    go(rows.findIndex(function (row) { return row.door === door && row.who === "n" + number; }), 1);
  }

  function correct() {
    const row = rows[at.r];
    if (!row.door.visit) return;
    const door = kept(row.door.id);
    door.corrects = door.corrects ? "" : row.door.visit;
    row.door.changed = ++clock;
    shown([[row.door.id, "", ""]]);
    later();
    tell();
  }

  /* A key that is the whole answer is taken at once. */
  function atOnce(key) {
    const row = rows[at.r], column = columns[at.c];
    if (isShut(row, column) && !column.fixed) return false;
    if (column.key === "presence" && (key === "a" || key === "A")) { allHome(); return true; }
    if (key === "=" || (column.key === "presence" && (key === "s" || key === "S"))) {
      same(row, key === "=" ? column : columns[0]);
      return true;
    }
    if (key === "+") { addMember(); return true; }
    const text = column.keys && !column.many && column.keys[key];
    if (!text || isShut(row, column)) return false;
    put(text);
    if (column.key === "presence" && outcomes.has(text)) nextDoor();
    else if (column.key === "presence" && key === "3") { home = at.c; across(1); }
    else { if (home >= 0) goHome(); down(1); }
    return true;
  }

  box.addEventListener("input", function () { if (!editing) open("typed"); });
  box.addEventListener("compositionstart", function () { if (!editing) open("typed"); });
  box.addEventListener("blur", commit);

  const moves = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] };

  box.addEventListener("keydown", function (event) {
    if (event.isComposing || event.keyCode === 229) return;
    const key = event.key;
    if ((event.ctrlKey || event.metaKey) && !event.altKey) {
      if (!withControl(key.toLowerCase())) return;
    } else if (event.altKey) {
      return;
    } else if (key === "Enter") {
      commit();
      if (home >= 0) goHome();
      down(event.shiftKey ? -1 : 1);
    } else if (key === "Tab") {
      commit();
      if (home < 0 && !event.shiftKey) home = at.c;
      if (!across(event.shiftKey ? -1 : 1)) return;
    } else if (key === "Escape") {
      if (editing) close(); else root.querySelector("[data-save]").focus();
    } else if (moves[key] && (editing !== "open" || moves[key][0])) {
      commit();
      home = seenFault = -1;
      if (moves[key][0]) down(moves[key][0]); else go(at.r, at.c + moves[key][1]);
    } else if (key === "PageDown" || key === "PageUp") {
      commit();
      seenFault = -1;
      go(at.r + (key === "PageDown" ? 15 : -15), at.c);
    } else if ((key === "Home" || key === "End") && editing !== "open") {
      commit();
      ends(key);
    } else if (functions[key]) {
      if (key !== "F2") commit();
      functions[key](event.shiftKey);
    } else if (!editing && (key === "Delete" || key === "Backspace")) {
      if (!isShut(rows[at.r], columns[at.c])) put("");
    } else if (!editing && key.length === 1 && atOnce(key)) {
      // taken
    } else {
      return;
    }
    event.preventDefault();
  });

  function ends(key) {
    const row = rows[at.r];
    const open_ = columns.map(function (column, c) { return isPassed(row, column) ? -1 : c; }).filter(function (c) { return c >= 0; });
    if (open_.length) go(at.r, key === "Home" ? open_[0] : open_[open_.length - 1]);
  }

  const functions = {
    F2: function () {
      const row = rows[at.r], column = columns[at.c];
      if (editing) editing = "open";
      else if (open("open", read(row.door.id, whose(row, column), column.key))) box.setSelectionRange(box.value.length, box.value.length);
    },
    F4: function () { root.querySelector("[data-common=at]").focus(); },
    F6: correct,
    F8: function (back) { nextFault(back ? -1 : 1); },
  };

  function withControl(key) {
    if (key === "z" && !editing) undo();
    else if (key === "s") save();
    else if (key === "home" || key === "end") { commit(); go(key === "home" ? 0 : rows.length - 1, 3); }
    else return false;
    return true;
  }

  document.addEventListener("keydown", function (event) {
    if (event.target === box || event.isComposing) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") { event.preventDefault(); save(); }
    else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && event.target.matches("[data-told] button")) { event.preventDefault(); undo(); unplaced.focus(); }
    else if (event.key === "F8") { event.preventDefault(); nextFault(event.shiftKey ? -1 : 1); }
    else if (event.key === "Escape" && event.target.closest("[data-entry]")) { event.preventDefault(); box.focus(); }
    else if (event.key === "Enter" && event.target.matches("[data-common]")) { event.preventDefault(); box.focus(); }
  });

  table.addEventListener("mousedown", function (event) {
    const cell = event.target.closest("td, th");
    const tr = cell && cell.closest("tbody tr");
    if (!tr || event.target === box && editing) return;
    event.preventDefault();
    commit();
    home = seenFault = -1;
    go(rows.findIndex(function (row) { return row.node === tr; }), Array.prototype.indexOf.call(tr.children, cell));
  });
  table.addEventListener("dblclick", function () { if (!editing) functions.F2(); });

  /* ---------- what is wrong ---------- */
  function nextFault(by) {
    const found = [];
    rows.forEach(function (row, r) {
      columns.forEach(function (column, c) { if (faultOf(row, column)) found.push(r * columns.length + c); });
    });
    const here = seenFault >= 0 ? seenFault : at.r * columns.length + at.c;
    const isBelow = document.activeElement && document.activeElement.closest("[data-kept]");
    const ahead = found.filter(function (place) { return by > 0 ? place > here : place < here; });
    function to(place) {
      go(Math.floor(place / columns.length), place % columns.length);
      seenFault = place;
    }
    if (!isBelow && ahead.length) {
      to(by > 0 ? ahead[0] : ahead[ahead.length - 1]);
    } else if (!isBelow && by > 0 && draft.kept.length) {
      unplaced.focus();
    } else if (found.length) {
      to(found[0]);
    } else if (draft.kept.length) {
      unplaced.focus();
    } else {
      say(words.good);
    }
  }

  function say(text, isBad) {
    line.textContent = text;
    line.classList.toggle("t-late", Boolean(isBad));
  }

  /* The line under the sheet: what is wrong here, else what may be typed, else what is known of the door. */
  function tell() {
    const row = rows[at.r], column = columns[at.c];
    const fault = faultOf(row, column);
    if (fault) { say(fault[2] + words.stop + fault[3], true); return; }
    if (row.door.heldFor) { say(words.held + words.colon + row.door.heldFor, true); return; }
    const door = draft.doors[row.door.id];
    if (door && door.corrects) { say(words.correcting); return; }
    if (row.door.visit && hasText(row.door.id)) { say(words.again); return; }
    const last = lastOf(row.door, whose(row, column))[column.key];
    say([row.door.told, column.hint, last ? fill(words.last, { text: last }) : ""].filter(Boolean).join("　"));
  }

  function showCounts() {
    const ids = Object.keys(readings).filter(function (id) { return hasText(id); });
    const bad = ids.reduce(function (sum, id) { return sum + readings[id].faults.length; }, 0) + draft.kept.length;
    const ready = ids.filter(function (id) { return readings[id].ready; }).length;
    const places = root.querySelector("[data-faults]");
    places.textContent = bad ? fill(words.faults, { count: bad }) : "";
    root.querySelector("[data-ready]").textContent = ready ? fill(words.ready, { count: ready }) : "";
  }

  /* ---------- pasting ---------- */
  box.addEventListener("paste", function (event) {
    const text = event.clipboardData.getData("text/plain");
    const html = event.clipboardData.getData("text/html");
    const isTable = /<t[dh]\b/i.test(html) && (html.match(/<t[dh]\b/gi) || []).length > 1;
    if (!/[\t\n]/.test(text.trim()) && !isTable) {
      if (editing) return;
      event.preventDefault();
      if (!isShut(rows[at.r], columns[at.c])) put(text.trim());
      return;
    }
    event.preventDefault();
    commit();
    const count = text.split("\n").length + 2;
    taken(send("paste", {
      text: text, html: isTable ? html : "",
      cursor: {
        rows: rows.slice(at.r, at.r + count).map(function (row) { return [row.door.id, row.who]; }),
        columns: columns.slice(at.c).map(function (column) { return column.key; }),
      },
    }));
  });

  /* Each a text, or the parts of the village on whose sheets something was written. */
  function note(texts) {
    const list = root.querySelector("[data-notes]");
    list.textContent = "";
    texts.forEach(function (each) {
      const item = list.appendChild(document.createElement("li"));
      if (typeof each === "string") { item.textContent = each; return; }
      item.textContent = words.of_others;
      each.forEach(function (part) {
        item.appendChild(document.createTextNode(" "));
        const link = item.appendChild(document.createElement("a"));
        link.href = part.url;
        link.textContent = part.text;
      });
    });
  }

  function pasted(answer) {
    const before = draft.kept;
    draft.kept = before.concat(answer.kept);
    change(answer.cells, answer.kept.length ? before : undefined);
    unplaced.show();
    note((answer.elsewhere.length ? [answer.elsewhere] : []).concat(answer.told.map(function (each) { return each.detail + words.stop + each.remedy; })));
    const here = answer.cells.filter(function (each) { return doors.has(String(each[0])); });
    const counts = [fill(words.pasted, { count: here.length })];
    if (answer.kept.length) counts.push(fill(words.unread, { count: answer.kept.length }));
    root.querySelector("[data-result]").textContent = counts.join(words.comma);
  }

  /* ---------- a printed sheet that is given back ---------- */
  root.querySelector("[data-returned]").addEventListener("change", function (event) {
    const input = event.target;
    if (!input.files.length) return;
    const body = new FormData();
    body.append("area", sheet.area);
    body.append("sheet", input.files[0]);
    input.value = "";
    commit();
    taken(post("sheet", body, {})).then(function () { box.focus(); });
  });

  /* ---------- talking to the server ---------- */
  let clock = 0, seen = 0, timer = 0, coming = 0, busy = null, insist = false, isSaving = false;

  /* A table on its way to the server: nothing counts as kept before it stands in the sheet and is kept with it. */
  function taken(answer) {
    coming += 1;
    mark(words.saving);
    return answer.then(pasted, refused).finally(function () { coming -= 1; later(); });
  }

  function send(what, more) {
    const body = Object.assign({ area: sheet.area, version: version, force: insist, draft: draft }, more);
    return post(what, JSON.stringify(body), { "Content-Type": "application/json" });
  }

  function post(what, body, headers) {
    const token = document.querySelector('meta[name="csrf-token"]');
    return fetch(sheet.urls[what], {
      method: "POST",
      credentials: "same-origin",
      headers: Object.assign({ "X-CSRFToken": token ? token.content : "", Accept: "application/json" }, headers),
      body: body,
    }).then(function (answer) {
      if (!answer.ok) throw answer;
      return answer.json();
    });
  }

  /* Over what somebody else wrote it goes only by Ctrl+S, once that has been read. */
  function later() {
    clearTimeout(timer);
    timer = insist ? 0 : setTimeout(keep, 300);
    if (insist) mark(words.elsewhere, true);
    else mark(words.saving);
  }

  function keep() {
    clearTimeout(timer);
    timer = 0;
    if (busy) { later(); return busy; }
    const sent = ++clock;
    mark(words.saving);
    busy = send("draft", {}).then(function (answer) {
      busy = null;
      seen = sent;
      insist = false;
      version = answer.version;
      understand(answer, sent);
      if (!timer && !coming) mark(words.kept);
    }, function (answer) {
      busy = null;
      if (answer.status === 409) { insist = true; later(); return; }
      mark(words.lost, true);
      timer = setTimeout(keep, 4000);
    });
    return busy;
  }

  function mark(text, isBad) {
    const node = root.querySelector("[data-kept-state]");
    node.textContent = text;
    node.classList.toggle("t-late", Boolean(isBad));
  }

  /* Faults, and texts as they were understood: only of doors that nobody has typed in since. */
  function understand(answer, sent) {
    const field = root.querySelector("[data-common=at]");
    field.setAttribute("aria-invalid", answer.at_fault ? "true" : "false");
    root.querySelector("[data-at-fault]").textContent = answer.at_fault;
    const stale = new Set();  // doors that look otherwise now
    Object.keys(readings).forEach(function (id) { if (!answer.doors[id]) { delete readings[id]; stale.add(id); } });
    Object.keys(answer.doors).forEach(function (id) {
      const door = doors.get(id), reading = answer.doors[id];
      if (!door || door.changed > sent || JSON.stringify(readings[id]) === JSON.stringify(reading)) return;
      readings[id] = reading;
      stale.add(id);
      Object.keys(reading.shown).forEach(function (who) {
        Object.keys(reading.shown[who]).forEach(function (key) {
          const cells = draft.doors[id].cells[who] = draft.doors[id].cells[who] || {};
          cells[key] = reading.shown[who][key];
        });
      });
    });
    rows.forEach(function (row) { if (stale.has(String(row.door.id))) paintRow(row); });
    showCounts();
    if (!editing) tell();
  }

  /* ---------- saving as visits ---------- */
  function save() {
    if (isSaving) return;
    commit();
    isSaving = true;
    const waiting = keep() || Promise.resolve();
    waiting.then(function () {
      if (insist) return null;
      const ids = Object.keys(draft.doors).filter(function (id) { return doors.has(id) && hasText(id) && !doors.get(id).filed; }).map(Number);
      if (!ids.length) { say(words.nothing); return null; }
      const results = [], owing = [];
      const batches = [];
      for (let start = 0; start < ids.length; start += sheet.batch) batches.push(ids.slice(start, start + sheet.batch));
      return batches.reduce(function (before, batch) {
        return before.then(function () {
          return send("file", { doors: batch, paper: sheet.paper }).then(function (answer) { filed(answer); results.push.apply(results, answer.saved); owing.push.apply(owing, answer.lacks); });
        });
      }, Promise.resolve()).then(function () { summary(results, owing); });
    }).then(function () { isSaving = false; }, function (answer) { isSaving = false; refused(answer); });
  }

  /* What the server says of it, else that it was not reached. */
  function refused(answer) {
    const told = answer && answer.json ? answer.json() : Promise.reject(answer);
    told.then(function (problem) { say(problem.message || words.failed, true); }, function () { say(words.failed, true); });
  }

  function filed(answer) {
    version = answer.version;
    answer.saved.forEach(function (each) {
      const door = doors.get(String(each.door)), was = draft.doors[each.door];
      if (each.status === "filed") {
        door.filed = true;
        door.heldFor = "";
        Object.keys(was.cells).forEach(function (who) { door.known[who] = Object.assign(door.known[who] || {}, was.cells[who]); });
        door.rows = door.rows.concat(Object.keys(was.cells).filter(function (who) { return who[0] === "n"; }).map(function (who) {
          return { who: who, name: was.cells[who].name || "", relation: was.cells[who].relation || "" };
        }));
        delete draft.doors[each.door];
        delete readings[each.door];
      } else if (each.status === "faults") {
        readings[each.door] = Object.assign(readings[each.door] || { shown: {}, lacking: [] }, { faults: each.faults, ready: false });
      } else {
        // Stored and waiting: the next save of this door puts it right.
        door.heldFor = each.told;
        was.held = each.op;
        was.op = newId();
      }
    });
    Object.keys(answer.states).forEach(function (id) { if (doors.has(id)) doors.get(id).state = answer.states[id]; });
    sheet.owed = answer.owed;
    past = [];
  }

  function summary(results, owing) {
    build();
    seenFault = -1;
    showCounts();
    const count = function (status) { return results.filter(function (each) { return each.status === status; }).length; };
    const done = count("filed"), stays = count("faults");
    const parts = [fill(words.filed, { filed: done, held: results.length - done - stays })];
    if (stays) parts.push(fill(words.stays, { count: stays }));
    parts.push(sheet.owed ? fill(words.open, { count: sheet.owed }) : words.through);
    const tab = document.querySelector("[data-owed-count]");
    if (tab) tab.textContent = String(sheet.owed).replace(/(\d)(?=(\d{3})+$)/g, "$1,");
    root.querySelector("[data-result]").textContent = parts.join(words.comma) + words.stop.trim();
    const held = results.filter(function (each) { return each.told; }).map(function (each) {
      return doors.get(String(each.door)).where + " " + words.held + words.colon + each.told;
    });
    const owes = owing.filter(function (each) { return each[1]; }).map(function (each) { return fill(words.owes, { door: each[0], what: each[1] }); });
    const more = owes.length > 8 ? [fill(words.owes_more, { count: owes.length - 8 })] : [];
    note(held.concat(owes.slice(0, 8), more));
    if (results.length > done + stays) later();  // which operations wait has to be kept
  }

  /* ---------- beginning ---------- */
  const unplaced = window.lianfangUnplaced({
    sheet: sheet, draft: draft, doors: doors, columns: columns, words: words, place: told, read: read,
    change: change, counted: showCounts, back: function () { box.focus(); },
  });
  root.querySelectorAll("[data-common]").forEach(function (field) {
    const name = field.dataset.common;
    if (draft[name]) field.value = draft[name]; else draft[name] = field.value;
    field.addEventListener("change", function () { draft[name] = field.value; later(); });
  });
  root.querySelector("[data-save]").addEventListener("click", save);
  window.addEventListener("beforeunload", function (event) {
    if (busy || clock > seen && hasUnsent()) { event.preventDefault(); event.returnValue = ""; }
  });
  function hasUnsent() { return sheet.doors.some(function (door) { return door.changed > seen; }); }

  const heads = Array.prototype.map.call(table.tHead.rows[0].cells, function (cell) { return cell.textContent.trim(); });
  const at0 = at;
  build();
  unplaced.show();
  const begin = rows.findIndex(function (row) { return !row.door.filed && !hasText(row.door.id); });
  go(begin >= 0 ? begin : 0, at0.c);
  if (Object.keys(draft.doors).length) keep();
  root.classList.add("is-ready");
})();
