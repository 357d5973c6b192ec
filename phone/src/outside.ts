/** What comes from outside the app: a link with a code, the network, the screen that is looked at again. */

export interface Outside {
  link(code: string): void;
  online(is_online: boolean): void;
  seen(left_alone_ms: number): void;
}

export function watch_outside(told: Outside): void {
  let hidden_at = Date.now();
  const follow_link = () => {
    const code = /^#i=([A-Za-z0-9]+)$/.exec(location.hash)?.[1];
    if (!code) return;
    told.link(code);
    history.replaceState(null, "", location.pathname); // it stays in no history
  };
  follow_link();
  addEventListener("hashchange", follow_link);
  addEventListener("online", () => told.online(true));
  addEventListener("offline", () => told.online(false));
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) hidden_at = Date.now();
    else told.seen(Math.abs(Date.now() - hidden_at));
  });
}
