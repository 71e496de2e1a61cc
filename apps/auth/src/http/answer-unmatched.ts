import type { FastifyInstance } from "fastify";
import { Problem } from "../problem.ts";

type KnownRoute = { methods: Set<string>; pattern: RegExp };

/**
 * Answers what no route matches: 405 with `Allow` where the address knows other methods, else 404
 * (RFC 9110, 15.5.6). Call it before any route is added, since it listens to them being added.
 */
export function answerUnmatched(app: FastifyInstance): void {
  const routes = new Map<string, KnownRoute>();
  app.addHook("onRoute", ({ method, url }) => {
    if (url === "*") {
      return;
    }
    const route = routes.get(url) ?? { methods: new Set(), pattern: toPattern(url) };
    for (const name of [method].flat()) {
      route.methods.add(name);
    }
    routes.set(url, route);
  });
  app.setNotFoundHandler((request) => {
    const [path = ""] = request.url.split("?");
    const known = [...routes.values()].filter(({ pattern }) => pattern.test(path));
    const methods = new Set(known.flatMap((route) => [...route.methods]));
    // The method itself being among them means that the router read the path otherwise than we do.
    if (methods.size === 0 || methods.has(request.method)) {
      throw new Problem("not_found");
    }
    throw new Problem("method_not_allowed", { allow: [...methods].sort() });
  });
}

/** `/sessions/:id` matches one segment in place of the name, `/static/*` the rest of the path. */
function toPattern(url: string): RegExp {
  const source = url
    .replace(/[.+?^${}()|[\]\\]/g, "\\$&")
    .replace(/:[^/]+/g, "[^/]+")
    .replace(/\*$/, ".*");
  return new RegExp(`^${source}$`);
}
