//go:build !cgo

package main

// usesTokens says whether this build can load PKCS#11 modules.
const usesTokens = false
