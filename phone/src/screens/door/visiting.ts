/** One visit at one door: what is typed, kept against a killed page, and saved. */

import { computed, onUnmounted, reactive, ref, watch } from "vue";
import type { VisitBody } from "../../contract";
import type { Field, OpView } from "../../field";
import { t } from "../../i18n";
import { fault_words } from "../../words/faults";
import type { Small } from "./photo";
import {
  asks, body_of, completes, corrected, empty, faults, is_empty, known_now, missing, put_now, type Typed,
} from "./typed";

const KEEP_AFTER_MS = 600; // a draft is written when the fingers rest

interface Draft extends Typed {
  photos?: Small[]; // a small phone ends the page while its camera is open
}

export function use_visit(field: Field, id: number) {
  const view = computed(() => field.door(id));
  const { photos: taken = [], ...kept }: Draft = (field.draft(id) as Draft | null) ?? empty();
  const typed = reactive<Typed>(kept);
  const photos = ref<Small[]>(taken);
  const is_blank = () => is_empty(typed) && !photos.value.length;
  const was_kept = ref(!is_blank());
  const fault = ref("");
  const is_saving = ref(false);
  const shows_lacking = ref(false);

  const ready = computed(() => (view.value && field.head ? { view: view.value, head: field.head } : null));
  const known = computed(() => (ready.value ? known_now(ready.value.view, ready.value.head, typed) : []));
  const puts = computed(() => (ready.value ? put_now(ready.value.view, ready.value.head, typed) : []));
  const lacking = computed(() => (ready.value ? missing(ready.value.view, ready.value.head, typed) : []));
  const done_rounds = computed(() => (ready.value ? completes(ready.value.view, ready.value.head, typed) : []));
  const departments = computed(() => {
    if (!ready.value) return [];
    const asked = asks(ready.value.view, ready.value.head, typed);
    const all = [...asked.household, ...[...asked.people.values()].flat()];
    return [...new Set(all.flatMap((ask) => ask.departments))];
  });

  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = [watch(typed, plan), watch(photos, keep)];
  function plan(): void {
    clearTimeout(timer);
    timer = setTimeout(keep, KEEP_AFTER_MS);
  }
  function keep(): void {
    if (field.phase !== "open") return;
    const draft: unknown = is_blank() ? null : JSON.parse(JSON.stringify({ ...typed, photos: photos.value }));
    void field.keep_draft(id, draft).catch((error: unknown) => {
      fault.value = fault_words(error);
    });
  }
  function leave(): void {
    clearTimeout(timer);
    for (const each of stop) each();
  }
  onUnmounted(() => {
    if (timer !== undefined && !is_saving.value && !is_blank()) keep();
    leave();
  });

  /** Stored on this phone, or a fault that says what to do. Null: not stored. */
  async function store(body: VisitBody): Promise<OpView | null> {
    is_saving.value = true;
    fault.value = "";
    try {
      const made = await field.record({ kind: "visit", body, door: id });
      leave();
      for (const photo of photos.value) {
        const { media_type, data } = photo;
        await field.record({ kind: "photo", body: { visit: made.op_id, media_type, data }, door: id });
      }
      return made;
    } catch (error) {
      fault.value = fault_words(error);
      is_saving.value = false;
      return null;
    }
  }

  /** The visit as typed. The first time something required is missing it is shown, not saved; the second time it is
   * saved as it is: half an answer is better than none, and the door stays on the list. */
  async function save(): Promise<OpView | null> {
    if (!ready.value) return null;
    const { view: here, head } = ready.value;
    if (faults(here, head, typed).length) {
      fault.value = t("有答案不对，改好再存。");
      return null;
    }
    if (!Object.keys(typed.lines).length && !typed.members.length && here.door.people.length && !typed.corrects) {
      fault.value = t("先点一下家里人见到没有，或点“没人应门”。");
      return null;
    }
    if (lacking.value.length && !shows_lacking.value) {
      shows_lacking.value = true;
      return null;
    }
    return store(body_of(here, head, typed, earlier_body(typed.corrects)));
  }

  async function nobody(outcome: string, back_at: string | undefined): Promise<OpView | null> {
    const channel = outcome === "no_answer" ? "phone" : typed.channel;
    const household = view.value?.found ?? id;
    const note = typed.note.trim();
    const supersedes = typed.corrects;
    return store({ household, channel, outcome, ...(back_at && { back_at }), ...(note && { note }), ...(supersedes && { supersedes }) });
  }

  function earlier_body(visit: string | null): VisitBody | null {
    if (!visit) return null;
    const made = (["waiting", "confirmed", "refused"] as const).flatMap((which) => field.ops(which));
    const found = made.find((op) => op.op_id === visit);
    if (found?.kind === "visit") return found.body as VisitBody;
    const inside = (found?.body as { visit?: Omit<VisitBody, "household"> } | undefined)?.visit;
    return inside ? { household: visit, ...inside } : null;
  }

  function correct(visit: string): void {
    if (view.value) Object.assign(typed, corrected(view.value, visit, earlier_body(visit)));
  }

  function start_again(): void {
    Object.assign(typed, empty());
    photos.value = [];
    was_kept.value = false;
  }

  return {
    view, typed, was_kept, photos, fault, is_saving, shows_lacking,
    known, puts, lacking, done_rounds, departments, save, nobody, correct, start_again,
  };
}
