// The tray page: what is chosen acts at once, and what was undone is said.

const say = (detail) => document.dispatchEvent(new CustomEvent("say", { detail }));

const pause = 500; // after the last change, in milliseconds
let timer;
let pending; // the form that has been changed and not yet sent
const entered = new Map(); // what is in fields and has not been sent, by their ids

function send() {
  clearTimeout(timer);
  entered.clear();
  const form = pending;
  pending = undefined;
  if (form && ready(form)) form.requestSubmit();
}

// A form that is only half filled in waits for the rest: a position has three numbers, and black is less than white.
const ready = (form) => form.isConnected && form.checkValidity() && [0, 3].includes(position(form)) && ordered(form);

const position = ({ elements }) => ["x", "y", "z"].filter((axis) => elements[axis]?.value).length;

const ordered = ({ elements }) =>
  [...elements].every(({ name, value }) => {
    const white = name.startsWith("low") ? elements[name.replace("low", "high")].value : "";
    return value === "" || white === "" || Number(value) < Number(white);
  });

function soon() {
  clearTimeout(timer);
  if (pending) timer = setTimeout(send, pause);
}

document.addEventListener("change", (event) => {
  const form = event.target.closest?.("form[data-each-change]");
  if (!form || event.target.matches("[data-seek]")) return;
  if (event.target.name === "paint") form.elements.tractcolor.value = "paint"; // who picks a color wants it
  if (pending && pending !== form) keep(pending);
  pending = form;
  soon();
});
document.addEventListener("focusout", soon);

const held = (field) => (field.type === "checkbox" ? "checked" : "value");

document.addEventListener("input", ({ target }) => {
  if (!target.matches("form[data-each-change] [id]")) return;
  if (target.matches("[data-seek]")) return seek(target);
  entered.set(target.id, target[held(target)]);
  if (target.type === "number") clearTimeout(timer); // half a number is not sent
});

// What has been entered while the page was on its way goes on in the new one.
document.addEventListener("htmx:afterSwap", () => {
  for (const [id, value] of entered) {
    const field = document.getElementById(id);
    if (!field || field[held(field)] === value) continue;
    field[held(field)] = value;
    const change = () => field.dispatchEvent(new Event("change", { bubbles: true }));
    if (field.matches("input[type=number]:focus")) field.addEventListener("blur", change, { once: true });
    else change();
  }
  const now = document.activeElement; // as the Tab key leaves a field: what is typed replaces what is there
  if (now?.matches("form[data-each-change] input[type=number]") && !entered.has(now.id)) now.select();
});

// What a list of bundles is searched for stays, and how far it is scrolled, and whether it is open.
const sought = new Map();
const lists = new Map();

function seek(field) {
  const fold = (text) => text.normalize("NFC").toLowerCase();
  const wanted = fold(field.value.trim());
  sought.set(field.id, field.value);
  for (const row of field.closest("fieldset").querySelectorAll("li"))
    row.hidden = !fold(row.querySelector("bdi").textContent).includes(wanted);
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches?.("[data-seek]")) event.preventDefault(); // it sends nothing
});
document.addEventListener("htmx:beforeSwap", () => {
  for (const list of document.querySelectorAll(".bundles")) lists.set(list.id, { open: list.open, top: list.querySelector("ul").scrollTop });
});
document.addEventListener("htmx:afterSwap", () => {
  for (const field of document.querySelectorAll("[data-seek]")) {
    field.value = sought.get(field.id) ?? "";
    seek(field);
  }
  for (const list of document.querySelectorAll(".bundles")) {
    const before = lists.get(list.id);
    if (!before) continue;
    list.open = before.open;
    list.querySelector("ul").scrollTop = before.top;
  }
  lists.clear();
});

// keep sends a form without showing what comes of it.
const keep = (form) =>
  ready(form)
    ? fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual" }).catch(() => {})
    : Promise.resolve();

// Another form is sent after what has been changed before: nothing that was entered is lost.
document.addEventListener("submit", async (event) => {
  const before = pending;
  clearTimeout(timer);
  pending = undefined;
  entered.clear();
  if (!before || before === event.target) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const { target, submitter } = event;
  await keep(before);
  target.requestSubmit(submitter);
}, true);

let said = "";
let moved; // which asset goes up or down
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  moved = button?.name === "to" ? { asset: event.target.elements.asset.value, to: button.value } : undefined;
  if (button?.id === "undo") said = `Undone: ${button.querySelector("bdi").textContent.trim()}.`;
  if (button?.id === "redo") said = `Done again: ${button.querySelector("bdi").textContent.trim()}.`;
});

document.addEventListener("htmx:afterSettle", () => {
  if (said) say(said);
  said = "";
  follow();
  // What was pressed has gone, as an offer does that was taken: the keyboard goes on at the top of the tray.
  if (document.activeElement === document.body) document.querySelector("main.trays #undo")?.focus();
});

// The focus goes with what was moved, not with the place that it had.
function follow() {
  if (!moved) return;
  const form = [...document.querySelectorAll("form[action='/tray/move']")].find((f) => f.elements.asset.value === moved.asset);
  const buttons = [...(form?.querySelectorAll("button:enabled") ?? [])];
  (buttons.find((b) => b.value === moved.to) ?? buttons[0])?.focus();
  moved = undefined;
}
