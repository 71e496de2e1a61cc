/** What a column that refers to a serial is. */
export const keyTypeOf = (type: string): string =>
  ({ serial: "integer", bigserial: "bigint", smallserial: "smallint" })[type] ?? type;
