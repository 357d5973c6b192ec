/** English, by the Chinese of the source. tests/words.test.ts: every text that is shown stands here. */

import { DOORS } from "./en_doors";
import { EDGES } from "./en_edges";
import { ROWS } from "./en_rows";
import { UNITS } from "./en_units";

export const EN: Record<string, string> = { ...DOORS, ...EDGES, ...ROWS, ...UNITS };
