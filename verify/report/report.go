// Package report turns a verdict into what a program and a person read: the JSON line of the command line and the API (Simple), the detailed
// and the diagnostic report (Detailed, Diagnostic), the XML of ETSI TS 119 102-2 (WriteETSI), and the report for a clerk with the reasons in
// their language (ForClerk), also as PDF/A (WritePDF). Times are UTC for programs and Baku's for people. It must not know policies or formats,
// and decides nothing.
package report
