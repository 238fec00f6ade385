package paper

import (
	"bytes"
	"fmt"
)

// SealField is the name of the empty signature field that every sheet but a letter without a place carries: whoever signs or seals it, with
// whatever program, finds where the visible part belongs.
const SealField = "Seal"

// field is an empty signature field to be put on a page.
type field struct {
	name  string // empty: none
	place Place
}

// addField writes an empty signature field (ISO 32000-1, 12.7.4.5) with an empty appearance (ISO 19005-2, 6.3.3 asks for one) and hangs it
// into its page. It returns the catalog's entry for the form.
func (w *writer) addField(raw []byte, offsets []int, f field) (string, error) {
	if f.name == "" || f.place.Page == 0 {
		return "", nil
	}
	page, body, err := pageObject(raw, offsets, f.place.Page)
	if err != nil {
		return "", err
	}
	appearance, err := w.addStream(fmt.Sprintf("/Type/XObject/Subtype/Form/BBox[0 0 %.2f %.2f]", f.place.X2-f.place.X1, f.place.Y2-f.place.Y1), nil, false)
	if err != nil {
		return "", err
	}
	widget := w.add(fmt.Sprintf("<</Type/Annot/Subtype/Widget/FT/Sig/T%s/F 132/P %d 0 R/Rect[%.2f %.2f %.2f %.2f]/AP<</N %d 0 R>>>>",
		textString(f.name), page, f.place.X1, f.place.Y1, f.place.X2, f.place.Y2, appearance))
	// The page as the library wrote it stays behind as dead bytes; the table names the one with the annotation.
	w.offsets[page] = w.Len()
	fmt.Fprintf(w, "%d 0 obj\n%s/Annots[%d 0 R]>>\nendobj\n", page, body, widget)
	return fmt.Sprintf("/AcroForm<</Fields[%d 0 R]>>", widget), nil
}

// pageObject finds the n-th page among the library's objects and returns its number and its dictionary without the closing brackets.
func pageObject(raw []byte, offsets []int, n int) (int, []byte, error) {
	for number := 1; number < len(offsets); number++ {
		head := fmt.Appendf(nil, "%d 0 obj\n<</Type /Page\n", number)
		object := raw[offsets[number]:]
		if !bytes.HasPrefix(object, head) {
			continue
		}
		if n--; n > 0 {
			continue
		}
		body, _, found := bytes.Cut(object[bytes.IndexByte(object, '\n')+1:], []byte("endobj"))
		body = bytes.TrimRight(body, " \r\n")
		if !found || !bytes.HasSuffix(body, []byte(">>")) || bytes.Contains(body, []byte("/Annots")) {
			return 0, nil, errLayout
		}
		return number, body[:len(body)-2], nil
	}
	return 0, nil, errLayout
}
