import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vitest/config";

export default defineConfig({
  base: "/phone/",
  plugins: [vue()],
  build: {
    target: "chrome86", // the floor for desk and phone (tests/architecture/browser_floor.py)
    cssTarget: "chrome86",
    assetsInlineLimit: 0, // the policy of the page allows nothing inline
    modulePreload: { polyfill: false },
  },
  test: { include: ["tests/**/*.test.ts"] },
});
