import encodeQR from "qr";

/** ISO/IEC 18004 asks for four light modules around a code. */
const QUIET_ZONE_MODULES = 4;

/** A QR code as an SVG image of its own, black on whatever is behind it. */
export const drawQr = (text: string): string =>
  encodeQR(text, "svg", { border: QUIET_ZONE_MODULES });
