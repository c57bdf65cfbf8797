import assert from "node:assert/strict";
import { test } from "node:test";
import { guardRestore } from "../src/hash_binding.js";

/** A root state as far as the guard sees it: restore is called with what is restored. */
function makeRoot(restore) {
  const root = { dispatched: 0, restoreState: restore };
  root.changed = { dispatch: () => root.dispatched++ };
  return root;
}

test("holds while a state is restored, and tells of the change once after it", () => {
  const seen = [];
  const root = makeRoot((json) => seen.push([json, restoring(), root.dispatched]));
  const restoring = guardRestore(root);
  assert.equal(restoring(), false);
  root.restoreState({ layers: [] });
  assert.deepEqual(seen, [[{ layers: [] }, true, 0]]);
  assert.equal(restoring(), false);
  assert.equal(root.dispatched, 1);
});

test("holds until the outermost of nested restores is over", () => {
  const root = makeRoot(function (depth) {
    if (depth > 0) this.restoreState(depth - 1);
    assert.equal(restoring(), true);
    assert.equal(root.dispatched, 0);
  });
  const restoring = guardRestore(root);
  root.restoreState(2);
  assert.equal(restoring(), false);
  assert.equal(root.dispatched, 1);
});

test("lets go when a state cannot be restored", () => {
  const root = makeRoot(() => {
    throw new Error("bad state");
  });
  const restoring = guardRestore(root);
  assert.throws(() => root.restoreState({}), /bad state/);
  assert.equal(restoring(), false);
  assert.equal(root.dispatched, 1);
});
