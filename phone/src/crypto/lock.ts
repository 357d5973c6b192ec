/** The key of all records, and the PIN that opens it.
 *
 * It lies wrapped twice: inside by a key made from the PIN, outside by a key that never leaves this browser. So neither
 * a copy of the stored bytes nor the PIN alone opens anything. Before there is a PIN it lies wrapped once. */

import { type Bytes, random_bytes, to_utf8 } from "./bytes";

export const TRIES = 5;
const ROUNDS = 310_000; // of PBKDF2-SHA-256: about a second on the slowest phone we meet
const PIN = /^\d{6}$/;

export interface Lock {
  outer: CryptoKey; // not extractable
  iv: Bytes;
  wrapped: ArrayBuffer;
  pin: { salt: Bytes; rounds: number; iv: Bytes } | null;
  left: number; // wrong PINs until everything is wiped
}

export function is_pin(pin: string): boolean {
  return PIN.test(pin);
}

export async function new_lock(): Promise<{ lock: Lock; key: CryptoKey }> {
  const outer = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  const raw = random_bytes(32);
  const iv = random_bytes(12);
  const wrapped = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, outer, raw);
  return { lock: { outer, iv, wrapped, pin: null, left: TRIES }, key: await imported(raw) };
}

/** The same key behind a PIN. */
export async function with_pin(lock: Lock, pin: string): Promise<Lock> {
  if (lock.pin) throw new Error("there is a PIN");
  const raw = await crypto.subtle.decrypt({ name: "AES-GCM", iv: lock.iv }, lock.outer, lock.wrapped);
  const [salt, inner_iv, iv] = [random_bytes(16), random_bytes(12), random_bytes(12)];
  const inner = await pin_key(pin, salt, ROUNDS);
  const within = await crypto.subtle.encrypt({ name: "AES-GCM", iv: inner_iv }, inner, raw);
  const wrapped = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, lock.outer, within);
  new Uint8Array(raw).fill(0);
  return { outer: lock.outer, iv, wrapped, pin: { salt, rounds: ROUNDS, iv: inner_iv }, left: TRIES };
}

/** null: the PIN is wrong. */
export async function opened(lock: Lock, pin: string | null): Promise<CryptoKey | null> {
  let raw = await crypto.subtle.decrypt({ name: "AES-GCM", iv: lock.iv }, lock.outer, lock.wrapped);
  if (lock.pin) {
    const inner = await pin_key(pin ?? "", lock.pin.salt, lock.pin.rounds);
    try {
      raw = await crypto.subtle.decrypt({ name: "AES-GCM", iv: lock.pin.iv }, inner, raw);
    } catch {
      return null;
    }
  }
  return imported(new Uint8Array(raw));
}

async function imported(raw: Bytes): Promise<CryptoKey> {
  const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
  raw.fill(0);
  return key;
}

async function pin_key(pin: string, salt: Bytes, iterations: number): Promise<CryptoKey> {
  const base = await crypto.subtle.importKey("raw", to_utf8(pin), "PBKDF2", false, ["deriveKey"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations };
  return crypto.subtle.deriveKey(how, base, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}
