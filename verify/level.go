package verify

// cadesLevel names the baseline level by what is present (ETSI EN 319 122-1, 6): B needs the signing certificate and time among the signed
// attributes, T a signature timestamp, LT certificates and revocation values, LTA an archive timestamp over them.
func cadesLevel(s *signature, doc *document) string {
	const name = "CAdES-BASELINE-"
	if s.claimed == nil {
		return ""
	}
	has := map[TimestampType]bool{}
	for _, t := range s.timestamps {
		has[t.kind] = true
	}
	values := len(s.revocation)+len(doc.revocation) > 0
	switch {
	case !has[SignatureTimestamp]:
		return name + "B"
	case !values:
		return name + "T"
	case !has[ArchiveTimestamp]:
		return name + "LT"
	}
	return name + "LTA"
}

// padesLevel names the baseline level by what is present (ETSI EN 319 142-1, 6): B needs the signing certificate attribute and the time in
// /M, T a timestamp over the signature, LT validation data for it in the DSS, LTA a document timestamp over those.
func padesLevel(s *signature, doc *document) string {
	const name = "PAdES-BASELINE-"
	if len(s.identifiers) == 0 || s.claimed == nil {
		return ""
	}
	stamped := false
	for _, t := range s.timestamps {
		stamped = stamped || t.kind == SignatureTimestamp
	}
	values, archived := false, false
	for _, b := range doc.revocation {
		if b.end <= s.position.end {
			continue
		}
		values = true
		for _, t := range doc.timestamps {
			archived = archived || t.position.end >= b.end
		}
	}
	for _, t := range doc.timestamps {
		stamped = stamped || t.position.end >= s.position.end
	}
	switch {
	case !stamped:
		return name + "B"
	case !values:
		return name + "T"
	case !archived:
		return name + "LT"
	}
	return name + "LTA"
}
