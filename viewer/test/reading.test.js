import assert from "node:assert/strict";
import { test } from "node:test";
import * as upstream from "neuroglancer/unstable/util/http_request.js";
import { makeFetchOk, retryAfter } from "../src/reading.js";
import { Renewal } from "../src/renewal.js";
import { answer, serve } from "./server.js";

const { HttpError } = upstream;
const denied = { headers: { "X-Edge-Deny": "AccessDenied", "Retry-After": "1" } };

/** fetchOk as the viewer has it, but for shorter delays; denials collects what was reported. */
function reader(origin, { refresh = `${origin}/refresh`, guarded = [origin], delay = 1 } = {}) {
  const denials = [];
  const renewal = new Renewal(refresh);
  const config = { credentialedOrigins: new Set(guarded) };
  const fetchOk = makeFetchOk({
    session: async () => ({ config, renewal }),
    upstream: { ...upstream, pickDelay: () => delay },
    onDenied: (detail) => denials.push(detail),
  });
  return { fetchOk, renewal, denials };
}

const count = (log, line) => log.filter((other) => other === line).length;

test("returns what the server gives, range and all", async (t) => {
  const { origin } = await serve(t, ({ headers }, response) => answer(response, 206, { body: headers.range }));
  const response = await reader(origin).fetchOk(`${origin}/a`, { headers: { range: "bytes=1-2" } });
  assert.equal(response.status, 206);
  assert.equal(await response.text(), "bytes=1-2");
});

for (const [status, options] of [[401], [403], [503, denied]]) {
  test(`renews once after ${status} and reads again`, async (t) => {
    let open = false;
    const { origin, log } = await serve(t, ({ url }, response) => {
      if (url === "/refresh") answer(response, (open = true) && 204);
      else answer(response, open ? 200 : status, open ? { body: "data" } : options);
    });
    const { fetchOk, denials } = reader(origin);
    assert.equal(await (await fetchOk(`${origin}/a`)).text(), "data");
    assert.deepEqual(log, ["GET /a", "POST /refresh", "GET /a"]);
    assert.deepEqual(denials, []);
  });
}

test("shares one renewal among all that were denied, early and late", async (t) => {
  let open = false;
  const slow = [];
  const { origin, log } = await serve(t, ({ url }, response) => {
    if (url === "/refresh") {
      setTimeout(() => {
        open = true;
        answer(response, 204);
        setTimeout(() => slow.forEach((late) => answer(late, 403)), 30); // sent before, denied after
      }, 30);
    } else if (open) answer(response, 200);
    else if (url.startsWith("/slow")) slow.push(response);
    else answer(response, 503, denied);
  });
  const { fetchOk } = reader(origin);
  const paths = Array.from({ length: 16 }, (_, i) => (i % 4 === 0 ? `/slow${i}` : `/fast${i}`));
  await Promise.all(paths.map((path) => fetchOk(origin + path)));
  assert.equal(slow.length, 4);
  assert.equal(count(log, "POST /refresh"), 1);
});

test("ends in 401 and a report when renewing does not help", async (t) => {
  const { origin, log } = await serve(t, ({ url }, response) =>
    url === "/refresh" ? answer(response, 204) : answer(response, 503, denied),
  );
  const { fetchOk, denials } = reader(origin);
  await assert.rejects(fetchOk(`${origin}/a`), (error) => {
    assert.ok(error instanceof HttpError);
    assert.equal(error.status, 401);
    assert.match(error.message, /your access to this data has ended or was not granted \(AccessDenied\)/);
    assert.equal(upstream.isNotFoundError(error), false);
    return true;
  });
  assert.deepEqual(log, ["GET /a", "POST /refresh", "GET /a"]);
  assert.deepEqual(denials, [{ url: `${origin}/a`, outcome: "refused", code: "AccessDenied" }]);
});

const refusals = {
  "the portal refuses": [401, "ended", /has ended/],
  "the portal is unwell": [502, "unreachable", /could not be renewed/],
  "the portal sends elsewhere": [302, "unreachable", /could not be renewed/],
};
for (const [name, [status, outcome, message]] of Object.entries(refusals)) {
  test(`gives up without a second read when ${name}`, async (t) => {
    const { origin, log } = await serve(t, ({ url }, response) =>
      url === "/refresh" ? answer(response, status, { headers: { Location: "/login" } }) : answer(response, 403),
    );
    const { fetchOk, denials } = reader(origin);
    await assert.rejects(fetchOk(`${origin}/a`), message);
    await assert.rejects(fetchOk(`${origin}/b`), message); // soon after: not asked again
    assert.deepEqual(log, ["GET /a", "POST /refresh", "GET /b"]);
    assert.deepEqual(denials.map((denial) => denial.outcome), [outcome, outcome]);
  });
}

test("asks nobody when there is no way to renew", async (t) => {
  const { origin, log } = await serve(t, (_, response) => answer(response, 403));
  const { fetchOk, denials } = reader(origin, { refresh: null });
  await assert.rejects(fetchOk(`${origin}/a`), { status: 401 });
  assert.deepEqual(log, ["GET /a"]);
  assert.equal(denials.length, 1);
});

