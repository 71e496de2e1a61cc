/** How long a device may leave the second step out. The end does not move with use. */
export const TRUST_DAYS = 30;
