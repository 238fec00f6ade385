package webeid

// Greeting is the first message of a host: its version in the numbering of the protocol's own program, which extension and library compare with
// theirs.
type Greeting struct {
	Version string `json:"version"`
}

// Version is what this implementation says it is: the release of the protocol's own program whose behaviour it has.
const Version = "2.8.0+0"

// Empty is the answer to quit.
type Empty struct{}

// SigningCertificate is the answer to get-signing-certificate.
type SigningCertificate struct {
	Certificate []byte               `json:"certificate"` // DER, in Base64 over the wire
	Supported   []SignatureAlgorithm `json:"supportedSignatureAlgorithms"`
}

// Signed is the answer to sign.
type Signed struct {
	Signature []byte             `json:"signature"` // as the protocol carries it: SignatureAlgorithm.Decode
	Algorithm SignatureAlgorithm `json:"signatureAlgorithm"`
}
