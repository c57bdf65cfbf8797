// Signs with the npm signer, for the tests of ../../: {"privateKey", "keyPairId", "algorithm", "policy"} from
// the standard input to the cookies on the standard output, both as JSON.

import { getSignedCookies } from "@aws-sdk/cloudfront-signer";
import { readFileSync } from "node:fs";

console.log(JSON.stringify(getSignedCookies(JSON.parse(readFileSync(0, "utf8")))));
