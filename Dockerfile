# One image for each service, and one that pushes the schema:
#   docker build --build-arg SERVICE=auth     --tag postern-auth .
#   docker build --build-arg SERVICE=notifier --tag postern-notifier .
#   docker build --target migrate             --tag postern-migrate .
# There is no build step: Node runs the TypeScript as it stands, by type stripping.

FROM node:26-slim AS workspace
WORKDIR /app
ENV CI=true
COPY . .

# Node 26 brings no corepack: npx fetches pnpm. drizzle-orm is a peer of @postern/schema, which without
# its development dependencies finds it at the root alone.
FROM workspace AS production
RUN npx -y pnpm@12 install --frozen-lockfile --prod --config.public-hoist-pattern=drizzle-orm \
    --filter "@postern/auth..." --filter "@postern/notifier..."

# The driver of a push is a development dependency: it has no place in a service's image.
FROM workspace AS tools
RUN npx -y pnpm@12 install --frozen-lockfile --filter "@postern/schema"

FROM node:26-slim AS migrate
WORKDIR /app/packages/schema
COPY --from=tools /app /app
USER node
CMD ["node", "src/command/main.ts", "push", "--schema", "src/push/declared-tables.ts", "--yes"]

FROM node:26-slim AS service
ARG SERVICE=auth
ARG COMMIT=unknown
ENV SERVICE=${SERVICE} \
    NODE_ENV=production \
    POSTERN_COMMIT=${COMMIT} \
    AUTH_HOST=0.0.0.0 \
    NOTIFIER_HOST=0.0.0.0
WORKDIR /app
COPY --from=production /app /app
USER node
EXPOSE 3001 3002
# Whether the process lives. Whether it can serve is /ready, which is for whoever routes requests to it.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 CMD ["node", "-e", "\
  const { SERVICE, AUTH_PORT, NOTIFIER_PORT } = process.env;\
  const port = SERVICE === 'auth' ? AUTH_PORT || 3001 : NOTIFIER_PORT || 3002;\
  fetch('http://127.0.0.1:' + port + '/health').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1));"]
# exec: the service itself gets SIGTERM, and drains.
CMD ["sh", "-c", "exec node apps/$SERVICE/src/main.ts"]
