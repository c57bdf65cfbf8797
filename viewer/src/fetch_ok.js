// Stands in for neuroglancer's util/http_request.js; the build swaps it in everywhere.

import { fetchOk as fetchOkElsewhere, HttpError, pickDelay } from "neuroglancer/unstable/util/http_request.js";
import { reportDenial } from "./denials.js";
import { makeFetchOk } from "./reading.js";
import { session } from "./session.js";

export * from "neuroglancer/unstable/util/http_request.js";

// A local export wins over the star above: this is the one that Neuroglancer gets.
export const fetchOk = makeFetchOk({
  session,
  upstream: { fetchOk: fetchOkElsewhere, HttpError, pickDelay },
  onDenied: reportDenial,
});
