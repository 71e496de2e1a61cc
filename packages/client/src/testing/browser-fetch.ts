/** A browser as far as cookies and origins go: all clients of one jar are tabs of one page's origin. */
export function openJar(origin: string) {
  const jar = new Map<string, string>();
  const send = async (request: Request): Promise<Response> => {
    const copy = new Request(request);
    copy.headers.set("origin", origin);
    if (request.credentials === "include") {
      copy.headers.set("cookie", [...jar].map(([name, value]) => `${name}=${value}`).join("; "));
    }
    const answer = await fetch(copy);
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (value === "") {
        jar.delete(name);
      } else {
        jar.set(name, value);
      }
    }
    return answer;
  };
  return { jar, send };
}
