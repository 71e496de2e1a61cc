export type { Database } from "../query.ts";
export { type DeliverySuccess, deliverySuccessByProvider } from "./delivery-success-by-provider.ts";
export { eventsBySeverity, type SeverityCount } from "./events-by-severity.ts";
export { type FailedSignIns, failedSignInsByIp } from "./failed-sign-ins-by-ip.ts";
export { type LockableUsers, type LockedAccount, lockedAccounts } from "./locked-accounts.ts";
export { type RiskyAccount, riskList } from "./risk-list.ts";
export { type SmsCost, smsCostByMonthAndCountry } from "./sms-cost-by-month-and-country.ts";
export type { Window } from "./window.ts";
