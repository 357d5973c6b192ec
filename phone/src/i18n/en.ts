/** English, by the Chinese of the source. tests/words.test.ts: every text that is shown stands here. */
export const EN: Record<string, string> = {};
