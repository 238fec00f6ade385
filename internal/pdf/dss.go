package pdf

import "time"

// DSS is the document security store (ETSI EN 319 142-1, 5.4.2.2), decoded. References that lead nowhere are left out.
type DSS struct {
	Certs, OCSPs, CRLs [][]byte
	VRI                map[string]VRI // by the upper-case hexadecimal SHA-1 of a signature's /Contents
	Problems           []Problem
}

// VRI is the validation data that a DSS ties to one signature.
type VRI struct {
	Certs, OCSPs, CRLs [][]byte
	Timestamp          []byte    // /TS, decoded
	Time               time.Time // /TU
}
