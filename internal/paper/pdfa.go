package paper

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
)

// attachment is a file inside the PDF, bound to the whole document (PDF/A-3: ISO 19005-3, 6.8).
type attachment struct {
	name, description, mediaType string
	data                         []byte
}

var errLayout = errors.New("paper: unexpected output of the PDF library")

// finish turns the library's plain PDF into PDF/A. The library writes the information dictionary and the catalog last; both are cut off and
// written anew, with metadata, output intent, attachments and a file identifier, so that nothing of it has to be patched in place.
func finish(raw []byte, a about, field field, files []attachment) ([]byte, error) {
	offsets, err := readOffsets(raw)
	if err != nil {
		return nil, err
	}
	catalog := len(offsets) - 1
	w := &writer{offsets: offsets[:catalog-1]}
	w.Write(raw[:offsets[catalog-1]])
	if !bytes.HasPrefix(raw, []byte("%PDF-1.")) {
		return nil, errLayout
	}
	w.Bytes()[len("%PDF-1.")] = '7'

	form, err := w.addField(raw, offsets, field)
	if err != nil {
		return nil, err
	}
	info := w.add(a.info())
	profile, err := w.addStream("/N 3/Alternate/DeviceRGB", sRGBProfile(), true)
	if err != nil {
		return nil, err
	}
	metadata, err := w.addStream("/Type/Metadata/Subtype/XML", a.xmp(), false) // never compressed: it must be found without a PDF reader
	if err != nil {
		return nil, err
	}
	specs, err := w.attach(files, a)
	if err != nil {
		return nil, err
	}
	root := w.add(fmt.Sprintf("<</Type/Catalog/Pages 1 0 R/Lang%s/ViewerPreferences<</DisplayDocTitle true>>/Metadata %d 0 R/OutputIntents[<</Type/OutputIntent"+
		"/S/GTS_PDFA1/OutputConditionIdentifier(sRGB)/Info(sRGB IEC61966-2.1)/DestOutputProfile %d 0 R>>]%s%s>>", textString(a.language), metadata, profile, specs, form))
	w.close(root, info)
	return w.Bytes(), nil
}

// readOffsets reads the cross-reference table that the library has just written; entry 0 stands for the head of the free list.
func readOffsets(raw []byte) ([]int, error) {
	at := bytes.LastIndex(raw, []byte("startxref\n"))
	if at < 0 {
		return nil, errLayout
	}
	line, _, _ := strings.Cut(string(raw[at+len("startxref\n"):]), "\n")
	start, err := strconv.Atoi(line)
	if err != nil || start < 0 || start > at {
		return nil, errLayout
	}
	lines := strings.Split(string(raw[start:at]), "\n")
	var count int
	if _, err := fmt.Sscanf(strings.Join(lines[:min(2, len(lines))], " "), "xref 0 %d", &count); err != nil || count < 4 || len(lines) < count+2 {
		return nil, errLayout
	}
	offsets := make([]int, count)
	for i := 1; i < count; i++ {
		if _, err := fmt.Sscanf(lines[2+i], "%d", &offsets[i]); err != nil || offsets[i] >= start || offsets[i] <= 0 {
			return nil, errLayout
		}
	}
	return offsets, nil
}

// writer appends objects and remembers where they are.
type writer struct {
	bytes.Buffer
	offsets []int
}

func (w *writer) add(body string) int {
	n := len(w.offsets)
	w.offsets = append(w.offsets, w.Len())
	fmt.Fprintf(w, "%d 0 obj\n%s\nendobj\n", n, body)
	return n
}

func (w *writer) addStream(entries string, data []byte, deflate bool) (int, error) {
	if deflate {
		var z bytes.Buffer
		zw := zlib.NewWriter(&z)
		if _, err := zw.Write(data); err != nil {
			return 0, fmt.Errorf("paper: %w", err)
		}
		if err := zw.Close(); err != nil {
			return 0, fmt.Errorf("paper: %w", err)
		}
		data, entries = z.Bytes(), entries+"/Filter/FlateDecode"
	}
	return w.add(fmt.Sprintf("<<%s/Length %d>>\nstream\n%s\nendstream", entries, len(data), data)), nil
}

// attach writes embedded files and returns the catalog's entries for them: the name tree, and /AF with the relationship Data.
func (w *writer) attach(files []attachment, a about) (string, error) {
	if len(files) == 0 {
		return "", nil
	}
	var names, refs strings.Builder
	for _, f := range files {
		stream, err := w.addStream(fmt.Sprintf("/Type/EmbeddedFile/Subtype/%s/Params<</Size %d/ModDate(%s)>>", strings.ReplaceAll(f.mediaType, "/", "#2F"),
			len(f.data), a.made.UTC().Format("D:20060102150405+00'00'")), f.data, true)
		if err != nil {
			return "", err
		}
		spec := w.add(fmt.Sprintf("<</Type/Filespec/F%s/UF%s/Desc%s/AFRelationship/Data/EF<</F %d 0 R/UF %d 0 R>>>>",
			textString(f.name), textString(f.name), textString(f.description), stream, stream))
		fmt.Fprintf(&names, "%s %d 0 R ", textString(f.name), spec)
		fmt.Fprintf(&refs, "%d 0 R ", spec)
	}
	return fmt.Sprintf("/Names<</EmbeddedFiles<</Names[%s]>>>>/AF[%s]", strings.TrimSpace(names.String()), strings.TrimSpace(refs.String())), nil
}

// close writes the cross-reference table and a trailer whose identifier is made of the contents: the same document has the same one.
func (w *writer) close(root, info int) {
	sum := sha256.Sum256(w.Bytes())
	start := w.Len()
	fmt.Fprintf(w, "xref\n0 %d\n0000000000 65535 f \n", len(w.offsets))
	for _, o := range w.offsets[1:] {
		fmt.Fprintf(w, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(w, "trailer\n<</Size %d/Root %d 0 R/Info %d 0 R/ID[<%X><%X>]>>\nstartxref\n%d\n%%%%EOF\n", len(w.offsets), root, info, sum[:16], sum[:16], start)
}

// textString writes a PDF text string: as it is when plain ASCII, otherwise UTF-16 in hexadecimal digits (ISO 32000-1, 7.9.2.2).
func textString(s string) string {
	plain := true
	for _, r := range s {
		plain = plain && r >= ' ' && r < 0x7f
	}
	if plain {
		return "(" + strings.NewReplacer(`\`, `\\`, "(", `\(`, ")", `\)`).Replace(s) + ")"
	}
	var b strings.Builder
	b.WriteString("<FEFF")
	for _, u := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, "%04X", u)
	}
	return b.String() + ">"
}
