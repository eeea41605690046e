// Writes to the server with the official JavaScript client, reads back, and says what it saw as one line of JSON.
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

const [modules, hubUrl, accessToken, parquet] = process.argv.slice(2);
const hub = await import(pathToFileURL(`${modules}/@huggingface/hub/dist/index.mjs`).href);
const repo = { type: "dataset", name: "ada/script" };
const common = { repo, hubUrl, accessToken };

const all = async (lines) => {
	const found = [];
	for await (const line of lines) found.push(line);
	return found;
};
const file = async (path, more) => ({ path, content: new Blob([await readFile(parquet)]), ...more });

const me = await hub.whoAmI({ accessToken, hubUrl });
await hub.createRepo(common);
const again = await hub.createRepo(common).then(() => 200, (error) => error.statusCode);
const parts = [await file("rainy/test-00000-of-00001.parquet"), { path: "README.md", content: new Blob(["# Rain\n"]) }];
await hub.uploadFiles({ ...common, files: parts, useXet: false, commitTitle: "From a script" });
const pull = await hub.uploadFile({ ...common, file: await file("more.txt"), isPullRequest: true, useXet: false });
await hub.createBranch({ ...common, branch: "next" });
await hub.deleteFile({ ...common, path: "README.md", branch: "next" });
const wrong = await hub.uploadFile({ ...common, file: await file("x.txt"), parentCommit: "0".repeat(40), useXet: false })
	.then(() => 200, (error) => error.statusCode);
const blob = await hub.downloadFile({ ...common, path: "rainy/test-00000-of-00001.parquet", xet: false });
const same = Buffer.from(await blob.arrayBuffer()).equals(await readFile(parquet));
const slice = Buffer.from(await blob.slice(0, 4).arrayBuffer()).toString();
const paths = async (revision) => (await all(hub.listFiles({ ...common, recursive: true, revision }))).map((f) => f.path);
console.log(JSON.stringify({
	me: me.name,
	again,
	wrong,
	same,
	slice,
	pull: new URL(pull.pullRequestUrl).pathname,
	main: await paths("main"),
	next: await paths("next"),
	proposed: await paths("refs/pr/1"),
	titles: (await all(hub.listCommits(common))).map((commit) => commit.title),
	exists: await hub.fileExists({ ...common, path: "none" }),
}));
