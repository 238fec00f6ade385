package verify

import (
	"io"
	"time"

	"mohur/certs"
)

// Input is one document and everything its verdict may depend on. The same input gives the same verdict, byte for byte: nothing is
// fetched, no clock is read besides Now, no environment is looked at.
type Input struct {
	Name    string      // as the caller knows the document; only repeated in the report
	Content io.ReaderAt // the document's bytes; read concurrently
	Size    int64       // number of bytes in Content

	Detached []Data // files that a detached signature may speak of
	Password []byte // opens an encrypted PDF; nil tries the empty password

	Trust        *certs.TrustStore      // nobody is trusted beyond it; nil trusts nobody
	Certificates []*certs.Certificate   // candidates for intermediates besides those in the document: untrusted
	Revocation   certs.RevocationSource // asked for evidence besides what the document carries; nil for none
	Identity     certs.IdentityRules    // how issuers write holders' codes; nil takes certs.DefaultIdentityRules

	Time time.Time        // the time to validate for; zero takes Now
	Now  func() time.Time // the clock, needed when Time is zero
}

// Data is a file beside the signature, or, when Content is nil, only its digest.
type Data struct {
	Name    string
	Content io.ReaderAt
	Size    int64

	DigestAlgorithm string // "SHA256", as reports spell it; only without Content
	Digest          []byte
}

// Reader streams the file from its beginning.
func (d Data) Reader() io.Reader { return io.NewSectionReader(d.Content, 0, d.Size) }
