/** Times as people say them at night: 今天21:00, 次日1:30, 8月5日. Always the county's wall clock, whatever the phone's
 * zone. Pure. */

import { t } from "../i18n";

const ZONE_MS = 8 * 3_600_000; // Asia/Shanghai has no summer time
const DAY_MS = 86_400_000;

interface Wall {
  day: number; // days since 1970
  year: number;
  month: number;
  date: number;
  hour: number;
  minute: number;
}

const MONTHS = ["1月", "2月", "3月", "4月", "5月", "6月", "7月", "8月", "9月", "10月", "11月", "12月"];
/** For the test that English is complete. */
export const ALL_MONTHS = MONTHS;

/** 8月16日, 16 Aug: two bare numbers are read either way round in English. Of another year than this one: 2025年8月16日. */
function date_in_words(found: Pick<Wall, "year" | "month" | "date">, this_year: number): string {
  const day = t("{month}{date}日", { month: t(MONTHS[found.month - 1] ?? ""), date: found.date });
  return found.year === this_year ? day : t("{year}年{day}", { year: found.year, day });
}

function wall(instant: Date): Wall {
  const local = new Date(instant.getTime() + ZONE_MS);
  return {
    day: Math.floor(local.getTime() / DAY_MS),
    year: local.getUTCFullYear(),
    month: local.getUTCMonth() + 1,
    date: local.getUTCDate(),
    hour: local.getUTCHours(),
    minute: local.getUTCMinutes(),
  };
}

export function clock_words(iso: string): string {
  const { hour, minute } = wall(new Date(iso));
  return `${hour}:${String(minute).padStart(2, "0")}`;
}

export function day_words(iso: string, now: Date): string {
  const [found, today] = [wall(new Date(iso)), wall(now)];
  if (found.day === today.day) return t("今天");
  if (found.day === today.day - 1) return t("昨天");
  // What is said in the evening of the small hours: 次日1:30.
  if (found.day === today.day + 1) return today.hour >= 18 && found.hour < 6 ? t("次日") : t("明天");
  return date_in_words(found, today.year);
}

export function moment_words(iso: string, now: Date): string {
  return t("{day}{time}", { day: day_words(iso, now), time: clock_words(iso) });
}

/** A day without an hour, as registers keep it: 2026-08-05 → 8月5日. */
export function date_words(day: string, now: Date): string {
  const [year, month, date] = day.split("-").map(Number);
  return year && month && date ? date_in_words({ year, month, date }, wall(now).year) : day;
}

export function age_on(birth_on: string | null, now: Date): number | null {
  if (!birth_on) return null;
  const [year, month, date] = birth_on.split("-").map(Number) as [number, number, number];
  const local = new Date(now.getTime() + ZONE_MS);
  const before = local.getUTCMonth() + 1 < month || (local.getUTCMonth() + 1 === month && local.getUTCDate() < date);
  return local.getUTCFullYear() - year - (before ? 1 : 0);
}

/** The next time a wall clock shows this hour, as an instant: 19:30 said at 21:00 is tomorrow's. */
export function next_at(hour: number, minute: number, now: Date): string {
  const { day } = wall(now);
  const instant = day * DAY_MS + (hour * 60 + minute) * 60_000 - ZONE_MS;
  return new Date(instant <= now.getTime() ? instant + DAY_MS : instant).toISOString();
}
