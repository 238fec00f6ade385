// Package report turns a verdict into what a program and a person read: the JSON line of the command line and the API, and the report for
// a clerk with the reasons in their language. It must not know policies or formats, and decides nothing.
package report
