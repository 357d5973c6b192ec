/** What is built runs in Chromium 86, libraries and all: no syntax and no call that it does not know. The source is held to
 * the floor by tests/phone/test_floor.py; what stands here is what the bundler made of it and of what it brought along. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build, parseAst } from "vite";
import { beforeAll, expect, test } from "vitest";

interface Node {
  type: string;
  [field: string]: unknown;
}

const FUNCTIONS = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"]);
const ADDED = new Set(["hasOwn", "at"]); // by src/floor.ts
const HANDED_ON = /^\w+\(\): \w+\(this\)\./; // by Vue's arrays, to whoever calls it there: that is our source, which may not
const CALLS = new Set([
  "findLast", "findLastIndex", "toSorted", "toReversed", "toSpliced", "groupBy", "fromAsync", "withResolvers", "hasOwn", "at",
  "structuredClone", "randomUUID", "showModal", "showPopover", "isWellFormed", "toWellFormed", "symmetricDifference", "isSubsetOf",
]);

/** Each with the version of Chromium that brought it. */
function younger(node: Node, is_top: boolean): string | null {
  const regex = (node.regex as { pattern: string; flags: string } | undefined) ?? null;
  switch (node.type) {
    case "StaticBlock":
      return "static block (94)";
    case "AwaitExpression":
      return is_top ? "await at the top (89)" : null;
    case "ForOfStatement":
      return is_top && node.await ? "await at the top (89)" : null;
    case "BinaryExpression":
      return (node.left as Node).type === "PrivateIdentifier" ? "#name in (91)" : null;
    case "Literal":
      if (regex && /[dv]/.test(regex.flags)) return "regular expression with d or v (90, 112)";
      return regex && /\(\?[ims]*-?[ims]*:/.test(regex.pattern.replace(/\(\?:/g, "")) ? "modifiers in a regular expression (125)" : null;
    case "ImportExpression":
      return node.options ? "attributes of an import (91)" : null;
    case "ImportDeclaration":
      return (node.attributes as unknown[] | undefined)?.length ? "attributes of an import (91)" : null;
    case "VariableDeclaration":
      return String(node.kind).includes("using") ? "using (134)" : null;
    case "Decorator":
    case "AccessorProperty":
      return "decorators";
    case "CallExpression": {
      const callee = node.callee as Node;
      const property = callee.property as { name?: string } | undefined;
      const name = callee.type === "MemberExpression" && !callee.computed ? property?.name : (callee.name as string | undefined);
      return name && CALLS.has(name) && !ADDED.has(name) ? `${name}()` : null;
    }
    default:
      return null;
  }
}

function faults(code: string): string[] {
  const found: string[] = [];
  const walk = (node: Node, is_top: boolean): void => {
    const fault = younger(node, is_top);
    if (fault) found.push(`${fault}: ${code.slice(Number(node.start), Number(node.start) + 60)}`);
    const inside = is_top && !FUNCTIONS.has(node.type) && node.type !== "PropertyDefinition";
    for (const value of Object.values(node)) {
      for (const one of Array.isArray(value) ? value : [value]) {
        if (one && typeof one === "object" && typeof (one as Node).type === "string") walk(one as Node, inside);
      }
    }
  };
  walk(parseAst(code) as unknown as Node, true);
  return found;
}

test.each([
  "class A { static { f() } }", "await f();", "for await (const a of b) {} export {}", "class A { #a; f(b) { return #a in b } }", "/a/d", "/[a--b]/v", "/(?i:a)/",
  "import a from './a.json' with { type: 'json' }", "import('./a.json', { with: { type: 'json' } })", "using a = b;", "a.findLast(b)", "structuredClone(a)",
  "crypto.randomUUID()",
])("%s is above the floor", (code) => {
  expect(faults(code)).toHaveLength(1);
});

test.each([
  "a ??= b?.c ?? 1_000n", "class A { #a = 1; static b = 2; #f() { return this.#a } }", "async () => { await f(); for await (const a of b) {} }",
  "/(?<=a)(?<b>.)(?:c)/su", "import('./a')", "export * as a from './a'", "a.at(-1)", "a.replaceAll(b, c)", "try { f() } catch {}",
])("%s is not", (code) => {
  expect(faults(code)).toEqual([]);
});

let built: { name: string; code: string }[] = [];
beforeAll(async () => {
  const made = await build({ root: join(import.meta.dirname, ".."), logLevel: "silent", build: { write: false } });
  const { output } = (Array.isArray(made) ? made[0] : made) as { output: { fileName: string; code?: string; source?: string | Uint8Array }[] };
  built = output
    .filter((one) => one.fileName.endsWith(".js"))
    .map((one) => ({ name: one.fileName, code: one.code ?? String(one.source) }));
}, 60_000);

test("what is built keeps to the floor, app and service worker", () => {
  expect(built.map((one) => one.name.replace(/-[^.]+/, "")).sort()).toEqual(["assets/index.js", "sw.js"]);
  expect(built.filter((one) => one.code.length < 1_000)).toEqual([]);
  expect(built.flatMap((one) => faults(one.code)).filter((one) => !HANDED_ON.test(one))).toEqual([]);
});

test("it is built for that floor", () => {
  expect(readFileSync(join(import.meta.dirname, "../vite.config.ts"), "utf-8")).toContain('target: "chrome86"');
});
