// Package archtest holds the house rules as tests: who may import whom (the table in ARCHITECTURE.md, read from that very file), how long
// a file and a function may be, and that exported names are documented. It parses sources and knows nothing of what they do.
package archtest
