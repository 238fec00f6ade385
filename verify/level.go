package verify

import (
	"bytes"
	"slices"

	"mohur/certs"
)

// Levels that signatures of more than one form have, written behind the form's name.
const (
	levelB, levelT, levelLT, levelLTA = "B", "T", "LT", "LTA"
	cadesBaseline, padesBaseline      = "CAdES-BASELINE-", "PAdES-BASELINE-"
)

// shape is what decides the level besides timestamps and validation data: what the adapter found of the demands of a level on the bytes.
type shape struct {
	baseline bool // those of baseline B (ETSI EN 319 122-1, 6.3; EN 319 142-1, 6.3)
	extended bool // those of the extended levels, from BES on (ETSI EN 319 122-2, 4; EN 319 142-2, 5)
	policy   bool // a signature policy is named: EPES in place of BES
	pkcs7    bool // a PDF signature of the older kind (ISO 32000-1, 12.8.3.3)

	references bool // complete-certificate-references and complete-revocation-references stand once each
	older      bool // attributes of the older levels, which a baseline signature of level LT does not have
	records    bool // evidence records of the kind that goes with the message
}

// level names the level of a signature. B, T and their like are said of what is present; LT and what rests on it are said when the certificates
// and revocation data in the document are complete for the signer and for its timestamps (ETSI EN 319 122-1, 6.3, row "validation material").
func (v *validation) level(j *judged) string {
	switch {
	case j.sig.shape.pkcs7:
		return v.pdfLevel(j, "PKCS7-")
	case j.sig.format == FormatPAdES && j.sig.shape.baseline:
		return v.pdfLevel(j, padesBaseline)
	case j.sig.format == FormatPAdES && j.sig.shape.extended:
		return v.extendedPAdES(j)
	case j.sig.format != FormatCAdES:
		return ""
	case j.sig.shape.baseline:
		return v.baselineCAdES(j)
	case j.sig.shape.extended:
		return v.extendedCAdES(j)
	}
	return ""
}

func (v *validation) baselineCAdES(j *judged) string {
	sh := j.sig.shape
	switch {
	case !stampedInTime(j, SignatureTimestamp):
		return cadesBaseline + levelB
	case sh.records && v.complete(j):
		return v.extendedCAdES(j)
	case sh.older:
		if name := v.extendedCAdES(j); name != "CAdES-T" {
			return name
		}
		return cadesBaseline + levelT
	case !v.complete(j):
		return cadesBaseline + levelT
	case !has(j, ArchiveTimestamp):
		return cadesBaseline + levelLT
	}
	return cadesBaseline + levelLTA
}

// extendedCAdES names a level of ETSI EN 319 122-2.
func (v *validation) extendedCAdES(j *judged) string {
	const name = "CAdES-"
	sh := j.sig.shape
	if !stampedInTime(j, SignatureTimestamp) {
		if sh.policy {
			return name + "EPES"
		}
		return name + "BES"
	}
	crossed := has(j, ValidationDataTimestamp) || has(j, ReferencesTimestamp)
	switch {
	case v.complete(j):
		switch {
		case has(j, ArchiveTimestamp):
			return name + "A"
		case sh.records:
			return name + "ERS"
		case sh.references:
			return name + "XL"
		}
	case sh.references && crossed:
		return name + "X"
	}
	if sh.references {
		return name + "C"
	}
	return name + levelT
}

// pdfLevel names a level of PDF signatures by what is in the message, in the DSS dictionary and in document timestamps.
func (v *validation) pdfLevel(j *judged, name string) string {
	switch {
	case !stampedInTime(j, SignatureTimestamp, DocumentTimestamp):
		return name + levelB
	case !v.complete(j):
		return name + levelT
	case !v.archived(j.sig):
		return name + levelLT
	}
	return name + levelLTA
}

func (v *validation) extendedPAdES(j *judged) string {
	switch {
	case len(v.doc.revocation) > 0 && has(j, DocumentTimestamp):
		return "PAdES-LTV"
	case j.sig.shape.policy:
		return "PAdES-EPES"
	}
	return "PAdES-BES"
}

