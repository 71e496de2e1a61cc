/** `lastLoginAt` as SQL spells it: `last_login_at`. */
export const snakeCase = (name: string) =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
