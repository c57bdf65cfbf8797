// The tray page: what is chosen acts at once, and what was undone is said.

const say = (detail) => document.dispatchEvent(new CustomEvent("say", { detail }));

const pause = 500; // after the last change, in milliseconds
let timer;
let pending; // the form that has been changed and not yet sent

function send() {
  clearTimeout(timer);
  const form = pending;
  pending = undefined;
  if (form?.isConnected && form.checkValidity()) form.requestSubmit();
}

document.addEventListener("change", (event) => {
  const form = event.target.closest?.("form[data-each-change]");
  if (!form) return;
  if (pending && pending !== form) keep(pending);
  pending = form;
  clearTimeout(timer);
  timer = setTimeout(send, pause);
});

// keep sends a form without showing what comes of it.
const keep = (form) =>
  form.isConnected && form.checkValidity()
    ? fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual" }).catch(() => {})
    : Promise.resolve();

// Another form is sent after what has been changed before: nothing that was entered is lost.
document.addEventListener("submit", async (event) => {
  const before = pending;
  clearTimeout(timer);
  pending = undefined;
  if (!before || before === event.target) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const { target, submitter } = event;
  await keep(before);
  target.requestSubmit(submitter);
}, true);

let said = "";
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (button?.id === "undo") said = `Undone: ${button.querySelector("bdi").textContent.trim()}.`;
  if (button?.id === "redo") said = `Done again: ${button.querySelector("bdi").textContent.trim()}.`;
});

document.addEventListener("htmx:afterSettle", () => {
  if (said) say(said);
  said = "";
  // What was pressed has gone, as an offer does that was taken: the keyboard goes on at the top of the tray.
  if (document.activeElement === document.body) document.querySelector("main.trays #undo")?.focus();
});
