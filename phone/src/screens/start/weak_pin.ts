/** PINs that are tried first by whoever finds a phone. Pure. */

const TRIED_FIRST = new Set(["112233", "332211", "123321", "147258", "258369", "159357", "520131", "131452", "666888", "888666"]);

export type Weak = "same" | "run" | "repeat" | "known";

export const WEAK_WORDS: Record<Weak, string> = {
  same: "六个数一样，捡到手机的人头一个就试它。换一个。",
  run: "连着的数，捡到手机的人头一个就试它。换一个。",
  repeat: "来回重复的数太好猜。换一个。",
  known: "这个号用的人太多，好猜。换一个。",
};

export function weakness_of(pin: string): Weak | null {
  const digits = [...pin].map(Number);
  const steps = new Set(digits.slice(1).map((digit, at) => (digit - digits[at]! + 10) % 10));
  if (steps.size === 1) return steps.has(0) ? "same" : steps.has(1) || steps.has(9) ? "run" : "repeat";
  if (pin.slice(0, 3) === pin.slice(3) || new Set(pin.match(/../g)).size === 1) return "repeat";
  return TRIED_FIRST.has(pin) ? "known" : null;
}
