package desk

import (
	"bytes"
	"context"
	"errors"
	"io"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gabriel-vasile/mimetype"

	"mohur/docket"
)

// accepted are the media types of project files (requirements.md 8, 23), found by content: no macros, no archives.
func accepted() []string {
	return []string{
		"application/pdf", "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
		"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/vnd.openxmlformats-officedocument.presentationml.presentation",
		"application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.spreadsheet", "image/jpeg", "image/png", "text/plain", asicE,
	}
}

const asicE = "application/vnd.etsi.asic-e+zip"

// storeFile streams an upload into a blob and finds its type.
func (s *Service) storeFile(ctx context.Context, name string, content io.Reader) (*docket.File, error) {
	b, err := s.blobs.Put(ctx, content, s.cfg.Limits.FileBytes)
	if errors.Is(err, docket.ErrBlobTooLarge) {
		return nil, docket.Refuse(docket.CodeTooLarge, docket.KeyTooLarge).With("max", s.cfg.Limits.FileBytes).On("file")
	}
	if err != nil {
		return nil, err
	}
	if b.Size == 0 {
		return nil, docket.Invalid("file", docket.KeyFileEmpty)
	}
	media, err := s.mediaType(ctx, b.Hash)
	if err != nil {
		return nil, err
	}
	now := s.now()
	return &docket.File{ID: newID(ctx, now), Name: fileName(name), MediaType: media, Size: b.Size, Blob: b.Hash, Added: now}, nil
}

// mediaType finds a blob's type by its content and refuses what is not accepted.
func (s *Service) mediaType(ctx context.Context, h docket.Hash) (string, error) {
	f, err := s.blobs.Open(ctx, h)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	head := make([]byte, 3072)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return "", docket.Refuse(docket.CodeUnavailable, docket.KeyDisk).Because(err)
	}
	head = head[:n]
	if len(head) > 30 && bytes.HasPrefix(head, []byte("PK")) && bytes.HasPrefix(head[30:], []byte("mimetype"+asicE)) {
		return asicE, nil
	}
	found := mimetype.Detect(head)
	for _, a := range accepted() {
		if found.Is(a) {
			return a, nil
		}
	}
	return "", docket.Invalid("file", docket.KeyFileType).With("type", found.String())
}

// fileName keeps the last part of a name, without control characters, at most 200 bytes.
func fileName(name string) string {
	name = path.Base(strings.ReplaceAll(strings.ToValidUTF8(name, "_"), "\\", "/"))
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, name)
	for len(name) > 200 {
		_, n := utf8.DecodeRuneInString(name)
		name = name[n:]
	}
	if strings.Trim(name, "./ ") == "" {
		return "file"
	}
	return name
}

// fits refuses more files or bytes than a submission may have.
func (s *Service) fits(files []docket.File, add *docket.File) error {
	if len(files) >= s.cfg.Limits.Files {
		return docket.Invalid("file", docket.KeyTooMany).With("max", s.cfg.Limits.Files)
	}
	total := add.Size
	for _, f := range files {
		total += f.Size
	}
	if total > s.cfg.Limits.SubmissionBytes {
		return docket.Invalid("file", docket.KeyTotalSize).With("max", s.cfg.Limits.SubmissionBytes)
	}
	return nil
}