for (const status of [400, 404, 416, 500]) {
  test(`passes ${status} on as upstream does`, async (t) => {
    const { origin, log } = await serve(t, (_, response) => answer(response, status));
    await assert.rejects(reader(origin).fetchOk(`${origin}/a`), (e) => e instanceof HttpError && e.status === status);
    assert.deepEqual(log, ["GET /a"]);
  });
}

for (const status of [429, 503, 504]) {
  test(`waits and reads again after ${status}, without renewing`, async (t) => {
    const { origin, log } = await serve(t, (_, response, n) => answer(response, n < 3 ? status : 200));
    await reader(origin).fetchOk(`${origin}/a`);
    assert.deepEqual(log, ["GET /a", "GET /a", "GET /a"]);
  });
}

test("gives up on a busy server after upstream's 32 attempts", async (t) => {
  const { origin, log } = await serve(t, (_, response) => answer(response, 503));
  await assert.rejects(reader(origin).fetchOk(`${origin}/a`), { status: 503 });
  assert.equal(log.length, 32);
});

test("waits as long as Retry-After says, at most 30 s", async (t) => {
  const now = Date.parse("2030-01-01T00:00:00Z");
  const wait = (value) => retryAfter(new Response("", { headers: value === null ? {} : { "Retry-After": value } }), now);
  assert.deepEqual(
    [null, "2", "3600", "Tue, 01 Jan 2030 00:00:07 GMT", "Mon, 31 Dec 2029 00:00:00 GMT", "soon"].map(wait),
    [0, 2000, 30000, 7000, 0, 0],
  );
  const { origin } = await serve(t, (_, response, n) => answer(response, n === 1 ? 503 : 200, { headers: { "Retry-After": "1" } }));
  const start = Date.now();
  await reader(origin).fetchOk(`${origin}/a`);
  assert.ok(Date.now() - start >= 950, "came back before the second was over");
});

test("a server that cannot be reached is an error, not a missing object", async (t) => {
  const { origin, log } = await serve(t, (request) => request.socket.destroy());
  await assert.rejects(reader(origin).fetchOk(`${origin}/a`), (error) => {
    assert.match(error.message, /the server cannot be reached/);
    assert.equal(upstream.isNotFoundError(error), false);
    return true;
  });
  assert.equal(log.length, 4);
});

test("a connection that fails once is tried again", async (t) => {
  const { origin } = await serve(t, (request, response, n) => (n === 1 ? request.socket.destroy() : answer(response, 200)));
  assert.equal((await reader(origin).fetchOk(`${origin}/a`)).status, 200);
});

test("leaves other origins to upstream: no renewal, 403 stays 403", async (t) => {
  const { origin, log } = await serve(t, (_, response) => answer(response, 403));
  const { fetchOk, denials } = reader(origin, { guarded: ["http://localhost:1"] });
  await assert.rejects(fetchOk(`${origin}/a`), { status: 403 });
  assert.deepEqual(log, ["GET /a"]);
  assert.deepEqual(denials, []);
});

test("takes a URL or a Request as well", async (t) => {
  const { origin, log } = await serve(t, (_, response, n) => answer(response, n === 1 ? 503 : 200));
  const { fetchOk } = reader(origin);
  await fetchOk(new URL(`${origin}/a`));
  await fetchOk(new Request(`${origin}/b`));
  assert.deepEqual(log, ["GET /a", "GET /a", "GET /b", "GET /b"]);
});

const aborts = {
  "before it starts": [(response) => answer(response, 200), { first: true }],
  "while the server thinks": [() => {}, {}],
  "while it waits to read again": [(response) => answer(response, 503), { delay: 60_000 }],
  "while the portal thinks": [(response, url) => url === "/refresh" || answer(response, 403), {}],
};
for (const [name, [handle, { first = false, delay }]] of Object.entries(aborts)) {
  test(`stops at once when aborted ${name}`, { timeout: 5000 }, async (t) => {
    const { origin, log } = await serve(t, ({ url }, response) => handle(response, url));
    const { fetchOk, denials } = reader(origin, { delay });
    const controller = new AbortController();
    const reason = new Error("the chunk is no longer wanted");
    if (first) controller.abort(reason);
    else setTimeout(() => controller.abort(reason), 200);
    await assert.rejects(fetchOk(`${origin}/a`, { signal: controller.signal }), reason);
    assert.equal(count(log, "GET /a"), first ? 0 : 1);
    assert.deepEqual(denials, []);
  });
}

test("asks for no N5 attributes above the locations, but for those within", async (t) => {
  const { origin, log } = await serve(t, (_, response) => answer(response, 200));
  const { fetchOk, denials } = reader(origin);
  for (const path of ["/attributes.json", "/d/attributes.json"]) {
    await assert.rejects(fetchOk(origin + path), (e) => e instanceof HttpError && e.status === 404);
  }
  await fetchOk(`${origin}/d/loc/attributes.json`);
  assert.deepEqual(log, ["GET /d/loc/attributes.json"]);
  assert.deepEqual(denials, []);
});
