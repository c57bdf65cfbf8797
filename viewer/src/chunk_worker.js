// The chunk worker: Neuroglancer's own, plus three messages of ours.

// First: it registers its handlers before the RPC below says that it is ready.
import "neuroglancer/unstable/chunk_worker.bundle.js";
import { ChunkState } from "neuroglancer/unstable/chunk_manager/base.js";
import { registerRPC } from "neuroglancer/unstable/worker_rpc.js";
import { rpc } from "neuroglancer/unstable/worker_rpc_context.js";
import { deniedMessage, denials, renewMessage, retryMessage } from "./denials.js";
import { renewBy } from "./session.js";

denials.addEventListener("denied", ({ detail }) => rpc.invoke(deniedMessage, { ...detail }));

// The page renews, for itself and for us: two that ask at the same time would renew twice.
renewBy(() => ({ answer: (sentAt) => rpc.promiseInvoke(renewMessage, { sentAt }) }));

// A chunk that failed stays so until somebody asks for it anew, and Neuroglancer has no way to.
registerRPC(retryMessage, function ({ queue }) {
  const manager = this.get(queue);
  for (const source of manager.sources) {
    for (const chunk of [...source.chunks.values()]) {
      if (chunk.state === ChunkState.FAILED) manager.updateChunkState(chunk, ChunkState.QUEUED);
    }
  }
});
