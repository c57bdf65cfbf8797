// The scene's way through signing in again: it waits in the tab's own storage while the tab goes
// to the portal and back, and the portal is told which locations it reads.

/** The hash at which the portal sends the tab back; handlers/return.go has it, too. */
export const returned = "#!return";

const key = "ngportal.scene";

/**
 * How long an address a reload finds again: Chromium forgets those above 2 MB as it loads the page,
 * other browsers refuse shorter ones.
 */
const longestAddress = 1_000_000;

/** How many locations a browser holds cookies for; the portal gives no more. */
const maxLocations = 20;

/**
 * Scenes are kept as text: JSON, or, of a scene that has not come yet, the address it comes from.
 * Returns whether storage has taken it; it may be full, or be forbidden to this site.
 */
export function keepScene(storage, text) {
  try {
    storage().setItem(key, text);
    return true;
  } catch {
    return false;
  }
}

/** Returns the scene that was kept, null if there is none. It stays until forgetScene. */
export function keptScene(storage) {
  try {
    return storage().getItem(key);
  } catch {
    return null;
  }
}

export function forgetScene(storage) {
  storage().removeItem(key);
}

/**
 * Puts a scene into the page's address, as Neuroglancer would write it: there it looks for one, and
 * a reload finds it. Returns whether it fits there.
 */
export function putInAddress(text, { history } = globalThis) {
  const hash = `#!${isAddress(text) ? text : encode(text)}`;
  if (hash.length > longestAddress) return false;
  history.replaceState(null, "", hash);
  return true;
}

/** Has a reload take the scene from storage if the address is too long to be found again. */
export function keepForReload(storage, text, { history, location } = globalThis) {
  if (location.hash.length > longestAddress && keepScene(storage, text)) history.replaceState(null, "", returned);
}

function encode(text) {
  return encodeURI(text).replace(/[!'()*,;]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Whether the text of a scene is the address it comes from. */
export function isAddress(text) {
  return /^[a-z][a-z\d+.-]*:\/\//.test(text);
}

/** Whether the scene reads from one of the origins that check our cookies. */
export function readsGuarded(text, origins) {
  return guardedAddresses(text, origins).next().done === false;
}

/**
 * Where the portal lets one sign in and sends one back: to the scene kept here, with cookies for the
 * locations that it reads; to a link's own address if the scene has not come yet.
 */
export function signInAddress(portal, text, origins) {
  const address = new URL("/return", portal);
  const locations = new Set();
  for (const { pathname } of guardedAddresses(text, origins)) {
    const link = /^\/_session\/state\/([\w-]{1,64})$/.exec(pathname);
    if (link !== null && isAddress(text)) return new URL(`/s/${link[1]}`, portal).href;
    const location = /^\/[dt]\/([a-z\d-]{4,64})\//.exec(pathname);
    if (location !== null && locations.size < maxLocations) locations.add(location[1]);
  }
  for (const id of locations) address.searchParams.append("l", id);
  return address.href;
}

// A source may have other addresses before and after it: zarr://https://…/|zarr2:.
function* guardedAddresses(text, origins) {
  for (const [found] of text.matchAll(/https?:\/\/[^\s"'|\\<>]+/gi)) {
    if (!URL.canParse(found)) continue;
    const address = new URL(found);
    if (origins.has(address.origin)) yield address;
  }
}