// archived says whether a document timestamp covers validation data for a signature (ETSI EN 319 142-1, 6.3).
func (v *validation) archived(s *signature) bool {
	for _, b := range v.doc.revocation {
		for _, t := range v.doc.timestamps {
			if t.position.end >= b.end && t.position.end >= s.position.end {
				return true
			}
		}
	}
	return false
}

// has says whether a signature has a timestamp of a kind that can be read.
func has(j *judged, kind TimestampType) bool {
	return slices.ContainsFunc(j.timestamps, func(t *judgedTimestamp) bool { return t.stamp.kind == kind && t.stamp.token != nil })
}

// stampedInTime says whether there is a timestamp of one of the kinds, and none of them is younger than the signing certificate.
func stampedInTime(j *judged, kinds ...TimestampType) bool {
	found := false
	for _, t := range j.timestamps {
		if !slices.Contains(kinds, t.stamp.kind) || t.stamp.token == nil {
			continue
		}
		if t.stamp.kind == SignatureTimestamp && j.cert != nil && t.at().After(j.cert.NotAfter) {
			return false
		}
		found = true
	}
	return found
}

// complete says whether the document holds what is needed to validate the signer's path, and those of the timestamps before the last that
// protects them, without asking anybody.
func (v *validation) complete(j *judged) bool {
	if j.path == nil || v.evidence.Len() == 0 || !v.covered(j.path, j.sig) {
		return false
	}
	stamped := false
	for _, t := range j.timestamps {
		if t.stamp.kind == SignatureTimestamp && t.stamp.token != nil {
			stamped = true
			if !v.covered(t.path, j.sig) {
				return false
			}
		}
	}
	for _, t := range j.timestamps {
		if !stamped && t.stamp.kind == DocumentTimestamp && t.stamp.token != nil { // the first makes level T
			return v.covered(t.path, j.sig)
		}
	}
	return true
}

// covered says whether a path leads to an anchor or a self-signed certificate with revocation data of the document for each certificate below. Those
// among the signed attributes of a PAdES signature don't count: they belong into the DSS dictionary (ETSI EN 319 142-1, 6.3).
func (v *validation) covered(r *certs.Result, s *signature) bool {
	if r == nil {
		return false
	}
	for i, c := range r.Chain {
		if v.in.Trust.Contains(c) || c.IsSelfSigned() {
			return true
		}
		if i+1 == len(r.Chain) {
			return false
		}
		if !v.answered(c, r.Chain[i+1], s.format == FormatPAdES, 0) {
			return false
		}
	}
	return false
}

// maxResponders bounds how many responders may answer for each other's certificates.
const maxResponders = 4

// answered says whether the document has revocation data for a certificate, and for the responder that signed them, unless its certificate says
// that none are needed (RFC 6960, 4.2.2.2.1). Outside leaves out what lies in signatures.
func (v *validation) answered(c, issuer *certs.Certificate, outside bool, depth int) bool {
	if c.OCSPNoCheck || c.ValidityAssuredShort || v.in.Trust.Contains(c) {
		return true
	}
	data, err := v.evidence.Revocation(v.ctx, c, issuer)
	if err != nil || depth == maxResponders {
		return false
	}
	for _, d := range data {
		if outside && d.Origin == certs.OriginSignature {
			continue
		}
		if d.OCSP == nil || named(d.OCSP, issuer) {
			return true
		}
		for _, r := range d.OCSP.Certificates {
			if named(d.OCSP, r) && v.answered(r, issuer, outside, depth+1) {
				return true
			}
		}
	}
	return false
}

// named says whether a response names a certificate as its signer's, by name or by key identifier.
func named(r *certs.OCSPResponse, c *certs.Certificate) bool {
	if r.ResponderName != nil {
		return r.ResponderName.Equal(c.Subject)
	}
	return len(c.SubjectKeyID) > 0 && bytes.Equal(r.ResponderKeyHash, c.SubjectKeyID)
}
