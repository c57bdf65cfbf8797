// What the page and the chunk worker each hold one of: the configuration and the way to renew.

import { loadConfig } from "./config.js";

let makeRenewal;
let started;

/**
 * Says how this realm renews, before anything is read: make(config) returns its renewal, of which
 * reads need answer(sentAt) as class Renewal has it.
 */
export function renewBy(make) {
  makeRenewal = make;
}

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
  return { config, renewal: makeRenewal(config) };
}
