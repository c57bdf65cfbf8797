// What the page and the chunk worker each hold one of: the configuration and the renewal.

import { loadConfig } from "./config.js";
import { Renewal } from "./renewal.js";

// Cookies are the browser's, so all tabs and workers of this origin share a renewal.
const channel = new BroadcastChannel("ngportal-renewed");

let started;

/**
 * Resolves to { config, renewal } of this realm. Reads the configuration once; after a
 * ConfigError the next call tries again.
 */
export function session() {
  started ??= start().catch((error) => {
    started = undefined;
    throw error;
  });
  return started;
}

async function start() {
  const config = await loadConfig();
  const renewal = new Renewal(config.refresh, () => channel.postMessage(null));
  channel.onmessage = () => renewal.note();
  return { config, renewal };
}
