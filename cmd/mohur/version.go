package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// versionCommand prints the version, the revision it was built from and the Go release.
func versionCommand() command {
	return command{
		summary: "print the version",
		help:    "usage: mohur version\n\nPrints the version, the source revision and the Go release.\n\nExample:\n  $ mohur version\n  mohur (devel) linux/amd64 go1.26.8\n",
		run: func(_ []string, std streams) int {
			version, revision := "(devel)", ""
			if bi, ok := debug.ReadBuildInfo(); ok {
				if bi.Main.Version != "" {
					version = bi.Main.Version
				}
				for _, s := range bi.Settings {
					if s.Key == "vcs.revision" && len(s.Value) >= 12 {
						revision = " " + s.Value[:12]
					}
				}
			}
			fmt.Fprintf(std.Out, "mohur %s%s %s/%s %s\n", version, revision, runtime.GOOS, runtime.GOARCH, runtime.Version())
			return exitPassed
		},
	}
}
