/** The demo shows this app in a frame beside the desk, with a switch for the network and with the desk's numbers. */

interface Around {
  lianfangNetworkIsCut?: boolean;
  postMessage(message: unknown, origin: string): void;
}

function around(): Around | null {
  try {
    const is_ours = window.parent !== window && window.parent.location.origin === location.origin;
    return is_ours ? (window.parent as unknown as Around) : null;
  } catch {
    return null; // somebody else's page
  }
}

export function is_cut_off(): boolean {
  return typeof window !== "undefined" && around()?.lianfangNetworkIsCut === true;
}

export function tell_around(what: "enrolled" | "receipts"): void {
  around()?.postMessage({ lianfang: what }, location.origin);
}
