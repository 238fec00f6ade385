package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"

	"mohur/pkcs11"
)

// driverCommand is the process in which a vendor's PKCS#11 library lives, apart from the service: `mohur driver /path/to/module.so`.
func driverCommand() command {
	return command{
		hidden:  true,
		summary: "hold a PKCS#11 module for another mohur process",
		help:    "usage: mohur driver MODULE\n\nStarted by mohur itself, with two pipes; of no use to people.\n\n  mohur driver /usr/lib/softhsm/libsofthsm2.so\n",
		run: func(args []string, std streams) int {
			if len(args) != 1 {
				fmt.Fprintln(std.Err, "mohur: driver is started by mohur itself, with the path of a module")
				return exitUnable
			}
			in, out := pkcs11.ChildPipes()
			if err := pkcs11.ServeDriver(args[0], in, out); err != nil {
				fmt.Fprintf(std.Err, "mohur: the driver process of %s: %v\n", args[0], err)
				return exitUnable
			}
			return exitPassed
		},
	}
}

// newLoader gives each PKCS#11 library a process of its own, made from this very program: on Linux from the file that runs, even when another
// version has taken its place on the disk since.
func newLoader() *pkcs11.Loader {
	program := "/proc/self/exe"
	if runtime.GOOS != "linux" {
		var err error
		if program, err = os.Executable(); err != nil {
			program = os.Args[0]
		}
	}
	return &pkcs11.Loader{Launcher: pkcs11.Command{Program: program, Args: []string{"mohur", "driver"}, Env: driverEnvironment}}
}

// driverEnvironment is what a library may see: everything but this program's own settings and credentials, which can hold secrets.
func driverEnvironment() []string {
	var kept []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "MOHUR_") && !strings.HasPrefix(v, "CREDENTIALS_DIRECTORY=") {
			kept = append(kept, v)
		}
	}
	return kept
}
