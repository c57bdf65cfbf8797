// One-letter keys, and the dialog that explains them. They can be switched off there, because
// people who speak to their computer would press them by accident.

const store = "ngportal.keys";

const off = () => {
  try {
    return localStorage.getItem(store) === "off";
  } catch {
    return false; // storage may be forbidden
  }
};

const rows = () => [...document.querySelectorAll("#rows tr:not([hidden])")];
const here = () => document.activeElement?.closest?.("#rows tr");

function step(by) {
  const all = rows();
  if (all.length === 0) return;
  const at = all.indexOf(here());
  const row = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1)];
  row.tabIndex = -1;
  row.focus();
}

const dialog = () => document.getElementById("keys");

const actions = {
  "/": () => document.getElementById("filter")?.focus(),
  j: () => step(1),
  k: () => step(-1),
  x: () => here()?.querySelector("input[name=asset]")?.click(),
  o: () => here()?.querySelector("th a")?.click(),
  a: () => document.getElementById("ticks")?.requestSubmit(),
  t: () => document.querySelector("#tray a")?.click(),
  "?": () => dialog()?.showModal(),
};

const typing = (target) =>
  target.isContentEditable || target.closest("textarea, select, dialog[open], input:not([type=checkbox])");

// leave empties the filter, shows all rows again and goes back to the keys.
function leave(field) {
  field.value = "";
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.blur();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
  if (event.key === "Escape" && event.target.id === "filter") return leave(event.target);
  if (typing(event.target)) return;
  if (event.key === "Enter" && event.target.matches("#rows tr")) return actions.o();
  const action = actions[event.key];
  if (!action || (off() && event.key !== "?")) return;
  event.preventDefault();
  action();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-keys]")) dialog()?.showModal();
});

document.addEventListener("change", (event) => {
  if (event.target.id !== "keys-on") return;
  try {
    localStorage.setItem(store, event.target.checked ? "on" : "off");
  } catch {
    // Without storage the choice cannot be kept.
  }
});

const box = document.getElementById("keys-on");
if (box) box.checked = !off();
