/** What our libraries call and Chromium 86 does not have yet. Imported before anything else. */
const known = Object as ObjectConstructor & { hasOwn?: (object: object, key: PropertyKey) => boolean };
known.hasOwn ??= (object, key) => Object.prototype.hasOwnProperty.call(object, key);

export {};
