/** The service worker, and the change to a newer version of the app: never under somebody's fingers. */

export interface Updating {
  hold(): () => void;
  /** Change over as soon as nothing holds it. */
  wanted(): void;
}

export function watch_updates(waits: (version: string) => void): Updating {
  let held = 0;
  let is_wanted = false;
  let newer: ServiceWorker | null = null;

  const change_over = () => {
    if (is_wanted && held === 0) newer?.postMessage("take_over");
  };
  const found = (worker: ServiceWorker | null) => {
    if (!worker || !navigator.serviceWorker.controller) return; // the first one takes over by itself
    newer = worker;
    const channel = new MessageChannel();
    channel.port1.onmessage = (event) => {
      waits(String(event.data));
      change_over();
    };
    worker.postMessage("version", [channel.port2]);
  };
  // A page that was still loading when the worker claimed all, or that was reloaded past it, would stay without one: it
  // would not open without a network, and would be offered no newer version.
  const ask_for_it = ({ active }: ServiceWorkerRegistration) => {
    if (!navigator.serviceWorker.controller) active?.postMessage("claim");
  };
  const watch = (registration: ServiceWorkerRegistration) => {
    found(registration.waiting);
    registration.addEventListener("updatefound", () => {
      const worker = registration.installing;
      worker?.addEventListener("statechange", () => worker.state === "installed" && found(worker));
    });
    setInterval(() => void registration.update().catch(() => {}), 3_600_000);
  };
  if ("serviceWorker" in navigator && import.meta.env.PROD) {
    const had_one = Boolean(navigator.serviceWorker.controller);
    navigator.serviceWorker.addEventListener("controllerchange", () => had_one && location.reload());
    // Without one (refused in some browsers) the app works as a plain page.
    navigator.serviceWorker.register(`${import.meta.env.BASE_URL}sw.js`).then(watch, () => {});
    void navigator.serviceWorker.ready.then(ask_for_it);
  }
  return {
    hold() {
      held += 1;
      let is_held = true;
      return () => {
        if (is_held) held -= 1;
        is_held = false;
        change_over();
      };
    },
    wanted() {
      is_wanted = true;
      change_over();
    },
  };
}
