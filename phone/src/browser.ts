/** In which browser we run, and whether it keeps what is stored. */

// Browsers inside chat apps: they drop a page's data when they like, and take no service worker for certain.
const IN_CHAT: [RegExp, string][] = [
  [/wxwork/i, "企业微信"],
  [/MicroMessenger/i, "微信"],
  [/DingTalk/i, "钉钉"],
  [/(?:Lark|Feishu)/i, "飞书"],
  [/\bQQ\/|QQTheme/i, "QQ"],
  [/Weibo/i, "微博"],
  [/AlipayClient/i, "支付宝"],
];
const KNOWN: [RegExp, string][] = [
  [/HuaweiBrowser\/(\d+)/, "华为浏览器"],
  [/MiuiBrowser\/(\d+)/, "小米浏览器"],
  [/(?:HeyTapBrowser|OppoBrowser)\/(\d+)/, "OPPO浏览器"],
  [/VivoBrowser\/(\d+)/, "vivo浏览器"],
  [/(?:UCBrowser|UBrowser)\/(\d+)/, "UC浏览器"],
  [/MQQBrowser\/(\d+)/, "QQ浏览器"],
  [/Edg(?:A|iOS)?\/(\d+)/, "Edge"],
  [/(?:Firefox|FxiOS)\/(\d+)/, "Firefox"],
  [/(?:Chrome|CriOS)\/(\d+)/, "Chrome"],
  [/Version\/(\d+).*Safari/, "Safari"],
];

export interface Browser {
  name: string;
  is_in_chat: boolean;
}

export function browser_of(agent: string): Browser {
  const chat = IN_CHAT.find(([pattern]) => pattern.test(agent));
  if (chat) return { name: chat[1], is_in_chat: true };
  for (const [pattern, name] of KNOWN) {
    const found = pattern.exec(agent);
    if (found) return { name: `${name} ${found[1]}`, is_in_chat: false };
  }
  return { name: "", is_in_chat: false };
}

/** The phone's own name, for the list of devices at the desk. */
export function phone_name(agent: string): string {
  const model = /Android [\d.]+; (?:[a-z]{2}-[a-z]{2}; )?([^;)]+?)(?: Build|\))/i.exec(agent)?.[1];
  const kind = model ?? /iPhone|iPad|Windows|Macintosh|Linux/.exec(agent)?.[0] ?? "";
  return [kind, browser_of(agent).name].filter(Boolean).join(" · ").slice(0, 60);
}

export function has_crypto(): boolean {
  return window.isSecureContext && typeof crypto !== "undefined" && Boolean(crypto.subtle);
}

/** The browser is asked not to throw our data away when it runs short. */
export async function ask_to_keep(): Promise<void> {
  try {
    await navigator.storage?.persist?.();
  } catch {
    // it decides by itself
  }
}
