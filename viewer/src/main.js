// The viewer's page: Neuroglancer, access that is kept up, and plain words when something fails.

import "./viewer.css";
import { registerPromiseRPC, registerRPC } from "neuroglancer/unstable/worker_rpc.js";
import { addPortalLink, element, makeBanner, sayNoScene } from "./banner.js";
import { deniedMessage, denials, renewMessage, reportDenial, retryMessage } from "./denials.js";
import { keepAccess } from "./keep_access.js";
import { hasLoadErrors, watchLayers } from "./layer_notices.js";
import { forgetScene, keepForReload, keepScene, keptScene, readsGuarded, returned, signInAddress } from "./scene.js";
import { renewBy, session } from "./session.js";
import { awaitsState, sceneText, setUpViewer } from "./setup.js";
import { freeTab } from "./tab_key.js";
import { shareRenewal } from "./tabs.js";

const alertHost = document.getElementById("access-alert");
const storage = () => sessionStorage;

let tabs;
renewBy(({ refresh }) => {
  tabs = shareRenewal(refresh);
  return tabs.renewal;
});

// The chunk worker's denials join those of this realm, and one renewal answers all.
registerRPC(deniedMessage, reportDenial);
registerPromiseRPC(renewMessage, async ({ sentAt }) => {
  const { renewal } = await session();
  return { value: await renewal.answer(sentAt) };
});

start().catch((error) => {
  console.error(error);
  alertHost.replaceChildren(element("p", { textContent: `The viewer cannot start. ${error.message}` }));
});

async function start() {
  const { config, renewal } = await session();
  const comesBack = location.hash === returned;
  const scene = comesBack ? keptScene(storage) : undefined;
  if (comesBack) tabs.tellSignedIn();
  if (scene === null) return waitForScene(config);
  const { viewer, writeHash, restored } = setUpViewer(scene);
  if (comesBack && restored) forgetScene(storage);
  window.viewer = viewer;
  addPortalLink(viewer, config.portal);
  freeTab(alertHost);
  watchLayers(viewer, document.getElementById("layer-notices"));
  const banner = guardAccess(viewer, { config, renewal, writeHash });
  denials.addEventListener("denied", ({ detail }) => banner.show(detail.outcome));
}

function waitForScene({ portal }) {
  sayNoScene(document.getElementById("neuroglancer-container"), portal);
  window.addEventListener("hashchange", () => location.reload()); // somebody has pasted one
}

function guardAccess(viewer, { config, renewal, writeHash }) {
  const needsReload = () => hasLoadErrors(viewer) || awaitsState(viewer);
  const onOutcome = (outcome) => {
    if (outcome === "ended" && readsGuarded(sceneText(viewer), config.credentialedOrigins)) banner.show("ended");
    if (outcome !== "renewed" || !banner.shown()) return;
    if (needsReload()) return banner.show("back");
    banner.hide();
    viewer.chunkManager.rpc.invoke(retryMessage, { queue: viewer.chunkQueueManager.rpcId });
  };
  const tryAgain = async () => {
    const outcome = await check();
    if (outcome === "renewed" && needsReload()) reload(viewer, writeHash); // only when asked: it interrupts
    return outcome;
  };
  const banner = makeBanner(alertHost, {
    signInAddress: () => signInAddress(config.portal, sceneText(viewer), config.credentialedOrigins),
    keepScene() {
      writeHash(); // for the browser's Back button
      return keepScene(storage, sceneText(viewer));
    },
    tryAgain,
  });
  const check =
    config.refresh === null
      ? async () => (onOutcome("renewed"), "renewed") // nothing to renew with: just read again
      : keepAccess({ config, renewal, onOutcome, urgent: banner.shown }).check;
  tabs.onSignedIn(check);
  return banner;
}

// Neuroglancer keeps failed metadata for good; only a new page reads it again. The scene is in
// the address, or in storage if it is too long for that.
function reload(viewer, writeHash) {
  writeHash();
  keepForReload(storage, sceneText(viewer));
  location.reload();
}
