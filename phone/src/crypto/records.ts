/** A record as it lies on the phone: AES-256-GCM over its JSON, bound to the place where it lies. */

import { type Bytes, from_utf8, random_bytes, to_utf8 } from "./bytes";

export interface Sealed {
  iv: Bytes;
  ct: ArrayBuffer;
}

export async function seal(key: CryptoKey, place: string, value: unknown): Promise<Sealed> {
  const iv = random_bytes(12);
  const algorithm = { name: "AES-GCM", iv, additionalData: to_utf8(place) };
  return { iv, ct: await crypto.subtle.encrypt(algorithm, key, to_utf8(JSON.stringify(value))) };
}

/** Raises when the key is another, or the record was changed or moved. */
export async function unseal<T>(key: CryptoKey, place: string, sealed: Sealed): Promise<T> {
  const algorithm = { name: "AES-GCM", iv: sealed.iv, additionalData: to_utf8(place) };
  return JSON.parse(from_utf8(await crypto.subtle.decrypt(algorithm, key, sealed.ct))) as T;
}
