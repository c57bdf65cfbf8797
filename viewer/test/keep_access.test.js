import assert from "node:assert/strict";
import { test } from "node:test";
import { keepAccess } from "../src/keep_access.js";

/**
 * keepAccess with a period of 900 s on a clock that stands still, and a page and window as far as
 * it sees them. asked collects the seconds at which it renewed; answers holds the outcomes to
 * come, "renewed" when it runs out.
 */
function start(t, { visibilityState = "visible", urgent, answers = [] } = {}) {
  t.mock.timers.enable({ apis: ["setTimeout", "Date"], now: 0 });
  const page = Object.assign(new EventTarget(), { visibilityState });
  const view = new EventTarget();
  const asked = [];
  const outcomes = [];
  const renewal = {
    renewedAt: -Infinity,
    note: () => (renewal.renewedAt = Date.now()),
    async renew() {
      asked.push(Date.now() / 1000);
      const outcome = answers.shift() ?? "renewed";
      if (outcome === "renewed") renewal.note();
      return outcome;
    },
  };
  const onOutcome = (outcome) => outcomes.push(outcome);
  const { check, stop } = keepAccess({ config: { refreshSeconds: 900 }, renewal, onOutcome, urgent, page, view });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const pass = async (seconds) => {
    for (let i = 0; i < seconds; i++) {
      t.mock.timers.tick(1000);
      await settle();
    }
  };
  const show = (state) => {
    page.visibilityState = state;
    page.dispatchEvent(new Event("visibilitychange"));
    return settle();
  };
  return { view, renewal, asked, outcomes, check, stop, pass, show };
}

test("renews every period while visible", async (t) => {
  const { asked, outcomes, pass } = start(t);
  await pass(2000);
  assert.deepEqual(asked, [900, 1800]);
  assert.deepEqual(outcomes, ["renewed", "renewed"]);
});

test("leaves a hidden page alone and renews as it comes back", async (t) => {
  const { asked, pass, show } = start(t, { visibilityState: "hidden" });
  await pass(5000);
  assert.deepEqual(asked, []);
  await show("visible");
  await pass(901);
  assert.deepEqual(asked, [5000, 5900]);
});

test("keeps its time when a page is hidden for a moment", async (t) => {
  const { asked, pass, show } = start(t);
  await pass(100);
  await show("hidden");
  await pass(100);
  await show("visible");
  await pass(1000);
  assert.deepEqual(asked, [900]);
});

for (const event of ["online", "pageshow"]) {
  test(`renews on ${event} when half of the period is over, not before`, async (t) => {
    const { view, asked, pass } = start(t);
    await pass(449);
    view.dispatchEvent(new Event(event));
    await pass(2);
    view.dispatchEvent(new Event(event));
    await pass(1);
    assert.deepEqual(asked, [451]);
  });
}

test("renews at once on coming back when it is urgent", async (t) => {
  const { asked, outcomes, pass, show } = start(t, { urgent: () => true, answers: ["ended"] });
  await pass(10);
  await show("visible");
  await pass(1);
  assert.deepEqual(asked, [10]);
  assert.deepEqual(outcomes, ["ended"]);
});

test("renews within a minute of a machine's waking up", async (t) => {
  const { asked, pass } = start(t);
  await pass(30);
  const { now } = Date;
  Date.now = () => now() + 8 * 3600 * 1000; // the timers have stood still meanwhile
  await pass(31);
  assert.deepEqual(asked, [8 * 3600 + 60]);
});

test("does not press when it is urgent: not before its time, unless it comes back", async (t) => {
  const { asked, pass } = start(t, { urgent: () => true });
  await pass(899);
  assert.deepEqual(asked, []);
});

test("asks a portal that does not answer every 30 s", async (t) => {
  const { asked, pass } = start(t, { answers: ["unreachable", "unreachable"] });
  await pass(1800);
  assert.deepEqual(asked, [900, 930, 960]);
});

test("lets another tab's renewal count as its own", async (t) => {
  const { renewal, asked, pass } = start(t);
  await pass(800);
  renewal.note();
  await pass(1000);
  assert.deepEqual(asked, [1700]);
});

test("starts its period anew after a check that was asked for", async (t) => {
  const { asked, check, pass } = start(t);
  await pass(500);
  assert.equal(await check(), "renewed");
  await pass(800);
  assert.deepEqual(asked, [500]);
});

test("stops when told to", async (t) => {
  const { view, asked, stop, pass } = start(t, { urgent: () => true });
  stop();
  view.dispatchEvent(new Event("online"));
  await pass(1000);
  assert.deepEqual(asked, []);
});
