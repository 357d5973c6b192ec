import { beforeEach, expect, test } from "vitest";
import { browser_of, phone_name } from "../src/browser";
import { seal, unseal } from "../src/crypto/records";
import { get_plain } from "../src/store/database";
import { try_pin } from "../src/wiping";
import { Phone, PIN } from "./phone";
import { Server } from "./server";

let phone: Phone;

beforeEach(async () => {
  phone = await Phone.enrolled(await Server.start(), PIN);
});

test("a try is counted before it is made: ending the app in between gives no other", async () => {
  const trying = try_pin(phone.database, "000000");
  while ((await get_plain(phone.database, "lock"))!.left === 5) await new Promise((resolve) => setTimeout(resolve, 1));
  expect((await get_plain(phone.database, "lock"))!.left).toBe(4);
  expect(await trying).toEqual({ key: null, left: 4 });
});

test("the right PIN gives all tries back", async () => {
  await try_pin(phone.database, "000000");
  expect((await try_pin(phone.database, PIN)).left).toBe(5);
  expect((await get_plain(phone.database, "lock"))!.left).toBe(5);
});

test("what is no PIN at all is no try", async () => {
  for (const text of ["", "12345", "1234567", "12345a", "１２３４５６"]) {
    expect(await try_pin(phone.database, text)).toEqual({ key: null, left: 5 });
  }
});

test("tries at the same time are each counted; the fifth wipes", async () => {
  await Promise.all(["000000", "000001", "000002", "000003", "000004"].map((pin) => try_pin(phone.database, pin)));
  expect(await get_plain(phone.database, "lock")).toBe(undefined);
  expect(await try_pin(phone.database, PIN)).toEqual({ key: null, left: 0 });
});

test("neither key can be taken out of the browser", async () => {
  const { key } = await try_pin(phone.database, PIN);
  expect([key!.extractable, (await get_plain(phone.database, "lock"))!.outer.extractable]).toEqual([false, false]);
});

test("a record opens only where it lay", async () => {
  const { key } = await try_pin(phone.database, PIN);
  const sealed = await seal(key!, "doors/1", { head: "陈秀英" });
  expect(await unseal(key!, "doors/1", sealed)).toEqual({ head: "陈秀英" });
  await expect(unseal(key!, "doors/2", sealed)).rejects.toThrow();
});

test.each([
  ["Mozilla/5.0 (Linux; Android 12; JEF-AN00) Chrome/86.0 Mobile MicroMessenger/8.0.40 MMWEBID/1", "微信", true],
  ["Mozilla/5.0 (Linux; Android 12) Chrome/86.0 Mobile wxwork/4.1 MicroMessenger/7.0", "企业微信", true],
  ["Mozilla/5.0 (Linux; Android 11) Chrome/89 Mobile Safari AliApp(DingTalk/6.5.50)", "钉钉", true],
  ["Mozilla/5.0 (Linux; Android 11) Chrome/89 Mobile MQQBrowser/6.2 QQ/8.9.28", "QQ", true],
  ["Mozilla/5.0 (Linux; U; Android 11) Chrome/89 MQQBrowser/13.4 Mobile Safari", "QQ浏览器 13", false],
  ["Mozilla/5.0 (Linux; Android 10) Chrome/92 HuaweiBrowser/12.0 Mobile", "华为浏览器 12", false],
  ["Mozilla/5.0 (Linux; Android 13; M2007J3SC) Chrome/131.0.0.0 Mobile Safari/537.36", "Chrome 131", false],
])("%s", (agent, name, is_in_chat) => {
  expect(browser_of(agent)).toEqual({ name, is_in_chat });
});

test("the desk reads which phone it is", () => {
  expect(phone_name("Mozilla/5.0 (Linux; Android 13; M2007J3SC Build/TKQ1) Chrome/131.0 Mobile")).toBe("M2007J3SC · Chrome 131");
});
