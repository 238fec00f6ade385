// Package docket is the domain: what a case is and what may become of it. Bodies register, representatives send projects, the agency
// notices deficiencies, writes, numbers, seals and dispatches letters; each noun has its file, its states as typed strings, its
// transitions as a table and, beside it, the port through which it is stored.
//
// The package is pure: it knows no database, no clock, no network and no page. Times are arguments and always UTC; legal days are
// calendar.Date in Asia/Baku. Who may do what is decided by the transition tables here and the verbs in internal/desk, never in SQL.
package docket
