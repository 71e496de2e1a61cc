import { BadEnvironmentError, commonVariables, readEnvironment } from "@postern/environment";
import { Type } from "typebox";
import { renderPreviews } from "./templates/previews.ts";
import { readOverrides } from "./templates/read-overrides.ts";
import {
  findTemplateFaults,
  readSender,
  templateVariables,
} from "./templates/template-settings.ts";

/** Prints every message in every language as JSON: what the development inbox shows at /preview. */
const Variables = Type.Object({ APP_NAME: commonVariables.APP_NAME, ...templateVariables });

try {
  const values = readEnvironment(Variables, process.env, findTemplateFaults);
  const sender = readSender(values);
  const templatesFolder = values.TEMPLATES_DIR ?? null;
  const previews = renderPreviews(sender, readOverrides({ templatesFolder, sender }));
  process.stdout.write(JSON.stringify(previews));
} catch (error) {
  if (!(error instanceof BadEnvironmentError)) throw error;
  process.stderr.write(`${error.faults.join("\n")}\n`);
  process.exitCode = 78;
}
