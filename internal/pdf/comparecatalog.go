package pdf

import "slices"

// trailer compares everything, from the trailer on.
func (x *differ) trailer() {
	a, b := x.a.Trailer(), x.b.Trailer()
	for _, k := range keys(a, b) {
		switch k {
		case "Size", "Prev", "XRefStm", "ID", "Root", // what every update changes, or what is compared below
			"Type", "W", "Index", "Length", "Filter", "DecodeParms": // of a cross-reference stream
		case "Info":
			x.key(a, b, k, 1, Change{Kind: ChangeMetadata, Key: "PDF_CHANGE_INFO"})
		case "Encrypt":
			x.key(a, b, k, never, Change{Kind: ChangeFile, Key: "PDF_CHANGE_ENCRYPTION"})
		default:
			x.foreignKey(a, b, k)
		}
	}
	x.catalog(x.a.Catalog(), x.b.Catalog())
}

// foreignKey judges a key of the trailer that no standard knows. No reader acts on it, so its coming and going is harmless; but what it leads
// to must stay as it was, and must not be what an update replaces elsewhere.
func (x *differ) foreignKey(a, b Dict, k Name) {
	if a[k] != nil && b[k] != nil {
		x.key(a, b, k, never, Change{Kind: ChangeUnknown, Key: "PDF_CHANGE_TRAILER"})
		if r, ok := a[k].(Ref); ok {
			x.foreign[r] = true
		}
		return
	}
	x.add(1, Change{Kind: ChangeMetadata, Key: "PDF_CHANGE_TRAILER", Args: []string{string(k)}})
}

// key compares the value of one key and notes the change with the key as its argument.
func (x *differ) key(a, b Dict, k Name, need int, c Change) {
	if x.equalUnder(k, orNull(a[k]), orNull(b[k]), 0) {
		return
	}
	if r, ok := a[k].(Ref); ok && x.foreign[r] {
		x.add(never, Change{Kind: ChangeUnknown, Key: "PDF_CHANGE_SHARED_OBJECT", Object: r, Args: []string{string(k)}})
	}
	c.Args = append(slices.Clone(c.Args), string(k))
	if r, ok := b[k].(Ref); ok && c.Object == (Ref{}) {
		c.Object = r
	}
	x.add(need, c)
}

// catalogKeys says what a change of a key of the catalogue means.
var catalogKeys = map[Name]struct {
	need int
	kind ChangeKind
	key  string
}{
	"DSS":               {1, ChangeDSS, "PDF_CHANGE_DSS"},
	"Version":           {1, ChangeStructure, "PDF_CHANGE_VERSION"},
	"Extensions":        {1, ChangeStructure, "PDF_CHANGE_EXTENSIONS"},
	"OpenAction":        {never, ChangeAction, "PDF_CHANGE_OPEN_ACTION"},
	"AA":                {never, ChangeAction, "PDF_CHANGE_ACTIONS"},
	"Outlines":          {never, ChangeStructure, "PDF_CHANGE_OUTLINES"},
	"MarkInfo":          {2, ChangeStructure, "PDF_CHANGE_MARK_INFO"},
	"OCProperties":      {never, ChangePage, "PDF_CHANGE_LAYERS"},
	"Dests":             {never, ChangeStructure, "PDF_CHANGE_NAMES"},
	"AF":                {never, ChangeStructure, "PDF_CHANGE_EMBEDDED_FILES"},
	"Collection":        {never, ChangeStructure, "PDF_CHANGE_EMBEDDED_FILES"},
	"PageLabels":        {never, ChangeStructure, "PDF_CHANGE_CATALOG"},
	"Perms":             {never, ChangeSignature, "PDF_CHANGE_PERMISSIONS"},
	"Legal":             {never, ChangeSignature, "PDF_CHANGE_LEGAL"},
	"Threads":           {never, ChangeStructure, "PDF_CHANGE_CATALOG"},
	"ViewerPreferences": {never, ChangeStructure, "PDF_CHANGE_CATALOG"},
}

func (x *differ) catalog(a, b Dict) {
	x.comparePages()
	for _, k := range keys(a, b) {
		switch k {
		case "Pages", "AcroForm":
		case "Metadata":
			x.metadata(a, b, k)
		case "StructTreeRoot":
			x.structure(a[k], b[k])
		case "Names":
			x.names(x.a.dict(a[k]), x.b.dict(b[k]))
		default:
			m, ok := catalogKeys[k]
			if !ok {
				m.need, m.kind, m.key = never, ChangeStructure, "PDF_CHANGE_CATALOG"
			}
			x.key(a, b, k, m.need, Change{Kind: m.kind, Key: m.key})
		}
	}
	x.compareForms(x.a.dict(a["AcroForm"]), x.b.dict(b["AcroForm"]))
}

// metadata compares XMP, which may be renewed by a metadata stream only (14.3.2).
func (x *differ) metadata(a, b Dict, k Name) {
	need := never
	if s, ok := x.b.Resolve(b[k]).(*Stream); ok && x.b.name(s.Dict["Type"]) == "Metadata" {
		need = 1
	}
	x.key(a, b, k, need, Change{Kind: ChangeMetadata, Key: "PDF_CHANGE_METADATA"})
}

// names compares the name dictionary key by key (ISO 32000-2, 7.7.4).
func (x *differ) names(a, b Dict) {
	for _, k := range keys(a, b) {
		c := Change{Kind: ChangeStructure, Key: "PDF_CHANGE_NAMES"}
		switch k {
		case "JavaScript":
			c = Change{Kind: ChangeAction, Key: "PDF_CHANGE_JAVASCRIPT"}
		case "EmbeddedFiles":
			c = Change{Kind: ChangeStructure, Key: "PDF_CHANGE_EMBEDDED_FILES"}
		}
		x.key(a, b, k, never, c)
	}
}
