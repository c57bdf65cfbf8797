import assert from "node:assert/strict";
import { test } from "node:test";
import { shareRenewal } from "../src/tabs.js";
import { answer, serve } from "./server.js";

/** Two tabs of a browser, which renew at origin. */
function twoTabs(t, origin) {
  return [1, 2].map(() => {
    const channel = new BroadcastChannel("test");
    t.after(() => channel.close());
    return shareRenewal(`${origin}/refresh`, channel);
  });
}

const until = async (condition) => {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
};

test("a renewal of one tab counts for the other", { timeout: 5000 }, async (t) => {
  const { origin, log } = await serve(t, (_, response) => answer(response, 204));
  const [one, two] = twoTabs(t, origin);
  const heard = [];
  two.onSignedIn(() => heard.push("signed in"));
  const sentAt = Date.now() - 1;
  assert.equal(await one.renewal.renew(), "renewed");
  await until(() => two.renewal.renewedAt > sentAt);
  assert.equal(await two.renewal.answer(sentAt), "renewed");
  assert.deepEqual(log, ["POST /refresh"]);
  assert.deepEqual(heard, []);
});

test("signing in in one tab is heard in the other, which has to ask before its reads may go on", { timeout: 5000 }, async (t) => {
  const statuses = [401, 204];
  const { origin, log } = await serve(t, (_, response) => answer(response, statuses.shift()));
  const [one, two] = twoTabs(t, origin);
  const heard = [];
  one.onSignedIn(() => heard.push("one"));
  two.onSignedIn(() => heard.push("two"));
  assert.equal(await two.renewal.answer(Date.now()), "ended");
  const sentAt = Date.now() - 1;
  one.tellSignedIn();
  await until(() => heard.length > 0);
  assert.deepEqual(heard, ["two"]);
  assert.equal(await two.renewal.answer(sentAt), "ended"); // whoever tells need not be right
  assert.equal(await two.renewal.renew(), "renewed");
  assert.deepEqual(log, ["POST /refresh", "POST /refresh"]);
});
