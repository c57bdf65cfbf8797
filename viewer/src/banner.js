// The banner that says that access has ended, and the ways to have it back.

const stays = "What is on the screen stays, but nothing more can be read.";

const texts = {
  ended: `Your access to this data has ended. ${stays}`,
  refused:
    "Your access to some of this data has ended, or was never granted. " +
    "What is on the screen stays, but no more of that data can be read.",
  unreachable: `Your access to this data could not be renewed, because the portal does not answer. ${stays}`,
  back: "Your access is back, but meanwhile part of the view could not be read. Press “Try again” to read it now.",
};

const inAnotherTab =
  "This browser cannot keep your view while you sign in here, so the portal has been opened in another tab. " +
  "Sign in there, come back to this tab, and press “Try again”.";

/**
 * Makes the banner inside host, an empty element with role="alert".
 *
 * - signInAddress() is where one signs in and is sent back from
 * - keepScene() is called on the way there; it returns false if the scene could not be taken up
 *   again, and then one signs in in another tab and this one stays as it is
 * - tryAgain() resolves to the outcome of a renewal
 *
 * Returns { show(outcome), hide(), shown() }. Outcomes are those of reads and renewals, and "back":
 * renewed, but only a new page will read what has failed.
 */
export function makeBanner(host, { signInAddress, keepScene, tryAgain }) {
  let said; // the outcome
  const text = element("p");
  const signIn = element("a", { textContent: "Sign in again", rel: "noopener" });
  const again = element("button", { type: "button", textContent: "Try again" });
  const hide = () => host.replaceChildren();
  const shown = () => host.childElementCount > 0;
  signIn.addEventListener("click", () => {
    const kept = keepScene();
    signIn.href = signInAddress();
    signIn.target = kept ? "" : "_blank";
    if (!kept) text.textContent = inAnotherTab;
  });
  again.addEventListener("click", async () => {
    again.disabled = true;
    said = await tryAgain().finally(() => (again.disabled = false));
    if (said === "renewed") return hide();
    text.textContent = `Still no access at ${new Date().toLocaleTimeString()}. ${texts[said]}`;
    again.focus(); // disabling took the focus away
  });
  return {
    hide,
    shown,
    show(outcome) {
      if (shown() && outcome === said) return;
      said = outcome;
      text.textContent = texts[outcome];
      if (shown()) return; // so that the focus stays where it is
      signIn.href = signInAddress(); // for a click that opens another tab anyway
      host.replaceChildren(text, signIn, again);
    },
  };
}

/**
 * Shows in host, in place of the viewer, that somebody who has signed in again has come to a tab
 * that keeps no scene.
 */
export function sayNoScene(host, portal) {
  document.title = "No view to go back to";
  const page = element("main", { id: "no-scene" });
  page.append(
    element("h1", { textContent: "You are signed in, but this tab holds no view to go back to" }),
    element("p", {
      textContent:
        "If your view is open in another tab, go back to that tab: it goes on by itself, or when you press “Try again”. " +
        "Otherwise open your view anew from the portal.",
    }),
    element("a", { textContent: "Go to the portal", href: portal }),
  );
  host.replaceChildren(page);
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
