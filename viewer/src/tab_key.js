// The Tab key's way: all of the page can be reached without a mouse.

/**
 * Lets Tab lead from the picture, which Neuroglancer gives the focus by itself, to the first button in
 * alert, if there is one; and out of the fields of the position, which Neuroglancer would not let it leave.
 */
export function freeTab(alert) {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Tab" || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target.closest(".neuroglancer-position-widget")) {
      event.stopPropagation(); // on its way down: Neuroglancer does not hear of it, the browser does its part
      return;
    }
    const first = alert.querySelector("a, button");
    const onPicture = document.activeElement.tabIndex < 0;
    if (first === null || event.shiftKey || !onPicture) return;
    first.focus();
    event.preventDefault();
  }, true);
}
