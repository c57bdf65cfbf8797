// Hides the rows of a folder whose names do not hold what is typed. Enter asks the server, which
// knows the whole folder.

const fold = (text) => text.normalize("NFC").toLowerCase();

function apply(field) {
  const wanted = fold(field.value.trim());
  const rows = [...document.querySelectorAll("#rows tr")];
  let shown = 0;
  for (const row of rows) {
    row.hidden = wanted !== "" && !fold(row.querySelector("bdi").textContent).includes(wanted);
    if (!row.hidden) shown++;
  }
  const note = document.getElementById("shown");
  note.textContent = wanted === "" ? "" : `${shown} of ${rows.length} on this page. Enter: all names in the folder that begin so.`;
  document.dispatchEvent(new CustomEvent("filtered"));
}

document.addEventListener("input", (event) => {
  if (event.target.id === "filter") apply(event.target);
});
