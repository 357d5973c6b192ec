export const EDGES: Record<string, string> = {};
