import assert from "node:assert/strict";
import { test } from "node:test";
import { freeTab } from "../src/tab_key.js";
import { Element, useDocument } from "./dom.js";

const fields = ".neuroglancer-position-widget";

/** Presses a key on an element; heard says whether Neuroglancer would hear of it. */
function press(on, keys) {
  const event = Object.assign(new Event("keydown", { cancelable: true }), { key: "Tab", ...keys });
  Object.defineProperty(event, "target", { value: on });
  let heard = true;
  event.stopPropagation = () => (heard = false);
  on.focus();
  document.dispatchEvent(event);
  return { heard, prevented: event.defaultPrevented, focus: document.activeElement };
}

const picture = new Element("div", { tabIndex: -1 });
const field = new Element("input", { inside: fields });
const button = new Element("a");

const presses = {
  "from the picture to the first button": [picture, [button], {}, { heard: true, prevented: true, focus: button }],
  "on from the picture where there is no alert": [picture, [], {}, { heard: true, prevented: false, focus: picture }],
  "back from the picture as ever": [picture, [button], { shiftKey: true }, { heard: true, prevented: false, focus: picture }],
  "from what has the focus by choice as ever": [button, [button], {}, { heard: true, prevented: false, focus: button }],
  "out of the fields of the position": [field, [button], {}, { heard: false, prevented: false, focus: field }],
  "not with Ctrl": [picture, [button], { ctrlKey: true }, { heard: true, prevented: false, focus: picture }],
  "and is not another key": [field, [button], { key: "x" }, { heard: true, prevented: false, focus: field }],
};
for (const [name, [from, buttons, keys, want]] of Object.entries(presses)) {
  test(`Tab leads ${name}`, (t) => {
    useDocument(t);
    const alert = new Element("div");
    alert.replaceChildren(new Element("p"), ...buttons);
    freeTab(alert);
    assert.deepEqual(press(from, keys), want);
  });
}
