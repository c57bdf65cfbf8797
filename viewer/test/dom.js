// As much of a document as our modules use, for tests without a browser.

/** An element: what is in it, who has the focus, and its events. */
export class Element extends EventTarget {
  children = [];
  tabIndex = 0;

  constructor(tag, properties = {}) {
    super();
    Object.assign(this, { tag }, properties);
  }

  get childElementCount() {
    return this.children.length;
  }

  replaceChildren(...children) {
    if (this.children.includes(document.activeElement)) document.activeElement = null; // as browsers do
    this.children = children;
  }

  append(...children) {
    this.children.push(...children);
  }

  querySelector(selector) {
    return this.children.find(({ tag }) => selector.split(", ").includes(tag)) ?? null;
  }

  closest(selector) {
    return this.inside === selector ? this : null;
  }

  focus() {
    document.activeElement = this;
  }

  click() {
    this.dispatchEvent(new Event("click"));
  }
}

/** Puts an empty document in place for the test t. */
export function useDocument(t) {
  globalThis.document = Object.assign(new EventTarget(), { createElement: (tag) => new Element(tag), activeElement: null });
  t.after(() => {
    delete globalThis.document;
  });
}
