package docket

import (
	"context"
	"errors"
	"io"
)

// Blob is a stored file: its bytes never change.
type Blob struct {
	Hash Hash
	Size int64
}

// BlobReader reads a stored file.
type BlobReader interface {
	io.Reader
	io.ReaderAt
	io.Seeker
	io.Closer
	Size() int64
}

// BlobWriter makes a blob of unknown name. Nothing is stored until Commit; Abort after Commit does nothing, so it can be deferred.
type BlobWriter interface {
	io.Writer
	io.WriterAt
	Commit() (Blob, error)
	Abort() error
}

// ErrBlobTooLarge is returned when a limit is passed while storing.
var ErrBlobTooLarge = &Error{Code: CodeTooLarge, Key: KeyTooLarge}

// ErrBlobChanged says that a stored file's bytes are not those that its name says.
var ErrBlobChanged = errors.New("a stored file is not what its name says")

// Blobs stores files by the SHA-256 of their content. A blob is reached only through a row that the user may read.
type Blobs interface {
	// Put streams r into a blob; more than limit bytes is ErrBlobTooLarge and leaves nothing.
	Put(ctx context.Context, r io.Reader, limit int64) (Blob, error)
	// Create returns a writer for what is made in place.
	Create(ctx context.Context, limit int64) (BlobWriter, error)
	// Open returns ErrNotFound for an unknown name.
	Open(ctx context.Context, h Hash) (BlobReader, error)
}
