/** 3GPP TS 23.038, the default alphabet without the escape. */
const GSM_7 = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
);
/** Its extension table: two septets each. */
const GSM_7_EXTENSION = new Set("\f^{}\\[~]|€");

const isBasic = (character: string): boolean => GSM_7.has(character);

const isExtended = (character: string): boolean => GSM_7_EXTENSION.has(character);

export type SmsLength = Readonly<{ encoding: "GSM-7" | "UCS-2"; segments: number }>;

/**
 * How a text travels: what a carrier charges for. 160 septets in one segment and 153 in each of
 * several; one character outside the alphabet makes it 70 and 67 UTF-16 units.
 */
export function measureSms(text: string): SmsLength {
  let septets = 0;
  for (const character of text) {
    if (isBasic(character)) septets += 1;
    else if (isExtended(character)) septets += 2;
    else return { encoding: "UCS-2", segments: segmentsOf(text.length, 70, 67) };
  }
  return { encoding: "GSM-7", segments: segmentsOf(septets, 160, 153) };
}

const segmentsOf = (units: number, alone: number, joined: number): number =>
  units <= alone ? 1 : Math.ceil(units / joined);
