package blob

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"slices"
	"sync"

	"mohur/docket"
)

// Reading an object: one that is small comes whole and is hashed before a byte is handed out; a large one comes in blocks, a few of which are kept.
const (
	wholeObject = 4 << 20
	block       = 1 << 20
	keptBlocks  = 4
)

// object reads a blob of a bucket. The context is that of its opening.
type object struct {
	ctx   context.Context //nolint:containedctx // io.ReaderAt has none
	s     *S3
	h     docket.Hash
	size  int64
	etag  string
	whole []byte

	mu     sync.Mutex
	blocks []fetched // the newest last
	at     int64     // of Read
	sum    hash.Hash // of what Read gave in one go from the beginning; nil once it did not
}

type fetched struct {
	n int64
	b []byte
}

func newObject(ctx context.Context, s *S3, h docket.Hash, size int64, etag string) (*object, error) {
	o := &object{ctx: ctx, s: s, h: h, size: size, etag: etag, sum: sha256.New()}
	if size > wholeObject {
		return o, nil
	}
	b, err := o.fetch(0, size)
	if err != nil {
		return nil, failedS3(err)
	}
	if docket.HashOf(sha256.Sum256(b)) != h {
		return nil, failed(fmt.Errorf("%w: %s", docket.ErrBlobChanged, h))
	}
	o.whole = b
	return o, nil
}

// fetch reads a range.
func (o *object) fetch(from, n int64) ([]byte, error) {
	if n == 0 {
		return []byte{}, nil
	}
	res, err := o.s.do(o.ctx, http.MethodGet, o.s.key(o.h), nil, nil, request{bytes: fmt.Sprintf("bytes=%d-%d", from, from+n-1), etag: o.etag})
	if err != nil {
		return nil, err
	}
	b := make([]byte, n)
	_, err = io.ReadFull(res.Body, b)
	if err = errors.Join(err, res.Body.Close()); err != nil {
		return nil, fmt.Errorf("S3: %w", err)
	}
	if res.StatusCode != http.StatusPartialContent && (from != 0 || n != o.size) {
		return nil, errors.New("S3: the service does not answer ranges")
	}
	return b, nil
}

// Size is the number of bytes.
func (o *object) Size() int64 { return o.size }

// ReadAt implements io.ReaderAt.
func (o *object) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, errors.New("S3: a negative offset")
	}
	done := 0
	for done < len(p) && off < o.size {
		b, err := o.block(off / block)
		if err != nil {
			return done, failedS3(err)
		}
		n := copy(p[done:], b[off%block:])
		done, off = done+n, off+int64(n)
	}
	if done < len(p) {
		return done, io.EOF
	}
	return done, nil
}

// block returns one block, from those kept or fetched.
func (o *object) block(n int64) ([]byte, error) {
	if o.whole != nil {
		return o.whole[n*block : min((n+1)*block, o.size)], nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if i := slices.IndexFunc(o.blocks, func(f fetched) bool { return f.n == n }); i >= 0 {
		return o.blocks[i].b, nil
	}
	b, err := o.fetch(n*block, min(block, o.size-n*block))
	if err != nil {
		return nil, err
	}
	if len(o.blocks) == keptBlocks {
		o.blocks = slices.Delete(o.blocks, 0, 1)
	}
	o.blocks = append(o.blocks, fetched{n, b})
	return b, nil
}

// Read reads on. Who reads a whole object from its beginning is told at its end if the bytes were not those of its name.
func (o *object) Read(p []byte) (int, error) {
	if o.at >= o.size {
		return 0, o.ended()
	}
	n, err := o.ReadAt(p[:min(int64(len(p)), o.size-o.at)], o.at)
	o.at += int64(n)
	if o.sum != nil {
		o.sum.Write(p[:n])
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}

// ended holds what was read against the name.
func (o *object) ended() error {
	if o.sum != nil && docket.HashOf([32]byte(o.sum.Sum(nil))) != o.h {
		return failed(fmt.Errorf("%w: %s", docket.ErrBlobChanged, o.h))
	}
	return io.EOF
}

// Seek implements io.Seeker.
func (o *object) Seek(off int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		off += o.at
	case io.SeekEnd:
		off += o.size
	}
	if off < 0 {
		return o.at, errors.New("S3: a negative place")
	}
	if off != o.at {
		o.sum = nil
	}
	if off == 0 {
		o.sum = sha256.New()
	}
	o.at = off
	return off, nil
}

// Close gives back what was kept.
func (o *object) Close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.blocks = nil
	return nil
}
