package verify

import (
	"mohur/internal/asn1"
	"mohur/internal/cms"
)

// Object identifiers of archive timestamps (ETSI EN 319 122-1, 5.5.3; ETSI TS 101 733, 6.4.1).
const (
	oidArchiveTimestampV2 asn1.ObjectIdentifier = "1.2.840.113549.1.9.16.2.48"
	oidArchiveTimestampV3 asn1.ObjectIdentifier = "0.4.0.1733.2.4"
)

// archiveTimestamps reads the archive timestamps of a CMS signature. The imprint of version 3 is computed; that of version 2 and older is
// over an encoding that TS 101 733 leaves ambiguous, and is reported as data that were not found.
func archiveTimestamps(si *cms.SignerInfo, sd *cms.SignedData, content *signedContent, s *signature) []*timestamp {
	var out []*timestamp
	for _, raw := range si.UnsignedAttributes.Values(oidArchiveTimestampV3) {
		out = append(out, fromToken(ArchiveTimestamp, raw, &signedContent{name: content.name}))
	}
	for _, raw := range si.UnsignedAttributes.Values(oidArchiveTimestampV2) {
		out = append(out, fromToken(ArchiveTimestamp, raw, &signedContent{name: content.name}))
	}
	return out
}
