// What htmx needs from us: the tree closes what it opened, failures are told and not swallowed.
// And two small helps: selects that act at once, buttons that obey the middle mouse button.

const say = (detail) => document.dispatchEvent(new CustomEvent("say", { detail }));

// An open branch of the tree is closed without asking the server.
document.addEventListener("htmx:beforeRequest", (event) => {
  const twist = event.detail.elt;
  if (!twist.matches("[data-twist]") || twist.getAttribute("aria-expanded") !== "true") return;
  event.preventDefault();
  twist.setAttribute("aria-expanded", "false");
  twist.closest("li").querySelector("ul")?.remove();
});

document.addEventListener("htmx:afterRequest", (event) => {
  const { requestConfig, xhr } = event.detail;
  const { elt } = requestConfig;
  if (elt.matches("[data-twist]") && xhr.status === 200) elt.setAttribute("aria-expanded", "true");
});

// An answer that is not a success is a whole page. Where only a part was asked for, its words are
// said and nothing is replaced, so that ticks and places are kept.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, requestConfig } = event.detail; // detail.elt is the target here
  if (xhr.status < 400 || !requestConfig.elt.matches("[data-twist], #ticks, [data-part]")) return;
  event.detail.shouldSwap = false;
  const answer = new DOMParser().parseFromString(xhr.responseText, "text/html");
  const words = [...answer.querySelectorAll("main h1, main .what")].map((e) => e.textContent.trim());
  say(words.join(" ") || `That did not work (status ${xhr.status}). Try again.`);
});

for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, () => say("The portal cannot be reached. Check your connection and try again."));
}

// On a narrow screen the tree begins closed.
const narrow = matchMedia("(max-width: 64rem)");
function foldTree() {
  const side = document.querySelector("details.side:not([data-ready])");
  if (!side) return;
  side.open = !narrow.matches;
  side.dataset.ready = "";
}
document.addEventListener("htmx:afterSwap", foldTree);
narrow.addEventListener("change", () => {
  const side = document.querySelector("details.side");
  if (side) side.open = !narrow.matches;
});
foldTree();

document.addEventListener("change", (event) => {
  if (event.target.matches("select[data-at-once]")) event.target.form.requestSubmit();
});

// A middle click on a button that leads to another page opens it in a new tab, as it does on a link.
document.addEventListener("auxclick", (event) => {
  const button = event.target.closest("form[action='/open'] button:not([name])");
  if (event.button !== 1 || !button) return;
  event.preventDefault();
  const { form } = button;
  form.target = "_blank";
  form.requestSubmit(button);
  form.target = "";
});
