package verify

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"mohur/internal/pdf"
)

// Original is what a signature was put on: the PDF before the signature's own revision, the content inside a CMS message, or the file that a
// detached signature names.
type Original struct {
	Name    string
	Content io.Reader
	Size    int64
}

// UnknownSignatureError says that the document has no signature with the identifier asked for.
type UnknownSignatureError struct{ ID string }

// Error names the identifier.
func (e *UnknownSignatureError) Error() string { return fmt.Sprintf("no signature %q", e.ID) }

// Originals returns what the signature with an identifier was put on, the first signature's when id is empty. Nothing is judged: whoever
// needs the content of a valid signature asks Document first. A PDF that was signed in its first revision has no earlier state, and the
// answer is empty. The error is Document's, or *UnknownSignatureError.
func Originals(ctx context.Context, in Input, id string) ([]Original, error) {
	doc, err := read(ctx, &in)
	if err != nil {
		return nil, err
	}
	for i, s := range doc.signatures {
		if s.id != id && (id != "" || i > 0) {
			continue
		}
		if doc.format == FormatPDF || doc.format == FormatPAdES {
			return earlierRevision(&in, s)
		}
		if s.original == nil {
			return nil, nil
		}
		if o := s.original(); o != nil {
			return []Original{*o}, nil
		}
		return nil, nil
	}
	return nil, &UnknownSignatureError{ID: id}
}

// earlierRevision is the PDF as it was before the revision that a signature closes.
func earlierRevision(in *Input, s *signature) ([]Original, error) {
	d, err := pdf.Open(in.Content, in.Size, pdf.Options{Password: in.Password})
	if err != nil {
		return nil, pdfError(err)
	}
	revisions := d.Revisions()
	if s.revision < 2 || s.revision > len(revisions) {
		return nil, nil
	}
	end := revisions[s.revision-2].End
	return []Original{{Name: in.Name, Content: io.NewSectionReader(in.Content, 0, end), Size: end}}, nil
}

// originalOf is the content of a CMS signature, nil when only its digest is known.
func originalOf(in *Input, content *signedContent) *Original {
	if content.open == nil {
		return nil
	}
	for _, d := range in.Detached {
		if d.Name == content.name && d.Content != nil {
			return &Original{Name: d.Name, Content: d.Reader(), Size: d.Size}
		}
	}
	b, err := io.ReadAll(io.LimitReader(content.open(), maxCMS)) // encapsulated: it is in memory as it is
	if err != nil {
		return nil
	}
	return &Original{Name: in.Name, Content: bytes.NewReader(b), Size: int64(len(b))}
}
