/** Where the app stands: `#/door/12` → ["door", "12"]. The browser's own back works. */

import { computed, ref } from "vue";

const hash = ref(location.hash);
addEventListener("hashchange", () => {
  hash.value = location.hash;
});

export const route = computed(() => hash.value.replace(/^#\/?/, "").split("/").filter(Boolean));

export function go(...parts: (string | number)[]): void {
  location.hash = `#/${parts.join("/")}`;
}

export function go_instead(...parts: (string | number)[]): void {
  location.replace(`#/${parts.join("/")}`);
}
