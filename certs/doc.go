// Package certs says whether a certificate can be trusted at a given time: it parses certificates, CRLs and OCSP responses, builds and
// validates paths (RFC 5280, section 6) to explicit trust anchors, and judges revocation evidence.
//
// Everything is an input: the time, the anchors, the candidates for intermediates, the revocation data. The package opens no socket and reads no
// clock by itself; what goes online does so through a Fetcher that the caller hands in. A bad certificate, path or response is data
// (Result, Reason), never a Go error: odd certificates are judged, not dropped.
//
// It must not know signatures of documents, timestamp tokens, signature policies or texts for people: reasons are stable keys with arguments.
package certs
