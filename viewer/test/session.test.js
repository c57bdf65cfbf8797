import assert from "node:assert/strict";
import { test } from "node:test";
import { renewBy, session } from "../src/session.js";
import { answer, serve } from "./server.js";

test("reads the configuration once, again after a fault, and renews as this realm was told", async (t) => {
  const good = { credentialedOrigins: [], refresh: "/_session/refresh", portal: "https://portal.example.org/", refreshSeconds: 900 };
  const { origin, log } = await serve(t, (_, response, n) => answer(response, n === 1 ? 404 : 200, { body: JSON.stringify(good) }));
  globalThis.location = { origin };
  t.after(() => {
    delete globalThis.location;
  });
  renewBy(({ refresh }) => ({ by: refresh }));
  await assert.rejects(session(), /HTTP 404/);
  const [one, two] = await Promise.all([session(), session()]);
  assert.equal(one, two);
  assert.deepEqual(one.renewal, { by: `${origin}/_session/refresh` });
  assert.deepEqual(log, ["GET /viewer-config.json", "GET /viewer-config.json"]);
});
