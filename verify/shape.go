package verify

import (
	"bytes"
	"slices"

	"mohur/internal/algo"
	"mohur/internal/asn1"
	"mohur/internal/cms"
	"mohur/internal/pdf"
)

// cmsShape looks for what a level demands of a SignerInfo (ETSI EN 319 122-1, 6.3; EN 319 122-2, 4). Timed says whether the signing time is to
// stand in the attributes, as in CAdES, or not at all, as in PAdES.
func cmsShape(si *cms.SignerInfo, sd *cms.SignedData, timed bool) shape {
	signed, unsigned := si.SignedAttributes, si.UnsignedAttributes
	references := count(signed, cms.OIDSigningCertificate) + count(signed, cms.OIDSigningCertificateV2)
	types, ok := count(signed, cms.OIDContentType), false
	if si.IsCounterSignature() {
		ok = types <= 1
	} else {
		ok = types == 1
	}
	out := shape{policy: signed.Has(cms.OIDSignaturePolicy)}
	out.extended = ok && references == 1 && count(signed, cms.OIDMessageDigest) == 1 &&
		onceAtMost(signed, cms.OIDSignerAttributes, cms.OIDSignerAttributesV2)
	times := 0
	if timed {
		times = 1
		out.extended = out.extended && rightVersion(si) && onceEach(signed)
	}
	contentType, err := si.ContentType()
	out.baseline = out.extended && rightVersion(si) && count(signed, cms.OIDSigningTime) == times && count(signed, cms.OIDSignaturePolicy) <= 1 &&
		(err != nil || contentType == cms.OIDData) && (si.IsCounterSignature() || signerInside(si, sd)) && storeAllowed(si)
	out.references = count(unsigned, cms.OIDCertificateReferences) == 1 && count(unsigned, cms.OIDRevocationReferences) == 1
	for _, t := range []asn1.ObjectIdentifier{
		cms.OIDCertificateReferences, cms.OIDRevocationReferences, cms.OIDCertificateValues, cms.OIDRevocationValues, cms.OIDCertificateCRLTimestamp,
	} {
		out.older = out.older || unsigned.Has(t)
	}
	out.records = sd != nil && slices.ContainsFunc(sd.SignerInfos, func(each *cms.SignerInfo) bool { return recorded(each, sd) })
	return out
}

// recorded says whether a signer carries evidence records of the kind that goes with the message, and no other; they cover the whole message,
// all its signers (RFC 4998, 5.1).
func recorded(si *cms.SignerInfo, sd *cms.SignedData) bool {
	inside, outside := si.UnsignedAttributes.Has(cms.OIDEvidenceRecordInternal), si.UnsignedAttributes.Has(cms.OIDEvidenceRecordExternal)
	return inside != outside && inside == (sd.Content != nil)
}

// onceEach says whether what may stand once does (EN 319 122-2, 4).
func onceEach(as cms.Attributes) bool {
	for _, t := range []asn1.ObjectIdentifier{
		cms.OIDSigningTime, cms.OIDSignaturePolicy, cms.OIDCommitmentType, cms.OIDContentHints, cms.OIDMIMEType, cms.OIDSignerLocation,
		cms.OIDContentReference, cms.OIDContentIdentifier,
	} {
		if !onceAtMost(as, t) {
			return false
		}
	}
	return true
}

// onceAtMost says whether there is at most one attribute of some types together.
func onceAtMost(as cms.Attributes, types ...asn1.ObjectIdentifier) bool {
	n := 0
	for _, a := range as {
		if slices.Contains(types, a.Type) {
			n++
		}
	}
	return n <= 1
}

// count is how many values the attributes of a type have together.
func count(as cms.Attributes, t asn1.ObjectIdentifier) int {
	n := 0
	for _, a := range as {
		if a.Type == t {
			n += max(1, len(a.Values))
		}
	}
	return n
}

// rightVersion says whether the reference to the signing certificate is of version 1 for SHA-1 and of version 2 otherwise (6.3, h and i).
func rightVersion(si *cms.SignerInfo) bool {
	ids, err := si.SigningCertificateIDs()
	return err == nil && (ids[0].Digest == algo.SHA1) == (ids[0].Version == 1)
}

// signerInside says whether the signing certificate, as far as the reference tells, is in the message (6.3, a).
func signerInside(si *cms.SignerInfo, sd *cms.SignedData) bool {
	if sd == nil {
		return false
	}
	for _, c := range sd.Certificates {
		if id, err := cms.IdentifyCertificate(c); err == nil && si.IdentifiedBy(id) {
			return true
		}
	}
	return false
}

// storeAllowed says whether a policy document travels only with a policy that is named by its hash (6.3, k).
func storeAllowed(si *cms.SignerInfo) bool {
	if !si.UnsignedAttributes.Has(cms.OIDSignaturePolicyStore) {
		return true
	}
	p, err := si.SignaturePolicy()
	return err == nil && !p.Implied && len(bytes.Trim(p.Hash.Value, "\x00")) > 0
}

// pdfShape adds what a PDF signature dictionary has to say (ETSI EN 319 142-1, 6.3; EN 319 142-2, 5).
func pdfShape(p *pdf.Signature, si *cms.SignerInfo, sd *cms.SignedData) shape {
	out := cmsShape(si, sd, false)
	one := len(sd.SignerInfos) == 1
	out.baseline = out.baseline && one && !p.SigningTime.IsZero()
	out.extended = out.extended && one
	out.pkcs7 = (p.SubFilter == subFilterPKCS7 || p.SubFilter == subFilterSHA1) &&
		(si.RawSignedAttributes == nil || count(si.SignedAttributes, cms.OIDMessageDigest) == 1)
	return out
}
