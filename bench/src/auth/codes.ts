import { createDigestKeys, createKeyRing } from "@postern/crypto";
import { openMessage } from "@postern/messages";
import type { Sealed } from "@postern/schema/sealed";
import type { World } from "./open-world.ts";

export type Code = { readonly challengeId: string; readonly code: string };

type Row = {
  id: string;
  template: string;
  challenge_id: string;
  sealed_payload: Sealed<"email_delivery_log", "sealed_payload">;
};

/** Every code that waits for the notifier, derived as the notifier does. */
export async function readCodes({ sql, environment }: World): Promise<Code[]> {
  const rows = await sql<Row[]>`
    select id, template, challenge_id, sealed_payload from postern.email_delivery_log
    where challenge_id is not null and consumed_at is null and status = 'pending'`;
  const keys = {
    keyRing: createKeyRing({ active: { id: 1, hex: environment.SYSTEM_ENCRYPTION_KEY ?? "" } }),
    digestKeys: createDigestKeys(environment.BLIND_INDEX_KEY ?? ""),
  };
  return rows.map(({ id, template, challenge_id: challengeId, sealed_payload: sealedPayload }) => ({
    challengeId,
    code: openMessage(keys, { id, template, sealedPayload }).code ?? "",
  }));
}
