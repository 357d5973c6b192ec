/** How the list of today is cut: kept while the app is open, so that one comes back from a door to where one was. */

import { reactive } from "vue";
import { no_place } from "../components/windowing";

export const filters = reactive({ area: 0, only_open: false, text: "" });

export const places = { today: no_place(), lists: no_place() };
