package pdf

import "time"

// Signature is a filled signature field, or a signature dictionary that no field names (Orphan).
type Signature struct {
	FieldName string // fully qualified, empty for an orphan
	FieldRef  Ref    // of the field dictionary, zero when it is direct
	Ref       Ref    // of the signature dictionary, zero when it is direct
	Orphan    bool   // outside the field tree

	Type      string // "Sig", "DocTimeStamp" or empty
	Filter    string
	SubFilter string
	ByteRange []int64 // as written; see Problems for what is wrong with it
	Contents  []byte  // the value of /Contents with the zero padding after the CMS cut off
	Padding   int     // how many zero bytes were cut off
	Certs     [][]byte

	Name, Reason, Location, ContactInfo string
	SigningTime                         time.Time // the claimed /M, zero when absent or unreadable

	DocMDP        int        // the P that its transform states, 0 without one
	Certification bool       // the catalogue's /Perms /DocMDP names this very dictionary in the signed revision
	FieldMDP      *FieldLock // of its /Reference
	Lock          *FieldLock // of its field's /Lock
	SeedValue     Dict       // /SV of its field, raw

	Revision int // index into Revisions of the revision that its ByteRange ends, -1 when it ends none
	Problems []Problem

	doc      *Document
	exact    bool // the ByteRange leaves out exactly /Contents
	end      int64
	coverage Coverage
}

// FieldLock says which fields a signature closes (ISO 32000-2, 12.7.5.5 and 12.8.2.4).
type FieldLock struct {
	Action string   // "All", "Include" or "Exclude"
	Fields []string // fully qualified names
	P      int      // access permission stated by a lock, 0 without one
}

// Coverage says how much of the file a signature's ByteRange covers.
type Coverage uint8

// The values of [Coverage]; partial is the zero value.
const (
	CoversPart     Coverage = iota // holes other than its own /Contents, or an end inside a revision
	CoversRevision                 // exactly a revision that others follow
	CoversWhole                    // the file
)

// String gives the words of the report.
func (c Coverage) String() string {
	switch c {
	case CoversWhole:
		return "whole"
	case CoversRevision:
		return "revision"
	}
	return "partial"
}

// IsDocumentTimestamp tells a document timestamp from a signature: by SubFilter, for some genuine ones carry /Type /Sig or none.
func (s *Signature) IsDocumentTimestamp() bool { return s.SubFilter == "ETSI.RFC3161" }
