// Package desk is the office: one verb per file, each reading top to bottom as the procedure it carries out.
//
// # How a verb works
//
// Whatever takes time (verifying a signature, asking a timestamp authority, rendering a page) happens first, outside any transaction and
// by the hash of an immutable blob. Then one transaction re-checks the state, the hash, the policy's version and the age of the verdict,
// decides, records, writes the audit entry and enqueues what is to be told (decisions 11). Sealing is the exception that proves it: the
// intent is committed before the token signs, and the release is a second, conditional step (decisions 8 to 12).
//
// A refusal is a *docket.Error, or docket.Errors when a form has several faults; its key is in docket.Keys. The package knows no database,
// no token, no page: those are ports, most of them in docket, the few that concern signatures here.
package desk
