// Copies the text of a button's data-copy or the one written out beside it, and a link that has just
// been made.

const say = (detail) => document.dispatchEvent(new CustomEvent("say", { detail }));

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyOldWay(text);
  }
}

// copyOldWay serves browsers that keep navigator.clipboard from pages without TLS.
function copyOldWay(text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "vh";
  const before = document.activeElement;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  before?.focus({ preventScroll: true });
  return done;
}

const labels = new WeakMap();

// confirm shows "Copied" in the button for a moment, then what it said before.
function confirm(button) {
  if (labels.has(button)) return;
  labels.set(button, [...button.childNodes]);
  button.classList.add("done");
  button.replaceChildren("Copied");
  setTimeout(() => {
    button.classList.remove("done");
    button.replaceChildren(...labels.get(button));
    labels.delete(button);
  }, 1600);
}

// beside is the text for readers without scripts that belongs to the button: the third button's is the third; or it is the code.
function beside(button) {
  const row = button.parentElement;
  const code = row.querySelector(":scope > pre");
  if (code) return code.textContent;
  const place = [...row.querySelectorAll(":scope > button[data-copy]")].indexOf(button);
  return row.querySelectorAll(":scope > .texts code")[place].textContent;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  const text = button.dataset.copy || beside(button);
  if (await copy(text)) {
    confirm(button);
    say(`Copied: ${text.length > 300 ? `${text.slice(0, 300)} …` : text}`);
  } else {
    say(`The browser does not let this page copy. Select it here: ${text}`);
  }
});

// htmx has put the address of a new link on the page: select it, and copy it if the browser allows.
document.addEventListener("htmx:afterSettle", async () => {
  const address = document.querySelector("#made [data-fresh]");
  if (!address) return;
  delete address.dataset.fresh;
  getSelection().selectAllChildren(address);
  const copied = await navigator.clipboard?.writeText(address.textContent).then(() => true, () => false);
  say(copied ? "Link made and copied." : "Link made. Its address is selected.");
});
