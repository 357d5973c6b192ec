/** A long list of doors, of which only what is near the screen stands in the page: a cheap phone takes seconds to draw five
 * hundred. Doors go in blocks; one that is far away is an empty box of the height that it has, so that the scroll bar,
 * paging by keys and a reader's finger find it where it is, and it is filled before it is reached. */

import { nextTick, onBeforeUnmount, onMounted, onUpdated, type Ref, shallowRef, type VNodeRef } from "vue";
import type { DoorView } from "../field";

const BLOCK = 10; // doors: about a screen
const NEAR_PX = 600; // about a screen before and behind what is seen
const LINE_PX = 62; // of a door that was never drawn

export interface Block {
  key: string;
  doors: DoorView[];
}

/** Where somebody was in a list when a door was opened; kept while the app is open. */
export interface Place {
  door: number; // the one that was opened, or the last that was gone on to from it
  offset: number; // how far below the upper edge it stood
  top: number; // how far the list was scrolled, should that door be gone from it
  height: Map<string, number>; // of blocks that were drawn
}

export function no_place(): Place {
  return { door: 0, offset: 0, top: 0, height: new Map() };
}

export function blocks_of(key: string, doors: DoorView[]): Block[] {
  const blocks: Block[] = [];
  for (let at = 0; at < doors.length; at += BLOCK) {
    const some = doors.slice(at, at + BLOCK);
    blocks.push({ key: `${key}/${at}/${some.length}`, doors: some });
  }
  return blocks;
}

export function use_window(scroller: Ref<HTMLElement | null | undefined>, place: Place, blocks: () => Block[]) {
  const boxes = new Map<string, HTMLElement>();
  const drawn = shallowRef<ReadonlySet<string>>(new Set());
  let wanted = 0;

  /** Which blocks are near; the one with the cursor stays, or the keyboard would lose its place. */
  function look(): void {
    wanted = 0;
    const frame = scroller.value?.getBoundingClientRect();
    if (!frame) return;
    const near = new Set<string>();
    for (const [key, box] of boxes) {
      const { top, bottom } = box.getBoundingClientRect();
      if (drawn.value.has(key)) place.height.set(key, bottom - top);
      if ((bottom > frame.top - NEAR_PX && top < frame.bottom + NEAR_PX) || box.contains(document.activeElement)) near.add(key);
    }
    const is_same = near.size === drawn.value.size && [...near].every((key) => drawn.value.has(key));
    if (!is_same) drawn.value = near;
  }
  function look_soon(): void {
    wanted ||= requestAnimationFrame(look);
  }

  function box(key: string): VNodeRef {
    return (element) => {
      if (element) boxes.set(key, element as HTMLElement);
      else boxes.delete(key);
    };
  }
  function style(block: Block): { height?: string } {
    if (drawn.value.has(block.key)) return {};
    return { height: `${place.height.get(block.key) ?? block.doors.length * LINE_PX}px` };
  }

  const line_of = (door: number) => scroller.value?.querySelector<HTMLElement>(`a.line[href="#/door/${door}"]`);
  /** Before the first frame: to the door from which one comes. */
  async function come_back(blocks: Block[]): Promise<void> {
    if (scroller.value) scroller.value.scrollTop = place.top;
    const block = place.door ? blocks.find((one) => one.doors.some((view) => view.door.id === place.door)) : undefined;
    const found = block && boxes.get(block.key);
    if (found && scroller.value) {
      const above = scroller.value.getBoundingClientRect().top;
      scroller.value.scrollTop += found.getBoundingClientRect().top - above - place.offset;
      look();
      drawn.value = new Set([...drawn.value, block.key]);
      await nextTick();
      const line = line_of(place.door);
      if (line) {
        scroller.value.scrollTop += line.getBoundingClientRect().top - above - place.offset;
        line.focus({ preventScroll: true }); // where keyboard and reader go on
      }
    }
    look();
  }
  function leave(): void {
    if (!scroller.value) return;
    place.top = scroller.value.scrollTop;
    place.door = Number(/^#\/door\/(-?\d+)$/.exec(location.hash)?.[1] ?? 0);
    const line = line_of(place.door);
    if (line) place.offset = line.getBoundingClientRect().top - scroller.value.getBoundingClientRect().top;
  }

  onMounted(() => {
    void come_back(blocks());
    scroller.value?.addEventListener("scroll", look_soon, { passive: true });
    addEventListener("resize", look_soon);
  });
  onUpdated(look_soon);
  onBeforeUnmount(() => {
    leave();
    cancelAnimationFrame(wanted);
    removeEventListener("resize", look_soon);
  });
  return { drawn, box, style };
}
