// Reads that stay refused, told from where they happen to the page that shows the banner.

/** Where fetchOk of this realm sends a "denied" event; detail is { url, outcome, code }. */
export const denials = new EventTarget();

/** Sends a denial to this realm's listeners. */
export function reportDenial(detail) {
  denials.dispatchEvent(new CustomEvent("denied", { detail }));
}

/**
 * Names of our messages on Neuroglancer's channel between a page and its own worker. A
 * BroadcastChannel would reach the other tabs too, which may show other data.
 */
export const deniedMessage = "ngportal.denied";
export const renewMessage = "ngportal.renew";
export const retryMessage = "ngportal.retry";
