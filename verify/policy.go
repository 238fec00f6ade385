package verify

import "time"

// Level is how strictly a policy asks for a constraint.
type Level string

// The levels, as the policies of the field spell them. The empty level is Ignore.
const (
	Fail   Level = "FAIL"
	Warn   Level = "WARN"
	Inform Level = "INFORM"
	Ignore Level = "IGNORE"
)

// Policy is what a verifier demands, as data (ETSI EN 319 102-1, 5.1.4.2). The zero value demands nothing beyond what the standard makes
// unconditional; take Basic and change it.
type Policy struct {
	Base        string           `json:"base,omitempty"` // the built-in policy that a file changes
	Name        string           `json:"name"`
	Description string           `json:"description"`
	Constraints map[string]Level `json:"constraints"` // constraint key -> level; the keys are the Constraint* names
	Revocation  RevocationRules  `json:"revocation"`
	Timestamp   TimestampRules   `json:"timestamp"`
	Algorithms  AlgorithmRules   `json:"algorithms"`
	Signer      CertificateRules `json:"signer"`
}

// RevocationRules say when revocation data are good enough (5.2.5).
type RevocationRules struct {
	// MaxAge is how old the data may be at the control time; 0 asks for what the data themselves say (nextUpdate).
	MaxAge Duration `json:"maxAge"`
}

// TimestampRules bound the times around a signature.
type TimestampRules struct {
	// MaxDelay is the longest time between the claimed signing time and the signature timestamp; 0 is no bound (5.5.4, step 5).
	MaxDelay Duration `json:"maxDelay"`
}

// CertificateRules are demands on the signing certificate beyond RFC 5280.
type CertificateRules struct {
	KeyUsage []string `json:"keyUsage,omitempty"` // one of these is needed: "nonRepudiation", "digitalSignature"; empty: any
	Policies []string `json:"policies,omitempty"` // certificate policy OIDs, one of which is needed; empty: any
	// ExtendedKeyUsage are purposes of a key that signs documents: "documentSigning" (RFC 9336), "emailProtection", or identifiers. What is asked of
	// them the constraints EXTENDED_KEY_USAGE and EXTENDED_KEY_USAGE_NAMED say; empty is documentSigning.
	ExtendedKeyUsage []string `json:"extendedKeyUsage,omitempty"`
	Statements       []string `json:"statements,omitempty"` // QC statement OIDs, all of which are needed
}

// AlgorithmRules are the cryptographic constraints (5.2.8.4.1) after ETSI TS 119 312.
type AlgorithmRules struct {
	// UpdateDate is when the table was made; what expired later only weighs ExpirationAfterUpdate.
	UpdateDate            Date            `json:"updateDate"`
	ExpirationAfterUpdate Level           `json:"expirationAfterUpdate"`
	Digests               []DigestRule    `json:"digests"`
	Signatures            []SignatureRule `json:"signatures"`
}

// DigestRule allows a digest algorithm until a day; without an end it stays allowed. What is not in the table is not allowed.
type DigestRule struct {
	Name string `json:"name"`
	End  Date   `json:"end"`
}

// SignatureRule allows keys of a family from a size on until a day; the row with the largest MinBits not above the key's size decides.
type SignatureRule struct {
	Family  string `json:"family"` // RSA, RSASSA-PSS, ECDSA, EdDSA, DSA
	MinBits int    `json:"minBits"`
	End     Date   `json:"end"`
}

// Duration is a time.Duration that JSON writes as "3h".
type Duration time.Duration

// Date is a day in UTC that JSON writes as "2029-01-01"; the zero value is no day and JSON null.
type Date struct{ Time time.Time }
