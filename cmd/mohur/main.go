// Command mohur verifies signed documents, and signs and seals them with keys that never leave their token.
package main

import "os"

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
