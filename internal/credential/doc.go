// Package credential says which key makes the next seal. A credential is one or more members (token, key, certificate) that may stand for each
// other: the first healthy one signs, one that fails rests behind a circuit breaker and is tried again, one that is drained gets no new work, and
// none signs with a certificate that is expired, revoked or not trusted.
//
// It knows tokens and certificates. It must not know databases, HTTP, documents or cases: what has to hold across processes (drained members, the
// count of a day) is handed in or kept by its caller.
package credential
