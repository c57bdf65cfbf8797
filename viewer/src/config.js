// What the deployment tells the viewer at run time: /viewer-config.json.

/** Where the configuration lies, on the viewer's own origin. */
export const configPath = "/viewer-config.json";

/** Thrown by parseConfig and loadConfig; the message is a sentence for the page. */
export class ConfigError extends Error {
  name = "ConfigError";
}

/**
 * Checks a configuration and makes its addresses absolute against base.
 *
 * Returns { credentialedOrigins: Set<string>, refresh: string | null, portal: string,
 * refreshSeconds: number }. Keys it does not know are ignored, so that a newer portal can
 * serve an older viewer. Throws ConfigError naming the key that is wrong.
 */
export function parseConfig(json, base) {
  if (json === null || typeof json !== "object" || Array.isArray(json)) {
    throw new ConfigError("it is not a JSON object");
  }
  const { credentialedOrigins, refresh, portal, refreshSeconds } = json;
  if (!Array.isArray(credentialedOrigins) || !credentialedOrigins.every(isOrigin)) {
    throw new ConfigError("credentialedOrigins must be a list of origins such as https://ng.example.org");
  }
  if (!Number.isFinite(refreshSeconds) || refreshSeconds <= 0) {
    throw new ConfigError("refreshSeconds must be a number above 0");
  }
  return {
    credentialedOrigins: new Set(credentialedOrigins),
    refresh: refresh === null ? null : webAddress("refresh", refresh, base),
    portal: webAddress("portal", portal, base),
    refreshSeconds,
  };
}

/**
 * Reads the configuration from the viewer's own origin. Throws ConfigError with a whole
 * sentence when it is missing, cannot be read or is wrong.
 */
export async function loadConfig(base = globalThis.location.origin) {
  const where = `The viewer's configuration (${configPath})`;
  let response;
  try {
    response = await fetch(new URL(configPath, base), { cache: "no-cache" });
  } catch (cause) {
    throw new ConfigError(`${where} could not be reached. Check your connection, then reload.`, { cause });
  }
  if (!response.ok) {
    throw new ConfigError(`${where} could not be read (HTTP ${response.status}). Please tell whoever runs this portal.`);
  }
  try {
    return parseConfig(await response.json(), base);
  } catch (cause) {
    const fault = cause instanceof ConfigError ? cause.message : "it is not JSON";
    throw new ConfigError(`${where} is wrong: ${fault}. Please tell whoever runs this portal.`, { cause });
  }
}

function isOrigin(value) {
  return typeof value === "string" && URL.canParse(value) && new URL(value).origin === value;
}

// Only http(s): these addresses become a link and a request, and must not be javascript:.
function webAddress(key, value, base) {
  if (typeof value === "string" && URL.canParse(value, base)) {
    const url = new URL(value, base);
    if (url.protocol === "https:" || url.protocol === "http:") return url.href;
  }
  throw new ConfigError(`${key} must be a web address`);
}
