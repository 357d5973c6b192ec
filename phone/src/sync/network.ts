/** One request to our server. Nothing here decides; it says what came back, or that nothing did. */

import { is_cut_off } from "../frame";

const GIVEN_UP_MS = 60_000;

export interface Answer {
  http: number;
  json: Record<string, any> | null; // null: not JSON of ours
  retry_after: number | null; // seconds
}

/** No answer: no network, no server, or too late. */
export class Silence extends Error {}

export interface Request {
  method?: "GET" | "POST";
  body?: unknown;
  key?: string; // Authorization of the device
  language?: string;
}

export type Call = (path: string, request?: Request) => Promise<Answer>;

export const call: Call = async (path, { method = "GET", body, key, language } = {}) => {
  if (is_cut_off()) throw new Silence("cut off");
  const headers: Record<string, string> = { Accept: "application/json" };
  if (key) headers.Authorization = key;
  if (language) headers["Accept-Language"] = language;
  const sent = body === undefined ? undefined : await packed(JSON.stringify(body), headers);
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), GIVEN_UP_MS);
  try {
    const how = { method, headers, body: sent, cache: "no-store", credentials: "omit", signal: stop.signal } as const;
    const response = await fetch(path, how);
    const text = await response.text();
    return { http: response.status, json: json_of(text), retry_after: seconds_of(response.headers.get("Retry-After")) };
  } catch (error) {
    throw new Silence(String(error));
  } finally {
    clearTimeout(timer);
  }
};

async function packed(text: string, headers: Record<string, string>): Promise<BodyInit> {
  headers["Content-Type"] = "application/json";
  if (typeof CompressionStream === "undefined" || text.length < 1_000) return text;
  headers["Content-Encoding"] = "gzip";
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Response(stream).arrayBuffer(); // a stream as body is younger than our floor
}

function json_of(text: string): Record<string, any> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

function seconds_of(header: string | null): number | null {
  const seconds = Number(header);
  return header && Number.isFinite(seconds) && seconds >= 0 ? seconds : null;
}
