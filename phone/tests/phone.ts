/** A phone without a screen: store, session and client, on an IndexedDB in memory. */

import { IDBFactory } from "fake-indexeddb";
import "fake-indexeddb/auto";
import { new_lock, opened, with_pin } from "../src/crypto/lock";
import { seal } from "../src/crypto/records";
import { Session } from "../src/session";
import { type Database, get_plain, open_database } from "../src/store/database";
import { change, next_run, Vault } from "../src/store/vault";
import { Client } from "../src/sync/client";
import { Clock } from "../src/sync/clock";
import type { Server } from "./server";

export const PIN = "246813";

export class Phone {
  database!: Database;
  session!: Session;
  client!: Client;
  wrong_by = 0; // the phone's clock, in milliseconds
  private steady = 1_000;

  constructor(readonly server: Server) {}

  /** Without a PIN: making a key of one takes as long as it should. */
  static async enrolled(server: Server, pin: string | null = null): Promise<Phone> {
    globalThis.indexedDB = new IDBFactory();
    const phone = new Phone(server);
    phone.database = await open_database(() => {});
    const { lock, key } = await new_lock();
    await change(phone.database, (now) => now, [
      { store: "plain", key: "lock", value: pin ? await with_pin(lock, pin) : lock },
      { store: "plain", key: "device", value: { id: "00000000-0000-4000-8000-000000000001", server_key: server.server_key } },
      { store: "sealed", key: "secret", value: await seal(key, "sealed/secret", "s3cret") },
    ]);
    if (!pin) await phone.start();
    return phone;
  }

  /** As after the app was ended, at any moment. */
  async start(): Promise<void> {
    const lock = await get_plain(this.database, "lock");
    const key = (await opened(lock!, null))!;
    const clock = new Clock(
      await next_run(this.database),
      () => next_run(this.database),
      () => Date.now() + this.wrong_by,
      () => this.steady + Date.now(),
    );
    this.session = await Session.open(new Vault(this.database, key), clock, () => {});
    this.client = new Client(this.session, this.server.call, () => "zh-Hans");
  }

  visit(door: number, more: Record<string, unknown> = {}) {
    return this.session.record({ kind: "visit", body: { household: door, channel: "door", outcome: "met", ...more }, door });
  }
}
