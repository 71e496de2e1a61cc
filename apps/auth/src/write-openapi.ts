import { writeFileSync } from "node:fs";
import { describeApi } from "./describe-api.ts";

// The first half of `pnpm openapi`: the document from which the client package is generated.
const file = new URL("../../../packages/client/openapi.json", import.meta.url);
writeFileSync(file, `${JSON.stringify(await describeApi(), null, 2)}\n`);
