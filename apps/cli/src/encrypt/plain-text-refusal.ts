import { literal } from "../quote.ts";
import type { Encryption } from "./encryption.ts";

/** The statement of a trigger that refuses plain text. The text itself is in no part of it. */
export const plainTextRefusal = ({ from, into }: Encryption): string => `
  raise exception using errcode = 'check_violation', schema = tg_table_schema, table = tg_table_name,
    column = ${literal(from.column)}, constraint = ${literal(`${from.column}_is_encrypted`)},
    message = ${literal(`Plain text was refused in ${from.table}.${from.column}.`)},
    hint = ${literal(`Seal it and write it to ${into.table}.${into.column}.`)};`;
