// A real HTTP server on a free port, for tests.

import { createServer } from "node:http";

/**
 * Serves until the test t is over. handle(request, response, count) answers; count is how often
 * that method and path has been asked for, from 1. Resolves to { origin, log }, log being the
 * "METHOD /path" of each request in order.
 */
export async function serve(t, handle) {
  const log = [];
  const server = createServer((request, response) => {
    const line = `${request.method} ${request.url}`;
    log.push(line);
    handle(request, response, log.filter((other) => other === line).length);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return { origin: `http://127.0.0.1:${server.address().port}`, log };
}

/** Answers with this status, headers and body. */
export function answer(response, status, { headers = {}, body = "" } = {}) {
  response.writeHead(status, headers).end(body);
}
