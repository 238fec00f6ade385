package report

import (
	"bufio"
	"encoding/xml"
	"io"
	"strings"
)

// element is one element of the ETSI report. The schema fixes the order of children, so they are built as a tree and written at the end.
type element struct {
	name     string
	attrs    [][2]string
	text     string
	children []*element
}

// el makes an element with children; nil children, which stand for what is absent, are left out.
func el(name string, children ...*element) *element {
	e := &element{name: name}
	return e.add(children...)
}

// leaf makes an element with text.
func leaf(name, text string) *element { return &element{name: name, text: text} }

// optional makes an element with text, nothing when there is no text.
func optional(name, text string) *element {
	if text == "" {
		return nil
	}
	return leaf(name, text)
}

// add appends children.
func (e *element) add(children ...*element) *element {
	for _, c := range children {
		if c != nil {
			e.children = append(e.children, c)
		}
	}
	return e
}

// with sets an attribute.
func (e *element) with(name, value string) *element {
	e.attrs = append(e.attrs, [2]string{name, value})
	return e
}

// write writes the tree. What no XML document may hold (control characters of a signer's name) becomes U+FFFD, as encoding/xml does.
func (e *element) write(w *bufio.Writer, depth int) {
	indent := strings.Repeat(" ", depth)
	w.WriteString(indent + "<" + e.name)
	for _, a := range e.attrs {
		w.WriteString(" " + a[0] + `="`)
		_ = xml.EscapeText(w, []byte(a[1]))
		w.WriteString(`"`)
	}
	switch {
	case len(e.children) > 0:
		w.WriteString(">\n")
		for _, c := range e.children {
			c.write(w, depth+1)
		}
		w.WriteString(indent + "</" + e.name + ">\n")
	case e.text != "":
		w.WriteString(">")
		_ = xml.EscapeText(w, []byte(e.text))
		w.WriteString("</" + e.name + ">\n")
	default:
		w.WriteString("/>\n")
	}
}

// writeXML writes a document with one root; the writer's error is kept by bufio until the end.
func writeXML(out io.Writer, root *element) error {
	w := bufio.NewWriter(out)
	w.WriteString(xml.Header)
	root.write(w, 0)
	return w.Flush()
}
