// Package webeid speaks Web eID, the protocol between a web page, a browser's extension and the program at the person's token: the frames and
// commands of native messaging, the names of algorithms and errors, the two encodings of an ECDSA value, and the authentication token with its
// check. Both ends build on it: `mohur webeid-host` at the token, and the pages that ask for a signature or a log-in.
//
// The protocol is described by the Web eID system architecture document (github.com/web-eid/web-eid-system-architecture-doc) and its
// authentication token format specification; what its reference programs do decides where the texts are silent.
//
// The package must not know tokens, HTTP, or whom to trust: a certificate that comes with an authentication token is returned as it came, and
// its validity, its path to an anchor, its revocation and whom it identifies are the caller's to judge.
package webeid
