import { PosternError } from "../postern-error.ts";

/**
 * What stands behind `Bearer ` in an Authorization header.
 *
 * @throws PosternError invalid_token where nothing does.
 */
export function bearerToken(authorization: string | null | undefined): string {
  const token = /^Bearer ([\w.-]+)$/i.exec(authorization ?? "")?.[1];
  if (token === undefined) {
    const message = "The access token is missing.";
    throw new PosternError({ code: "invalid_token", status: 401, message });
  }
  return token;
}
