/** invalid_text_representation and numeric_value_out_of_range: text that is no id of these users. */
const STATES = ["22P02", "22003"];

/** Whether PostgreSQL refused a text as an id. Their type is the app's own, so only it can tell. */
export const isNoId = (sqlState: string | undefined): boolean =>
  sqlState !== undefined && STATES.includes(sqlState);
