package pdf

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
	Allowed bool     // by the signature's own DocMDP, FieldMDP and lock
	Overlay bool     // an annotation that is drawn over page content
	Locked  bool     // the field is one that the signature's FieldMDP or lock closes

	id   string // what tells it from others of the same document
	need int    // the least DocMDP permission under which it is allowed
}

// Difference is what later revisions did to what a signature covers.
type Difference struct {
	Modified Modification
	Changes  []Change
}
