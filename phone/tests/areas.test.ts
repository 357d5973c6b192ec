/** A phone whose pack would be too large has no doors yet and opens on Today: there it must be asked which part to take. */

import { expect, test, vi } from "vitest";
import { createSSRApp } from "vue";
import { renderToString } from "vue/server-renderer";
import { FIELD } from "../src/field";
import { memory_field } from "../src/memory_field";

// What the screens ask of a browser as they are loaded.
vi.stubGlobal("location", { hash: "#/today" });
vi.stubGlobal("addEventListener", () => undefined);
vi.stubGlobal("document", { documentElement: { dataset: {} } });
const { default: Me } = await import("../src/screens/Me.vue");
const { default: Today } = await import("../src/screens/Today.vue");

function html_of(screen: object, areas: { id: number; name: string; doors: number }[]): Promise<string> {
  const field = memory_field();
  field.areas = areas;
  field.trouble = areas.length ? { code: "sync.too_many_doors", message: "请选一个村、小区或网格。", until: null } : null;
  return renderToString(createSSRApp(screen, { part: "" }).provide(FIELD, field));
}
const CHOICES = [{ id: 7, name: "杨梅村", doors: 1_204 }, { id: 8, name: "石桥村", doors: 86 }];

test.each([["Today", Today], ["Me", Me]])("%s shows every area to choose from, with its doors", async (_name, screen) => {
  const html = await html_of(screen, CHOICES);
  for (const said of ["杨梅村", "1204户", "石桥村", "86户", "请选一个村、小区或网格。"]) expect(html).toContain(said);
  expect(html).not.toContain("还没有门分给您");
});

test("without a choice to make, Today says that no door was given", async () => {
  expect(await html_of(Today, [])).toContain("还没有门分给您");
});
