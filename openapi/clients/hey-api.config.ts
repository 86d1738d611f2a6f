/** How @hey-api/openapi-ts makes the TypeScript SDK from the openapi.json beside this file. */
import type { UserConfig } from "@hey-api/openapi-ts";

export default {
  input: "./openapi.json",
  output: {
    path: "./stance",
    // Import "./sdk.gen.js", as Node.js and browsers ask for; bundlers take it too.
    module: { extension: ".js" },
  },
  parser: {
    // OpenAPI 3.1 knows a stream only as text. What each event holds stands beside it, and types the stream.
    patch: (spec) => {
      for (const path of Object.values(spec.paths ?? {})) {
        const stream = path?.get?.responses?.["200"]?.content?.["text/event-stream"];
        if (stream?.["x-itemSchema"]) stream.schema = stream["x-itemSchema"];
      }
    },
  },
  plugins: ["@hey-api/client-fetch", "@hey-api/typescript", "@hey-api/sdk"],
} satisfies UserConfig;
