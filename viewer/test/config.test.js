import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError, loadConfig, parseConfig } from "../src/config.js";
import { answer, serve } from "./server.js";

const good = {
  credentialedOrigins: ["http://localhost:8081"],
  refresh: "/_session/refresh",
  portal: "http://localhost:8080/",
  refreshSeconds: 900,
};
const base = "http://localhost:8081";

test("makes addresses absolute and keeps the rest", () => {
  assert.deepEqual(parseConfig({ ...good, later: "ignored" }, base), {
    credentialedOrigins: new Set(["http://localhost:8081"]),
    refresh: "http://localhost:8081/_session/refresh",
    portal: "http://localhost:8080/",
    refreshSeconds: 900,
  });
});

test("takes null for no way to renew", () => {
  assert.equal(parseConfig({ ...good, refresh: null }, base).refresh, null);
});

const wrong = {
  "not an object": [["x"], /not a JSON object/],
  "null": [null, /not a JSON object/],
  "origins missing": [{ ...good, credentialedOrigins: undefined }, /credentialedOrigins/],
  "origin with a path": [{ ...good, credentialedOrigins: ["http://localhost:8081/"] }, /credentialedOrigins/],
  "origin without a scheme": [{ ...good, credentialedOrigins: ["localhost:8081"] }, /credentialedOrigins/],
  "refresh missing": [{ ...good, refresh: undefined }, /refresh must/],
  "portal that is a script": [{ ...good, portal: "javascript:alert(1)" }, /portal must/],
  "portal missing": [{ ...good, portal: undefined }, /portal must/],
  "seconds as text": [{ ...good, refreshSeconds: "900" }, /refreshSeconds/],
  "seconds of zero": [{ ...good, refreshSeconds: 0 }, /refreshSeconds/],
};
for (const [name, [json, message]] of Object.entries(wrong)) {
  test(`refuses a configuration: ${name}`, () => {
    assert.throws(() => parseConfig(json, base), (error) => error instanceof ConfigError && message.test(error.message));
  });
}

test("reads the configuration at its fixed path", async (t) => {
  const { origin, log } = await serve(t, (_, response) => answer(response, 200, { body: JSON.stringify(good) }));
  assert.equal((await loadConfig(origin)).refresh, `${origin}/_session/refresh`);
  assert.deepEqual(log, ["GET /viewer-config.json"]);
});

const broken = {
  "missing": [404, "", /could not be read \(HTTP 404\)/],
  "a page in its place": [200, "<!doctype html>", /is wrong: it is not JSON/],
  "incomplete": [200, "{}", /is wrong: credentialedOrigins must/],
};
for (const [name, [status, body, message]] of Object.entries(broken)) {
  test(`says in one sentence what is wrong: ${name}`, async (t) => {
    const { origin } = await serve(t, (_, response) => answer(response, status, { body }));
    await assert.rejects(loadConfig(origin), (error) => error instanceof ConfigError && message.test(error.message));
  });
}

test("says so when nobody answers", async () => {
  await assert.rejects(loadConfig("http://127.0.0.1:1"), /could not be reached/);
});
