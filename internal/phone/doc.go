// Package phone makes signatures with a person's phone, through one port for two kinds of services:
//
//   - an application that fetches the document, signs it as a whole and sends it back, as SİMA does (web2app): [SIMA];
//   - an asynchronous SIM service, which is asked by phone number: it tells the person's certificate first, then shows a code and signs a hash.
//
// An AdES signature binds the signing certificate into what is signed (ETSI EN 319 122-1, 5.2.2), so a hash can be made only when the certificate
// is known. A service that tells it only together with the value can't be used for hashes, and the port has no place for one.
//
// What comes back is verified before it is accepted, by internal/signings, whose finished signing is the result. An operation is bound to one
// document, one owner and, where it is known, one person; it lapses after minutes, and is finished once.
//
// The package must not know formats of documents, who is logged in, or how a page looks.
package phone
