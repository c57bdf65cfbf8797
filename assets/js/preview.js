// The contrast handles of a preview: moving them changes the pictures and the page's own address.

const pause = 120; // milliseconds after the last move
let timer;

// wish is what the form asks for, as its own address would have it.
function wish(form) {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form)) query.append(name, value);
  return query;
}

function draw(form) {
  const query = wish(form);
  for (const image of form.closest("[data-preview]").querySelectorAll("img")) {
    const address = new URL(image.src);
    const own = new URLSearchParams(query);
    own.set("plane", address.searchParams.get("plane"));
    address.search = own;
    if (image.src !== address.href) image.src = address;
  }
  history.replaceState(history.state, "", `?${query}`);
}

document.addEventListener("input", (event) => {
  const form = event.target.closest("[data-preview] form");
  if (!form) return;
  const field = event.target;
  if (field.type === "range") field.nextElementSibling.value = Number(Number(field.value).toPrecision(4));
  clearTimeout(timer);
  timer = setTimeout(draw, pause, form);
});
