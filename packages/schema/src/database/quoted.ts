/** A name as SQL writes it: `quoted("shop", "users")` is `"shop"."users"`. */
export const quoted = (...names: string[]) =>
  names.map((name) => `"${name.replaceAll('"', '""')}"`).join(".");
