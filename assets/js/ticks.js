// Tick boxes of a folder: ranges with shift, all on the page, how many, and what happens after
// they have been added to the tray.

const say = (detail) => document.dispatchEvent(new CustomEvent("say", { detail }));

const boxes = () => [...document.querySelectorAll("#ticks input[name=asset]")];
const shown = (box) => !box.closest("tr").hidden;
const plural = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`;

let last; // the box ticked before, where a range begins

function count() {
  const all = boxes();
  const ticked = all.filter((box) => box.checked);
  const hidden = ticked.filter((box) => !shown(box)).length;
  const output = document.getElementById("ticked");
  if (output) {
    output.dataset.hint ??= output.textContent;
    output.textContent = ticked.length ? `${ticked.length} ticked` : output.dataset.hint;
    if (hidden) output.textContent += `, ${hidden} of them hidden by the filter`;
    output.closest(".bar").classList.toggle("busy", ticked.length > 0);
  }
  const every = document.querySelector("[data-tick-all]");
  if (every) {
    const visible = all.filter(shown);
    const on = visible.filter((box) => box.checked).length;
    every.checked = on > 0 && on === visible.length;
    every.indeterminate = on > 0 && on < visible.length;
  }
}

function range(from, to) {
  const visible = boxes().filter(shown);
  const [a, b] = [visible.indexOf(from), visible.indexOf(to)].sort((x, y) => x - y);
  if (a < 0) return;
  for (const box of visible.slice(a, b + 1)) box.checked = to.checked;
}

document.addEventListener("click", (event) => {
  const box = event.target;
  if (!box.matches?.("#ticks input[name=asset]")) return;
  if (event.shiftKey && last && last !== box) range(last, box);
  last = box;
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-tick-all]")) {
    for (const box of boxes().filter(shown)) box.checked = event.target.checked;
  }
  if (event.target.closest("#ticks")) count();
});

document.addEventListener("filtered", count);
document.addEventListener("htmx:afterSettle", count);
window.addEventListener("pageshow", count); // a browser may bring ticks back

document.addEventListener("submit", (event) => {
  if (event.target.id !== "ticks" || boxes().some((box) => box.checked)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  say("Nothing is ticked yet: tick one or more assets, then add them.");
}, true);

// The server has answered with the new tray: the ticks have done their work. (htmx calls every
// answer a success, as we let it show error pages.)
document.addEventListener("htmx:afterRequest", (event) => {
  const { requestConfig, xhr } = event.detail;
  if (requestConfig.elt.id !== "ticks" || xhr.status !== 200) return;
  const added = boxes().filter((box) => box.checked);
  for (const box of added) {
    box.checked = false;
    mark(box.closest("tr"));
  }
  count();
  say(document.getElementById("tray")?.dataset.said || `${plural(added.length, "asset")} added to the tray.`);
});

function mark(row) {
  const name = row.querySelector("th");
  if (name.querySelector(".badge")) return;
  const badge = document.createElement("span");
  badge.className = "badge";
  badge.textContent = "in tray";
  name.append(badge);
}

count();
