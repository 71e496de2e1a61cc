/** LIMITS under which no bench is refused; each is still counted. */
export const UNLIMITED = [
  "sign_ins_per_address_per_minute",
  "recoveries_per_address_per_hour",
  "codes_per_address_per_minute",
  "otp_sends_per_address_per_hour",
  "otp_recipients_per_address_per_day",
  "stuffing_identifiers_per_address_per_quarter_hour",
  "spraying_identifiers_per_quarter_hour",
]
  .map((name) => `${name}=10000`)
  .join(",");
