// How the viewer reads from the origins that check our cookies.
//
// Neuroglancer takes a 403, a 404 and a failed connection for "there is nothing here" and paints
// zeros. That must be true of a 404 only: everything else ends here in an error that it shows as
// a failure, or is mended and retried.

/** Upstream's own bound on reads that a server puts off (util/http_request.js). */
const busyAttempts = 32;
const unreachableAttempts = 4;
const longestWait = 30_000;

// Attributes of N5 hold for all folders below, so Neuroglancer asks for them in every folder up to the root of the
// host (datasource/n5/frontend.js). Above the locations nobody may read, and a refusal would end in an error.
const aboveLocations = /^\/(d\/)?attributes\.json$/;

/**
 * Makes the fetchOk that stands in for Neuroglancer's, in page and worker alike.
 *
 * - session() resolves to { config, renewal }
 * - upstream is Neuroglancer's { fetchOk, HttpError, pickDelay }; its fetchOk alone serves the
 *   origins that are not in config.credentialedOrigins
 * - onDenied({ url, outcome, code }) is told of each read that stays refused; the outcome is that of
 *   the renewal, or "refused" where a renewal did not help
 *
 * The returned function resolves to a Response that is ok. It rejects with upstream's HttpError
 * (404 for a missing object, 401 for refused access, never 403 or 0), with an Error when the server
 * cannot be reached, and with the signal's reason when aborted.
 */
export function makeFetchOk({ session, upstream, onDenied }) {
  return async function fetchOk(input, init) {
    const { config, renewal } = await session();
    const url = typeof input === "string" || input instanceof URL ? String(input) : input.url;
    const { origin, pathname } = new URL(url, globalThis.location?.href);
    if (!config.credentialedOrigins.has(origin)) {
      return upstream.fetchOk(input, init);
    }
    if (aboveLocations.test(pathname)) throw new upstream.HttpError(url, 404, "Not Found");
    const reader = { url, renewal, upstream, onDenied };
    return read(reader, () => fetch(input, { ...init, credentials: "include" }), init?.signal);
  };
}

async function read(reader, send, signal) {
  let renewed = false;
  for (let attempts = 1; ; ) {
    signal?.throwIfAborted();
    const sentAt = Date.now();
    const response = await trySend(reader, send, attempts);
    if (response?.ok) return response;
    if (response !== undefined && isDenied(response)) {
      discard(response);
      const outcome = renewed ? "refused" : await unlessAborted(reader.renewal.answer(sentAt), signal);
      if (outcome !== "renewed") throw refusal(reader, response, outcome);
      renewed = true;
      continue;
    }
    if (response !== undefined && (!isBusy(response) || attempts === busyAttempts)) {
      throw reader.upstream.HttpError.fromResponse(response);
    }
    if (response !== undefined) discard(response);
    const delay = Math.max(reader.upstream.pickDelay(attempts - 1), retryAfter(response));
    await pause(delay, signal);
    attempts++;
  }
}

// Resolves to undefined when there was no answer and it is worth another try.
async function trySend({ url }, send, attempts) {
  try {
    return await send();
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause; // aborted
    if (attempts < unreachableAttempts) return undefined;
    // Not an HttpError: those of status 0 count as "missing" and would be painted black.
    throw new Error(`Fetching ${JSON.stringify(url)}: the server cannot be reached.`, { cause });
  }
}

function isDenied({ status, headers }) {
  return status === 401 || status === 403 || (status === 503 && headers.has("X-Edge-Deny"));
}

function isBusy({ status }) {
  return status === 429 || status === 503 || status === 504;
}

function refusal({ url, upstream, onDenied }, response, outcome) {
  const code = response.headers.get("X-Edge-Deny") ?? String(response.status);
  onDenied({ url, outcome, code });
  const why =
    outcome === "unreachable"
      ? "access could not be renewed, the portal does not answer"
      : "your access to this data has ended or was not granted";
  return new upstream.HttpError(url, 401, `${why} (${code})`, response);
}

// Frees the connection of an answer whose body nobody will read.
function discard(response) {
  response.body?.cancel().catch(() => {});
}

/** The wait in ms that the response asks for by Retry-After, at most 30 s; 0 when it asks for none. */
export function retryAfter(response, now = Date.now()) {
  const value = response?.headers.get("Retry-After") ?? "";
  const wait = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isNaN(wait) ? 0 : Math.min(Math.max(wait, 0), longestWait);
}

async function pause(milliseconds, signal) {
  let timer;
  const over = new Promise((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await unlessAborted(over, signal).finally(() => clearTimeout(timer));
}

async function unlessAborted(promise, signal) {
  if (signal === undefined || signal === null) return promise;
  signal.throwIfAborted();
  let onAbort;
  const aborted = new Promise((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort);
  });
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener("abort", onAbort));
}
