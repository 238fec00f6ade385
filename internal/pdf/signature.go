package pdf

import (
	"errors"
	"io"
	"time"
)

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

	doc *Document
	gap span
}

// span is a range of bytes of the file.
type span struct{ from, to int64 }

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

// Revision is one state of the file: the bytes from Start to End, appended to those before.
type Revision struct {
	Start, End int64 // End is after %%EOF and its line end
	XRef       int64 // offset of its cross-reference section
	Kind       XRefKind
}

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

// Modification sums up what later revisions did to a signed one.
type Modification uint8

// The values of [Modification]; unknown is the zero value, so that a forgotten answer is no approval.
const (
	ModificationUnknown   Modification = iota // could not be decided, see the changes
	ModificationNone                          // nothing was changed
	ModificationPermitted                     // every change is one that the signer allows
	ModificationForbidden                     // at least one is not
)

// String gives the words of the report.
func (m Modification) String() string {
	switch m {
	case ModificationNone:
		return "none"
	case ModificationPermitted:
		return "permitted"
	case ModificationForbidden:
		return "forbidden"
	}
	return "unknown"
}

// ChangeKind is what a change touches.
type ChangeKind string

// The kinds of change.
const (
	ChangePage       ChangeKind = "page"       // a page added, removed, moved, its content or what draws it
	ChangeAnnotation ChangeKind = "annotation" // added, changed, removed
	ChangeForm       ChangeKind = "form"       // values, appearances, fields, the form dictionary
	ChangeSignature  ChangeKind = "signature"  // a signature or its empty field added
	ChangeTimestamp  ChangeKind = "timestamp"  // a document timestamp added
	ChangeDSS        ChangeKind = "dss"        // validation data
	ChangeMetadata   ChangeKind = "metadata"   // XMP, document information
	ChangeAction     ChangeKind = "action"     // OpenAction, AA, JavaScript
	ChangeStructure  ChangeKind = "structure"  // outlines, names, structure tree, the rest of the catalogue
	ChangeFile       ChangeKind = "file"       // encryption, bytes outside any revision
	ChangeUnknown    ChangeKind = "unknown"
)

// Change is one difference between a signed revision and a later one.
type Change struct {
	Kind    ChangeKind
	Key     string   // stable: PDF_CHANGE_PAGE_CONTENT, ...
	Page    int      // 1-based, 0 when it belongs to no page
	Field   string   // fully qualified name of a form field
	Object  Ref      // the indirect object that changed, zero when unknown
	Args    []string // values for the message
	Allowed bool     // by decisions about the signature's own DocMDP, FieldMDP and locks
	Overlay bool     // an annotation that is drawn over page content
}

// Difference is what later revisions did to what a signature covers.
type Difference struct {
	Modified Modification
	Changes  []Change
}

// errNotYet is for the parts whose code lands next.
var errNotYet = errors.New("pdf: this part is not built yet")

type (
	pair       struct{ from, to int64 }
	comparison struct{}
)

// Revisions lists the states of the file, oldest first.
func (d *Document) Revisions() []Revision { return nil }

// Signatures finds the filled signature fields in the order of the field tree, then the orphans.
func (d *Document) Signatures() ([]*Signature, error) { return nil, errNotYet }

// Coverage says how much of the file the ByteRange covers.
func (s *Signature) Coverage() Coverage { return CoversPart }

// SignedBytes streams the bytes that the ByteRange names; safe for concurrent use with other readers.
func (s *Signature) SignedBytes() io.Reader {
	var parts []io.Reader
	for i := 0; i+1 < len(s.ByteRange); i += 2 {
		parts = append(parts, io.NewSectionReader(s.doc.file.src.r, s.ByteRange[i], s.ByteRange[i+1]))
	}
	return io.MultiReader(parts...)
}

// Changes says what happened to the document after a signature, and whether that signature allows it.
func (d *Document) Changes(_ *Signature) (*Difference, error) { return nil, errNotYet }

// DSS reads the document security store of the newest revision, nil when there is none.
func (d *Document) DSS() (*DSS, error) { return nil, errNotYet }
