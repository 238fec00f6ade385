// Package tsa judges timestamp tokens: whose they are, and whether the time they state can be believed (EN 319 102-1, 5.4; RFC 3161, 2.3).
// It must not know the documents that the tokens belong to: whether the imprint fits is the caller's question.
package tsa
