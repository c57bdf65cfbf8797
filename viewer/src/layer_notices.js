// Saying that a layer could not be read: Neuroglancer itself tells it only in a side panel that
// is closed.

import { MessageSeverity } from "neuroglancer/unstable/util/message_list.js";
import { element } from "./banner.js";

const longestLine = 300;

/** Shows in host, an element with role="status", a notice for each layer source in error. */
export function watchLayers(viewer, host) {
  const notices = new Map(); // "layer: first line" → its element, null once dismissed
  let planned = false;
  const update = () => {
    planned = false;
    const faults = new Set(layerFaults(viewer));
    for (const [text, notice] of notices) {
      if (faults.has(text)) continue;
      notice?.remove();
      notices.delete(text);
    }
    for (const text of faults) {
      if (notices.has(text)) continue;
      const notice = makeNotice(text, () => notices.set(text, null));
      notices.set(text, notice);
      host.append(notice);
    }
  };
  // layersChanged comes in bursts, in the middle of changes.
  const plan = () => {
    if (!planned) setTimeout(update);
    planned = true;
  };
  viewer.registerDisposer(viewer.layerManager.layersChanged.add(plan));
  plan();
}

/** Whether any source of any layer failed to load. */
export function hasLoadErrors(viewer) {
  return viewer.layerManager.managedLayers.some(({ layer }) =>
    layer?.dataSources.some(({ loadState }) => loadState?.error !== undefined),
  );
}

function* layerFaults(viewer) {
  for (const { name, layer } of viewer.layerManager.managedLayers) {
    for (const { severity, message } of sourceMessages(layer)) {
      if (severity === MessageSeverity.error) yield `${name}: ${firstLine(message)}`;
    }
  }
}

function* sourceMessages(layer) {
  for (const source of layer?.dataSources ?? []) {
    yield* source.messages;
    for (const subsource of source.loadState?.subsources ?? []) yield* subsource.messages;
  }
}

function firstLine(message) {
  const line = String(message).trim().split("\n", 1)[0];
  return line.length > longestLine ? `${line.slice(0, longestLine)}…` : line;
}

function makeNotice(text, onDismiss) {
  const notice = element("p", { textContent: text });
  const dismiss = element("button", { type: "button", textContent: "×", ariaLabel: `Dismiss: ${text}` });
  dismiss.addEventListener("click", () => {
    notice.remove();
    onDismiss();
  });
  notice.append(dismiss);
  return notice;
}
