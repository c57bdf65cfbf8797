import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { licenseText, packagesOf } from "../build/licenses.mjs";

const modules = fileURLToPath(new URL("../node_modules", import.meta.url));

test("finds packages in the bundler's paths", () => {
  const paths = ["src/main.js", "node_modules/core-js/a.js", "raw:/x/node_modules/ikonate/icons/eye.svg", "node_modules/@a/b/c.js"];
  assert.deepEqual([...packagesOf(paths)], ["core-js", "ikonate", "@a/b"]);
});

test("gives each package's own text, and each notice once", async () => {
  const notice = "a.js:\n  /*! (C) A\n   * B */\n";
  const text = await licenseText(modules, new Set(["neuroglancer", "fflate"]), [notice, notice]);
  assert.match(text, /^fflate 0\.8\.\d+ \(MIT\)/);
  assert.match(text, /neuroglancer 2\.41\.2 \(Apache-2\.0\)\n\n\s*Apache License/);
  assert.equal(text.split("/*! (C) A\n * B */").length, 2);
});

test("fails when a package ships no license", async () => {
  await assert.rejects(licenseText(modules, new Set(["jsdom"]), []), /license of jsdom/);
});
