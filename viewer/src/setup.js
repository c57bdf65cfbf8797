// Starts Neuroglancer: what upstream's setupDefaultViewer does, with a safe hash binding.

import "neuroglancer";
import { StatusMessage } from "neuroglancer/unstable/status.js";
import { bindDefaultCopyHandler, bindDefaultPasteHandler } from "neuroglancer/unstable/ui/default_clipboard_handling.js";
import { setDefaultInputEventBindings } from "neuroglancer/unstable/ui/default_input_event_bindings.js";
import { makeDefaultViewer } from "neuroglancer/unstable/ui/default_viewer.js";
import { bindTitle } from "neuroglancer/unstable/ui/title.js";
import { UrlHashBinding } from "neuroglancer/unstable/ui/url_hash_binding.js";
import { bigintToStringJsonReplacer } from "neuroglancer/unstable/util/json.js";
import { guardRestore } from "./hash_binding.js";
import { isAddress, putInAddress } from "./scene.js";

/**
 * Makes the viewer in #neuroglancer-container, restores the state in the address, keeps it there.
 * A scene, as sceneText gives it, takes the place of what is in the address. Returns
 * { viewer, writeHash, restored }: restored says that the state is in the viewer and the address.
 */
export function setUpViewer(scene) {
  const fits = scene === undefined || putInAddress(scene);
  // Neuroglancer's dialog for a first layer would get in the way of a scene that is on its way.
  const viewer = makeDefaultViewer({ showLayerDialog: !namesState() });
  setDefaultInputEventBindings(viewer.inputEventBindings);
  const binding = viewer.registerDisposer(bindHash(viewer));
  if (fits) binding.updateFromUrlHash();
  else viewer.state.restoreState(JSON.parse(scene));
  viewer.registerDisposer(bindTitle(viewer.title));
  bindDefaultCopyHandler(viewer);
  bindDefaultPasteHandler(viewer);
  const restored = fits && binding.parseError.value === undefined;
  return { viewer, writeHash: () => tryWriting(binding), restored };
}

// Browsers refuse addresses that are too long for them; then the last that was not stays.
function tryWriting(binding) {
  try {
    binding.setUrlHash();
  } catch (error) {
    console.warn("The address cannot hold the state.", error);
  }
}

function bindHash(viewer) {
  const restoring = guardRestore(viewer.state);
  class SafeUrlHashBinding extends UrlHashBinding {
    setUrlHash() {
      if (!restoring() && !awaitsState(viewer)) super.setUrlHash();
    }
  }
  const binding = new SafeUrlHashBinding(viewer.state, viewer.dataSourceProvider.sharedKvStoreContext);
  binding.registerDisposer(
    binding.parseError.changed.add(() => {
      const error = binding.parseError.value;
      if (error === undefined) return;
      new StatusMessage().setErrorMessage(`The address holds no state that can be shown: ${error.message}`);
    }),
  );
  return binding;
}

/**
 * Whether the address names a state to be fetched that has not come, or could not be read: then
 * the address is all there is of it, and must not be overwritten. (In an empty scene Neuroglancer
 * opens a "new" layer by itself.)
 */
export function awaitsState(viewer) {
  const empty = viewer.layerManager.managedLayers.every(({ layer }) => layer === null || layer.type === "new");
  return empty && namesState();
}

function namesState() {
  return isAddress(location.hash.slice("#!".length));
}

/** The scene as it is now, as text; see scene.js. */
export function sceneText(viewer) {
  if (awaitsState(viewer)) return location.hash.slice("#!".length);
  return JSON.stringify(viewer.state.toJSON(), bigintToStringJsonReplacer);
}
