import assert from "node:assert/strict";
import { test } from "node:test";
import { Renewal } from "../src/renewal.js";
import { answer, serve } from "./server.js";

test("tells of its own renewals and joins those under way", async (t) => {
  const { origin, log } = await serve(t, (_, response) => setTimeout(() => answer(response, 204), 20));
  let told = 0;
  const renewal = new Renewal(`${origin}/refresh`, () => told++);
  assert.deepEqual(await Promise.all([renewal.renew(), renewal.renew(), renewal.answer(Date.now())]), [
    "renewed",
    "renewed",
    "renewed",
  ]);
  assert.deepEqual(log, ["POST /refresh"]);
  assert.equal(told, 1);
});

test("a request older than a renewal made elsewhere needs no other", async () => {
  const renewal = new Renewal("http://127.0.0.1:1/refresh");
  const sentAt = Date.now() - 10;
  renewal.note();
  assert.equal(await renewal.answer(sentAt), "renewed");
  assert.equal(await renewal.answer(Date.now() + 10), "unreachable");
});

test("a refusal answers for five seconds, and no longer once access is back", async (t) => {
  const { origin, log } = await serve(t, (_, response, n) => answer(response, n === 1 ? 401 : 204));
  const renewal = new Renewal(`${origin}/refresh`);
  assert.equal(await renewal.answer(Date.now()), "ended");
  assert.equal(await renewal.answer(Date.now() + 4_000), "ended");
  assert.equal(log.length, 1);
  assert.equal(await renewal.answer(Date.now() + 6_000), "renewed");
  assert.equal(await renewal.answer(Date.now() - 10), "renewed");
  assert.equal(log.length, 2);
});

test("the person's own try is never answered from memory", async (t) => {
  const { origin } = await serve(t, (_, response, n) => answer(response, n === 1 ? 401 : 204));
  const renewal = new Renewal(`${origin}/refresh`);
  assert.equal(await renewal.renew(), "ended");
  assert.equal(await renewal.renew(), "renewed");
});
