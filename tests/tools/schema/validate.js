// validate.js - Judge documents by JSON Schemas; ajv decides, nothing of ours.
//
//	node validate.js SCHEMA < LIST
//
// A line of LIST is "valid FILE NAME" or "invalid FILE NAME".  Prints a line for each.
import { readFileSync } from "node:fs";
import Ajv from "ajv/dist/2020.js";

const ajv = new Ajv({ strict: true, strictRequired: false, strictTypes: false, allErrors: true });
const validate = ajv.compile(JSON.parse(readFileSync(process.argv[2], "utf8")));
let failed = 0;

for (const line of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
	const [expected, file, ...name] = line.split(" ");
	const valid = validate(JSON.parse(readFileSync(file, "utf8")));

	if (valid !== (expected === "valid")) {
		failed = 1;
		for (const error of validate.errors ?? [])
			console.log(`# ${error.instancePath}: ${error.message}`);
	}
	console.log(`${valid === (expected === "valid") ? "ok" : "not ok"} - ${name.join(" ")}` +
		` is ${expected}`);
}
process.exit(failed);
