// The one live region of the page. Any script tells the person something with
//   document.dispatchEvent(new CustomEvent("say", {detail: "Copied"}))
// so that scripts need not import each other.

const linger = 5000;
let timer;

document.addEventListener("say", (event) => {
  const toast = document.getElementById("toast");
  if (!toast) return;
  clearTimeout(timer);
  toast.textContent = "";
  // A change in a later frame is announced even when the same words are said twice.
  requestAnimationFrame(() => {
    toast.textContent = event.detail;
  });
  timer = setTimeout(() => {
    toast.textContent = "";
  }, linger);
});
