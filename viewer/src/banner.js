// The banner that says that access has ended, and the way back to the portal.

const texts = {
  ended: "Your access to this data has ended. What is on the screen stays, but nothing more can be read.",
  unreachable:
    "Your access to this data could not be renewed, because the portal does not answer. " +
    "What is on the screen stays, but nothing more can be read.",
};

/**
 * Makes the banner inside host, an empty element with role="alert". portal is where one signs in;
 * tryAgain() resolves to whether access is back. Returns { show(outcome), hide(), shown() }.
 */
export function makeBanner(host, { portal, tryAgain }) {
  const text = element("p");
  const signIn = element("a", { textContent: "Sign in again", href: portal, target: "_blank", rel: "noopener" });
  const again = element("button", { type: "button", textContent: "Try again" });
  const hide = () => host.replaceChildren();
  again.addEventListener("click", async () => {
    again.disabled = true;
    const back = await tryAgain();
    again.disabled = false;
    if (back) return hide();
    text.textContent = `Still no access at ${new Date().toLocaleTimeString()}. ${text.textContent.replace(/^Still[^.]*\. /, "")}`;
    again.focus(); // disabling took the focus away
  });
  return {
    hide,
    shown: () => host.childElementCount > 0,
    show(outcome) {
      if (host.childElementCount > 0) return;
      text.textContent = texts[outcome];
      host.replaceChildren(text, signIn, again);
    },
  };
}

/** Puts "Back to portal" at the left end of Neuroglancer's top bar. */
export function addPortalLink(viewer, portal) {
  const link = element("a", { id: "portal-link", textContent: "Back to portal", href: portal });
  const bar = viewer.element.querySelector(".neuroglancer-viewer-top-row");
  (bar ?? document.body).prepend(link);
}

/** Makes an element with these properties. */
export function element(tag, properties = {}) {
  return Object.assign(document.createElement(tag), properties);
}
