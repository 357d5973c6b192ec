import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import vue from "@vitejs/plugin-vue";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const here = import.meta.dirname ?? new URL(".", import.meta.url).pathname;
const release = /__version__ = "(.+?)"/.exec(readFileSync(join(here, "../lianfang/__init__.py"), "utf-8"))?.[1];

function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex").slice(0, 16);
}

function folder_hash(folder: string): string {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return sha256(names.map((name) => sha256(readFileSync(name))).join());
}

const version = `${release}+${sha256(`${folder_hash(join(here, "src"))}${folder_hash(join(here, "public"))}`).slice(0, 8)}`;

/** The worker gets the list of what the app is made of, each with its hash. */
function service_worker(): Plugin {
  return {
    name: "service-worker",
    apply: "build",
    enforce: "post",
    generateBundle(_options, bundle) {
      const files: Record<string, string> = {};
      for (const one of Object.values(bundle)) {
        files[one.fileName] = sha256(one.type === "chunk" ? one.code : one.source);
      }
      for (const name of readdirSync(join(here, "public"))) files[name] = sha256(readFileSync(join(here, "public", name)));
      const text = readFileSync(join(here, "src/worker/sw.js"), "utf-8");
      const source = text.replace("__VERSION__", version).replace("__FILES__", JSON.stringify(files, null, 1));
      this.emitFile({ type: "asset", fileName: "sw.js", source });
    },
  };
}

export default defineConfig({
  base: "/phone/",
  plugins: [vue(), service_worker()],
  define: { __VERSION__: JSON.stringify(version) },
  build: {
    target: "chrome86", // the floor for desk and phone (tests/architecture/browser_floor.py)
    cssTarget: "chrome86",
    assetsInlineLimit: 0, // the policy of the page allows nothing inline
    modulePreload: { polyfill: false },
  },
  server: { proxy: { "/api": "http://127.0.0.1:8300" } }, // `lianfang up`
  test: { include: ["tests/**/*.test.ts"] },
});
