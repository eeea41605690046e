"""A look-alike of the Hub's API on a disk folder: a real server on the loopback, made of the standard library.

It speaks what huggingface_hub, datasets, the JavaScript client and the mirror olah say when they create repositories,
upload, open and merge pull requests, tag, list, download in ranges and stream: accounts, organisations, tokens that
read, write or have expired, private and gated repositories of models and datasets, Git-LFS (basic and multipart), and
Xet as far as its client's own store in a folder goes (`local://`; only there pyarrow helps, with LZ4). It keeps a trace
of all requests, and fails on demand.

A commit is one rename of the repository's state file, written to a temporary name before, so a server that is killed
and started again on the same folder shows each commit whole or not at all. A machine that loses power is not covered.

What it does not cover: the dataset viewer and its Parquet conversion, validation of a card's YAML or of `eval.yaml` and
`cardData` in answers, rate limits, redirects to a CDN (files come straight from `resolve`), `.gitignore`, git itself,
Spaces' hardware, buckets, collections, likes, search, moving and squashing repositories, copies between repositories,
scans for malware, storage quotas, the Xet protocol over HTTP, and TLS. Discussions go as far as pull requests need.
Where it differs from the real Hub, the real Hub is right.

Start it as a program with `python tests/hubserver --root DIR`; tests take the fixture `hub`.
"""
