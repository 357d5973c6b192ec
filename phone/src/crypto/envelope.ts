/** A hand-over envelope: operations sealed for the server alone. The phone that made it cannot open it again. */

import type { Operation, ServerKey } from "../contract";
import { from_base64, random_bytes, to_base64url, to_utf8 } from "./bytes";

export interface Envelope {
  v: 1;
  key: string; // id of the server's key
  device: string;
  epk: string; // our public key of this envelope, raw
  iv: string;
  ct: string;
}

export interface Contents {
  device: string;
  secret: string; // proves that it was sealed on that device: anybody can seal for the server's key
  contract: number;
  epoch: string | null;
  sent_at: string;
  clock: number;
  ops: Operation[];
}

const CURVE = { name: "ECDH", namedCurve: "P-256" };

export async function enclose(server: ServerKey, contents: Contents): Promise<Envelope> {
  const theirs = await crypto.subtle.importKey("spki", from_base64(server.spki), CURVE, false, []);
  const ours = await crypto.subtle.generateKey(CURVE, false, ["deriveBits"]);
  const epk = new Uint8Array(await crypto.subtle.exportKey("raw", ours.publicKey));
  const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, ours.privateKey, 256);
  const key = await crypto.subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt: epk, info: to_utf8("lianfang handover 1") },
    await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]),
    { name: "AES-GCM", length: 256 },
    false,
    ["encrypt"],
  );
  const iv = random_bytes(12);
  const ct = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, to_utf8(JSON.stringify(contents)));
  return {
    v: 1,
    key: server.id,
    device: contents.device,
    epk: to_base64url(epk),
    iv: to_base64url(iv),
    ct: to_base64url(new Uint8Array(ct)),
  };
}
