import assert from "node:assert/strict";
import { test } from "node:test";
import { makeBanner, sayNoScene } from "../src/banner.js";
import { Element, useDocument } from "./dom.js";

const settle = () => new Promise((resolve) => setImmediate(resolve));

/** A banner and its parts; kept says whether the scene can be kept, outcomes what tryAgain gives. */
function start(t, { kept = true, outcomes = [] } = {}) {
  useDocument(t);
  const host = new Element("div");
  const asked = [];
  const banner = makeBanner(host, {
    signInAddress: () => `https://portal.example.org/return?n=${asked.push("address")}`,
    keepScene: () => (asked.push("keep"), kept),
    tryAgain: async () => outcomes.shift(),
  });
  const [text, signIn, again] = [0, 1, 2].map((i) => () => host.children[i]);
  return { banner, host, asked, text: () => text().textContent, signIn, again };
}

const said = {
  ended: "Your access to this data has ended. What is on the screen stays, but nothing more can be read.",
  refused:
    "Your access to some of this data has ended, or was never granted. " +
    "What is on the screen stays, but no more of that data can be read.",
  unreachable:
    "Your access to this data could not be renewed, because the portal does not answer. " +
    "What is on the screen stays, but nothing more can be read.",
  back: "Your access is back, but meanwhile part of the view could not be read. Press “Try again” to read it now.",
};
for (const [outcome, sentence] of Object.entries(said)) {
  test(`says what has happened: ${outcome}`, (t) => {
    const { banner, host, text } = start(t);
    assert.equal(banner.shown(), false);
    banner.show(outcome);
    assert.equal(banner.shown(), true);
    assert.equal(text(), sentence);
    assert.deepEqual(host.children.map(({ tag, textContent }) => [tag, textContent]).slice(1), [
      ["a", "Sign in again"],
      ["button", "Try again"],
    ]);
    banner.hide();
    assert.equal(banner.shown(), false);
  });
}

test("says the newest, and leaves the focus where it is", (t) => {
  const { banner, text, signIn } = start(t);
  banner.show("unreachable");
  signIn().focus();
  banner.show("ended");
  assert.equal(text(), said.ended);
  assert.equal(document.activeElement, signIn());
});

test("signs in in this tab, once the scene is kept", (t) => {
  const { banner, text, signIn, asked } = start(t);
  banner.show("ended");
  assert.equal(signIn().href, "https://portal.example.org/return?n=1"); // for who opens it in another tab
  signIn().click();
  assert.deepEqual(asked, ["address", "keep", "address"]);
  assert.equal(signIn().href, "https://portal.example.org/return?n=3"); // the scene may have changed
  assert.equal(signIn().target, "");
  assert.equal(text(), said.ended);
});

test("signs in in another tab when the scene cannot be kept, and says so", (t) => {
  const { banner, text, signIn } = start(t, { kept: false });
  banner.show("ended");
  signIn().click();
  assert.equal(signIn().target, "_blank");
  assert.equal(signIn().rel, "noopener");
  assert.match(text(), /cannot keep your view.* another tab.* come back to this tab, and press “Try again”/);
  banner.show("ended"); // of reads that were under way
  assert.match(text(), /cannot keep your view/);
});

test("tries again, says what came of it, and goes when access is back", async (t) => {
  const { banner, text, again } = start(t, { outcomes: ["unreachable", "ended", "renewed"] });
  banner.show("back");
  for (const outcome of ["unreachable", "ended"]) {
    again().click();
    assert.equal(again().disabled, true);
    await settle();
    assert.equal(again().disabled, false);
    assert.match(text(), /^Still no access at [^.]+\. Your access /);
    assert.ok(text().endsWith(said[outcome]), text());
    assert.equal(document.activeElement, again());
  }
  again().click();
  await settle();
  assert.equal(banner.shown(), false);
});

test("says where the scene may be when this tab has none, and leads to the portal", (t) => {
  useDocument(t);
  const host = new Element("div");
  sayNoScene(host, "https://portal.example.org/");
  const [heading, sentence, link] = host.children[0].children;
  assert.equal(heading.textContent, "You are signed in, but this tab holds no view to go back to");
  assert.match(sentence.textContent, /in another tab, go back to that tab.*from the portal/);
  assert.equal(link.href, "https://portal.example.org/");
});
