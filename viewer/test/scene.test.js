import assert from "node:assert/strict";
import { test } from "node:test";
import { forgetScene, keepForReload, keepScene, keptScene, putInAddress, readsGuarded, signInAddress } from "../src/scene.js";

const viewer = "https://ng.example.org";
const data = "https://cfdist.example.org";
const portal = "https://portal.example.org/";

/** A tab: its storage, which takes limit characters, and its address. */
function makeTab({ limit = Infinity, hash = "" } = {}) {
  const items = new Map();
  const storage = {
    getItem: (key) => items.get(key) ?? null,
    setItem(key, value) {
      if (value.length > limit) throw new DOMException("full", "QuotaExceededError");
      items.set(key, value);
    },
    removeItem: (key) => items.delete(key),
  };
  const location = { hash };
  const history = { replaceState: (_, __, to) => (location.hash = to) };
  return { storage: () => storage, location, history };
}

const state = (...sources) => JSON.stringify({ title: "t", layers: sources.map((source) => ({ type: "image", source })) });

test("keeps a scene until it is forgotten", () => {
  const { storage } = makeTab();
  assert.equal(keptScene(storage), null);
  assert.equal(keepScene(storage, '{"title":"ü"}'), true);
  assert.equal(keptScene(storage), '{"title":"ü"}');
  assert.equal(keptScene(storage), '{"title":"ü"}');
  forgetScene(storage);
  assert.equal(keptScene(storage), null);
});

test("says when storage is full", () => {
  const { storage } = makeTab({ limit: 5 });
  assert.equal(keepScene(storage, '{"title":"ü"}'), false);
  assert.equal(keptScene(storage), null);
});

test("says when storage is forbidden", () => {
  const forbidden = () => {
    throw new DOMException("denied", "SecurityError");
  };
  assert.equal(keepScene(forbidden, "{}"), false);
  assert.equal(keptScene(forbidden), null);
});

test("puts a scene into the address as Neuroglancer writes and reads it", () => {
  const tab = makeTab({ hash: "#!return" });
  const text = `{"title":"50% (a)*; 'ü' #1 ✓!","ids":["18014398509481985"]}`;
  assert.equal(putInAddress(text, tab), true);
  assert.equal(
    tab.location.hash,
    "#!%7B%22title%22:%2250%25%20%28a%29%2A%3B%20%27%C3%BC%27%20#1%20%E2%9C%93%21%22%2C%22ids%22:%5B%2218014398509481985%22%5D%7D",
  );
  assert.equal(decodeURIComponent(tab.location.hash.slice(2)), text);
});

test("puts the address of a scene into the address as it is", () => {
  const tab = makeTab({ hash: "#!return" });
  assert.equal(putInAddress(`${viewer}/d/loc-1/a%20b.json`, tab), true);
  assert.equal(tab.location.hash, `#!${viewer}/d/loc-1/a%20b.json`);
});

test("leaves alone an address that would be too long to be reloaded", () => {
  const tab = makeTab({ hash: "#!return" });
  assert.equal(putInAddress(JSON.stringify("x".repeat(1_000_000)), tab), false);
  assert.equal(tab.location.hash, "#!return");
});

test("has a reload take a long scene from storage, and a short one from the address", () => {
  const long = makeTab({ hash: `#!${"x".repeat(1_000_000)}` });
  keepForReload(long.storage, "{}", long);
  assert.deepEqual([long.location.hash, keptScene(long.storage)], ["#!return", "{}"]);
  const short = makeTab({ hash: "#!%7B%7D" });
  keepForReload(short.storage, "{}", short);
  assert.deepEqual([short.location.hash, keptScene(short.storage)], ["#!%7B%7D", null]);
  const full = makeTab({ hash: long.location.hash.padEnd(1_000_001, "x"), limit: 1 });
  keepForReload(full.storage, "{}", full);
  assert.equal(full.location.hash.length, 1_000_001);
});

const many = Array.from({ length: 25 }, (_, i) => `${viewer}/d/loc-${i + 1}/a|zarr2:`);
const first20 = Array.from({ length: 20 }, (_, i) => `l=loc-${i + 1}`).join("&");
const addresses = {
  "one location": [state(`${viewer}/d/loc-1/a.zarr/|zarr2:`), "/return?l=loc-1"],
  "several, each once, in the order of the layers": [
    state(`${viewer}/d/loc-2/a|zarr2:`, `${viewer}/d/loc-1/b|nifti:`, `${viewer}/d/loc-2/c|zarr3:`),
    "/return?l=loc-2&l=loc-1",
  ],
  "tracts, and data on the sibling host": [
    state(`${viewer}/t/loc-3/x.trk/skel/|neuroglancer-precomputed:`, `${data}/d/loc-4/a|zarr2:`),
    "/return?l=loc-3&l=loc-4",
  ],
  "old ways to write a source, and sources with more to them": [
    state(`zarr://${viewer}/d/loc-5/a`, { url: `precomputed://${viewer}/d/loc-6/s`, transform: {} }, [`${viewer}/d/loc-7/a`, { url: `${viewer}/d/loc-8/b` }]),
    "/return?l=loc-5&l=loc-6&l=loc-7&l=loc-8",
  ],
  "an origin written otherwise": [state("HTTPS://NG.example.org:443/d/loc-9/a|zarr2:"), "/return?l=loc-9"],
  "no more than twenty": [state(...many), `/return?${first20}`],
  "data that lie elsewhere": [
    state("https://ng.example.org.evil.example/d/loc-1/a", "https://evil.example/https:/ng.example.org/d/loc-1/", "s3://bucket/d/loc-1/a"),
    "/return",
  ],
  "what is no location": [
    state(`${viewer}/d/UP-1/a`, `${viewer}/d/abc/a`, `${viewer}/x/loc-1/a`, `${viewer}/d/loc-1`, `${viewer}/d/..%2floc-1/a`, "https://:0/"),
    "/return",
  ],
  "a link whose scene has not come": [`${viewer}/_session/state/k3vq-8d0x-m2ja-97wt`, "/s/k3vq-8d0x-m2ja-97wt"],
  "a file whose scene has not come": [`${viewer}/d/loc-1/scenes/a%20b.json`, "/return?l=loc-1"],
  "a scene that only names a link": [state(`${viewer}/_session/state/k3vq-8d0x-m2ja-97wt`), "/return"],
};
for (const [name, [text, want]] of Object.entries(addresses)) {
  test(`asks the portal to come back with: ${name}`, () => {
    assert.equal(signInAddress(portal, text, new Set([viewer, data])), `https://portal.example.org${want}`);
  });
}

const guarded = {
  "a volume of this host": [`${viewer}/d/loc-1/a|zarr2:`, true],
  "a tract": [`${viewer}/t/loc-1/a.trk/skel/|neuroglancer-precomputed:`, true],
  "a volume of the sibling host": [`${data}/d/loc-1/a|zarr2:`, true],
  "public data elsewhere": ["https://s3.example.org/d/loc-1/a|zarr2:", false],
  "a host whose name begins alike": [`${viewer}.evil.example/d/loc-1/a`, false],
  "another port": [`${viewer}:8443/d/loc-1/a`, false],
  "no address at all": ["local://annotations", false],
};
for (const [name, [source, want]] of Object.entries(guarded)) {
  test(`tells whether access to it can end: ${name}`, () => {
    assert.equal(readsGuarded(state(source), new Set([viewer, data])), want);
  });
}
