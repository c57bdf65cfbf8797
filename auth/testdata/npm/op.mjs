// Runs oidc-provider for the tests of ../../: it takes {"clientID", "clientSecret", "redirectURL"} from the first line
// of the standard input, and writes the issuer's address to the standard output. It ends when the input does.

import { createServer } from "node:http";
import { createInterface } from "node:readline";
import Provider from "oidc-provider";

const input = createInterface({ input: process.stdin });
input.once("line", (line) => {
  const { clientID, clientSecret, redirectURL } = JSON.parse(line);
  const server = createServer();
  server.listen(0, "127.0.0.1", () => {
    const issuer = `http://127.0.0.1:${server.address().port}`;
    const provider = new Provider(issuer, {
      clients: [{ client_id: clientID, client_secret: clientSecret, redirect_uris: [redirectURL] }],
      claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
      findAccount: (_, id) => ({
        accountId: id,
        claims: () => ({ sub: id, name: "Ada", email: `${id}@example.org`, email_verified: id === "ada" }),
      }),
      pkce: { required: () => true },
    });
    server.on("request", provider.callback());
    console.log(issuer);
  });
});
input.once("close", () => process.exit());
