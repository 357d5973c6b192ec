/** What our libraries call and Chromium 86 does not have yet. Imported before anything else. */

interface Younger {
  hasOwn?: (object: object, key: PropertyKey) => boolean;
}

(Object as Younger).hasOwn ??= (object, key) => Object.prototype.hasOwnProperty.call(object, key);

if (!("at" in Array.prototype)) {
  Object.defineProperty(Array.prototype, "at", {
    value(this: unknown[], index: number) {
      return this[index < 0 ? this.length + index : index];
    },
    configurable: true,
    writable: true,
  });
}

export {};
