// Makes a Bruno collection of the document whose requests follow each other: the next one uses what an answer said.
//
//     node openapi/tools/collection.mjs build/bruno
//
// Bruno's importer makes the folders, requests and texts. Before it runs, ids and ETags in a copy of the document
// become variables; afterwards the collection learns to fill these variables, and gets one environment.

import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const output = process.argv[2];
if (!output) {
  console.error("Say where to write the collection: node openapi/tools/collection.mjs build/bruno");
  process.exit(2);
}
const here = fileURLToPath(new URL(".", import.meta.url));
const document = JSON.parse(readFileSync(join(here, "..", "openapi.json"), "utf8"));
const operations = Object.values(document.paths).flatMap((path) => Object.values(path));

// `{"clients": "client_id", …}`: the variable that keeps the id of a thing, by the word before it in its address.
const kept = Object.fromEntries(
  Object.keys(document.paths)
    .map((path) => path.match(/([^/]+)\/\{(\w+_id)\}$/))
    .filter(Boolean)
    .map(([, things, name]) => [things, name]),
);
const ids = Object.values(kept);
const variable = (name) => `{{${name}}}`;

function withVariables(value, key) {
  if (Array.isArray(value)) return value.map((item) => withVariables(item, key));
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withVariables(inner, name)]));
  }
  return typeof value === "string" && ids.includes(key) ? variable(key) : value;
}

for (const operation of operations) {
  delete operation.security; // every request takes the token of the collection
  for (const parameter of operation.parameters ?? []) {
    if (parameter.in === "path" && ids.includes(parameter.name)) parameter.example = variable(parameter.name);
    if (parameter.name === "If-Match") Object.assign(parameter, { example: variable("etag"), required: true });
  }
  const body = operation.requestBody?.content["application/json"];
  if (body) body.example = withVariables(body.example);
  if (operation.operationId === "signIn") body.example = { login: variable("login"), password: variable("password") };
  // Each refusal is a page of its own (`/problems/{code}`); a dozen copies on every request would bury what it answers.
  operation.responses = Object.fromEntries(Object.entries(operation.responses).filter(([status]) => status < "300"));
}
document.servers = []; // each would become an environment called by its description

const folder = mkdtempSync(join(tmpdir(), "stance-collection-"));
try {
  const prepared = join(folder, "openapi.json");
  writeFileSync(prepared, JSON.stringify(document));
  rmSync(output, { recursive: true, force: true });
  const bru = join(here, "node_modules", ".bin", "bru");
  const asked = ["import", "openapi", "--source", prepared, "--output", output];
  const options = ["--collection-name", "Stance", "--collection-format", "bru"];
  execFileSync(bru, [...asked, ...options], { stdio: ["ignore", "ignore", "inherit"] });
} finally {
  rmSync(folder, { recursive: true });
}

for (const way of operations.filter(({ operationId }) => ["signIn", "refreshSignIn"].includes(operationId))) {
  appendFileSync(
    join(output, way.tags[0], `${way.summary}.bru`),
    `
script:post-response {
  if (res.getStatus() === 200) {
    bru.setVar("token", res.getBody().access_token);
    bru.setVar("refresh_token", res.getBody().refresh_token);
    bru.setVar("practitioner_id", res.getBody().practitioner_id);
  }
}
`,
  );
}
appendFileSync(
  join(output, "collection.bru"),
  `
script:post-response {
  const kept = ${JSON.stringify(kept)};
  const [, things, id] = (res.getHeader("location") ?? "").match(/([^/]+)\\/([^/]+)$/) ?? [];
  if (kept[things]) bru.setVar(kept[things], id);
  if (res.getHeader("etag")) bru.setVar("etag", res.getHeader("etag"));
}
`,
);
mkdirSync(join(output, "environments"));
writeFileSync(
  join(output, "environments", "local.bru"),
  `vars {
  baseUrl: http://127.0.0.1:8000
  login: 
}
vars:secret [
  password,
  token
]
`,
);
