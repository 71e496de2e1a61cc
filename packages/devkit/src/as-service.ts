import postgres from "postgres";

/** Made by the push: what the services may do and no more. */
const SERVICE_ROLE = "postern_app";

/**
 * The same database for a service: its connections give up the rights of the role that signs in.
 *
 * As given where that is not possible: a database of the developer's own may have no such role, and
 * a pooler before it may not pass the parameter on.
 */
export async function asService(databaseUrl: string): Promise<string> {
  if (!URL.canParse(databaseUrl)) return databaseUrl;
  const url = withServiceRole(databaseUrl);
  const sql = postgres(url, { max: 1, connect_timeout: 5, onnotice: () => undefined });
  try {
    await sql`select`;
    return url;
  } catch {
    return databaseUrl;
  } finally {
    await sql.end();
  }
}

/** Asks nobody: for a database that the push has just filled. */
export function withServiceRole(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  url.searchParams.set("role", SERVICE_ROLE);
  return url.href;
}
