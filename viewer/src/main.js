// The viewer's page: Neuroglancer, access that is kept up, and plain words when something fails.

import "./viewer.css";
import { registerRPC } from "neuroglancer/unstable/worker_rpc.js";
import { addPortalLink, element, makeBanner } from "./banner.js";
import { deniedMessage, denials, reportDenial, retryMessage } from "./denials.js";
import { keepAccess } from "./keep_access.js";
import { hasLoadErrors, watchLayers } from "./layer_notices.js";
import { session } from "./session.js";
import { awaitsState, setUpViewer } from "./setup.js";

const alertHost = document.getElementById("access-alert");

// The chunk worker's denials join those of this realm.
registerRPC(deniedMessage, reportDenial);

start().catch((error) => {
  console.error(error);
  alertHost.replaceChildren(element("p", { textContent: `The viewer cannot start. ${error.message}` }));
});

async function start() {
  const { config, renewal } = await session();
  const { viewer, writeHash } = setUpViewer();
  window.viewer = viewer;
  addPortalLink(viewer, config.portal);
  watchLayers(viewer, document.getElementById("layer-notices"));
  const banner = guardAccess(viewer, { config, renewal, writeHash });
  denials.addEventListener("denied", ({ detail }) => banner.show(detail.outcome));
}

function guardAccess(viewer, { config, renewal, writeHash }) {
  const needsReload = () => hasLoadErrors(viewer) || awaitsState(viewer);
  const onOutcome = (outcome) => {
    if (outcome === "ended" && readsGuardedData(viewer, config)) banner.show("ended");
    if (outcome !== "renewed" || !banner.shown() || needsReload()) return;
    banner.hide();
    viewer.chunkManager.rpc.invoke(retryMessage, { queue: viewer.chunkQueueManager.rpcId });
  };
  const tryAgain = async () => {
    const back = (await check()) === "renewed";
    if (back && needsReload()) reload(viewer, writeHash); // only when asked: it interrupts
    return back;
  };
  const banner = makeBanner(alertHost, { portal: config.portal, tryAgain });
  const check =
    config.refresh === null
      ? async () => (onOutcome("renewed"), "renewed") // nothing to renew with: just read again
      : keepAccess({ config, renewal, onOutcome, urgent: banner.shown }).check;
  return banner;
}

// Neuroglancer keeps failed metadata for good; only a new page reads it again. The scene is in
// the address.
function reload(viewer, writeHash) {
  if (!awaitsState(viewer)) writeHash();
  location.reload();
}

// A scene of public data alone has no access that could end.
function readsGuardedData(viewer, { credentialedOrigins }) {
  const sources = viewer.layerManager.managedLayers.flatMap(({ layer }) => layer?.dataSources ?? []);
  return sources.some(({ spec }) => [...credentialedOrigins].some((origin) => spec.url.includes(origin)));
}
