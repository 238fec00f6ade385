package pdf

// part says what an object is in a document, where that is compared for itself.
type part uint8

const (
	partPage  part = 1 << iota // a node of the page tree
	partForm                   // a field or widget of the form
	partAnnot                  // an annotation of a page
)

// parts lists them once.
func (d *Document) parts() map[Ref]part {
	if d.roles != nil {
		return d.roles
	}
	pages, form := d.pageList(), d.form()
	d.roles = make(map[Ref]part, len(pages.nodes)+len(form.nodes))
	for r := range pages.nodes {
		d.roles[r] |= partPage
	}
	for r := range form.nodes {
		d.roles[r] |= partForm
	}
	for r := range pages.annot {
		d.roles[r] |= partAnnot
	}
	return d.roles
}
