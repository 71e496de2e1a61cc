/** Seconds since 1970, as PostgreSQL and tokens give them, in the form that answers have (RFC 3339). */
export const isoTime = (seconds: number): string => new Date(seconds * 1000).toISOString();
