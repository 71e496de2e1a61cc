import { type KeyRing, secretsOfRing } from "./key-ring.ts";
import type { SealCount } from "./seal-limits.ts";

/** What an operator may see of a ring. No part of it gives a key away. */
export type KeyRingStatus = Readonly<{
  activeId: number;
  /** In the order they were given, the active one first. */
  keys: readonly Readonly<{ id: number; fingerprint: string; isActive: boolean }>[];
  /** What was sealed by this ring in this process, by column. */
  sealed: readonly SealCount[];
}>;

/**
 * The ids and fingerprints (`keyFingerprint`) on a ring, and how often each column's key sealed.
 */
export function keyRingStatus(ring: KeyRing): KeyRingStatus {
  const { keys } = secretsOfRing(ring);
  const { activeId } = ring;
  const active = keys.get(activeId);
  const sealed = [...(active?.columns.inUse() ?? [])].filter(({ count }) => count > 0);
  return {
    activeId,
    keys: [...keys].map(([id, { fingerprint }]) => ({
      id,
      fingerprint,
      isActive: id === activeId,
    })),
    sealed: sealed.map(({ table, column, count }) => ({ keyId: activeId, table, column, count })),
  };
}
