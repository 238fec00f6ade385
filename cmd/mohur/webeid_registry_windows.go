package main

import (
	"errors"
	"syscall"

	"golang.org/x/sys/windows/registry"
)

// errNotADirectory is what a path below a file gives.
const errNotADirectory = syscall.ENOTDIR

// hive is where a registration goes.
func hive(system bool) registry.Key {
	if system {
		return registry.LOCAL_MACHINE
	}
	return registry.CURRENT_USER
}

// register points a browser to its manifest.
func register(b hostBrowser, system bool, file string) error {
	k, _, err := registry.CreateKey(hive(system), b.key, registry.SET_VALUE)
	if err != nil {
		return err
	}
	return errors.Join(k.SetStringValue("", file), k.Close())
}

// unregister removes what register made.
func unregister(b hostBrowser, system bool, file string) error {
	named, ok, err := lookUp(b, system)
	if err != nil || !ok || named != file {
		return err
	}
	return registry.DeleteKey(hive(system), b.key)
}

// lookUp is the manifest that the registry names, if it names one.
func lookUp(b hostBrowser, system bool) (string, bool, error) {
	k, err := registry.OpenKey(hive(system), b.key, registry.QUERY_VALUE)
	if errors.Is(err, registry.ErrNotExist) {
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	file, _, err := k.GetStringValue("")
	if errors.Is(err, registry.ErrNotExist) {
		return "", false, k.Close()
	}
	return file, err == nil, errors.Join(err, k.Close())
}
