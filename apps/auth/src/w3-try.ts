import { buildServer } from "/work/main/apps/auth/src/server.ts";
import { readConfig } from "/work/main/apps/auth/src/config.ts";
const config = readConfig({ DATABASE_URL: "postgres://x@127.0.0.1/x", REDIS_URL: "redis://127.0.0.1:1", PUBLIC_URL: "http://127.0.0.1:3001", SYSTEM_ENCRYPTION_KEY: "8c1f4e7702d9a36b5fe0417c98b2d3a46517f0e92bcd8a3e71604f5d2a9be813", BLIND_INDEX_KEY: "17d3a9f04c2e8b56e1907af23bd45c68902eb1d7465fa3c80e9d2714bf6350ca" });
import { createLogger } from "@postern/process";
const app = await buildServer({ config, log: createLogger({service:"auth", level:"fatal"}), keyInventory: {isChecked:()=>true, stop(){}} } as never);
// 
await app.ready();
const d = app.swagger() as any;
import { writeFileSync } from "node:fs";
writeFileSync("/tmp/w3-openapi.json", JSON.stringify(d, null, 2));
console.log(...[...JSON.stringify(d).matchAll(/"(\w+)":(\[)?"text"/g)].map((m)=>m[1]))
