export const HELP = `Usage: postern-schema <command> [options]

  push      bring the tables in DATABASE_URL to what is declared, all of it or nothing
  check     print what a push would do, and change nothing
  migrate   apply the versioned migrations for production
  sql       print the whole SQL for an empty database, without a connection

Each command tells more with --help.
`;
