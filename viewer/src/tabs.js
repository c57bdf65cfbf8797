// Cookies are the browser's, so all tabs of this origin share a renewal.

import { Renewal } from "./renewal.js";

/**
 * Makes the renewal of a page. Returns { renewal, tellSignedIn, onSignedIn }: tellSignedIn() tells the
 * other tabs that somebody seems to have just signed in, so that they may ask for cookies; onSignedIn(heard)
 * calls heard when another tab tells so.
 */
export function shareRenewal(url, channel = new BroadcastChannel("ngportal-renewed")) {
  const renewal = new Renewal(url, () => channel.postMessage("renewed"));
  const signedIn = new EventTarget();
  channel.onmessage = ({ data }) => {
    if (data === "signed in") signedIn.dispatchEvent(new Event("signed in"));
    else renewal.note();
  };
  return {
    renewal,
    tellSignedIn: () => channel.postMessage("signed in"),
    onSignedIn: (heard) => signedIn.addEventListener("signed in", heard),
  };
}
