// Keeping Neuroglancer from losing layers while it restores a state.

/**
 * Wraps root.restoreState and returns a function that says whether a restore is under way.
 *
 * Neuroglancer 2.41.2 writes the address while it is still restoring (its debounce runs at once
 * when the machine is slow). The JSON of a half-restored annotation layer throws, and the layer
 * being restored is dropped. So nothing may serialize root until its restore is over; then
 * root.changed is dispatched once, for what was held back.
 */
export function guardRestore(root) {
  const restore = root.restoreState.bind(root);
  let depth = 0;
  root.restoreState = (json) => {
    depth++;
    try {
      restore(json);
    } finally {
      depth--;
      if (depth === 0) root.changed.dispatch();
    }
  };
  return () => depth > 0;
}
