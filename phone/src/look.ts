/** How the app looks on this phone: night, large type. Kept in plain sight: it says nothing about anybody. */

import { ref, watch } from "vue";

export type Theme = "" | "night";
export type Size = "" | "large";

export const theme = kept<Theme>("theme", ["", "night"]);
export const size = kept<Size>("size", ["", "large"]);

function kept<T extends string>(name: "theme" | "size", allowed: T[]) {
  const key = `lianfang-${name}`;
  let value = "" as T;
  try {
    const stored = localStorage.getItem(key) as T | null;
    if (stored && allowed.includes(stored)) value = stored;
  } catch {
    // plain
  }
  const found = ref(value);
  watch(
    found,
    (chosen) => {
      document.documentElement.dataset[name] = chosen;
      try {
        localStorage.setItem(key, chosen as string);
      } catch {
        // for this time only
      }
    },
    { immediate: true },
  );
  return found;
}
