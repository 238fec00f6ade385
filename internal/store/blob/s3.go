package blob

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"
	"time"

	"mohur/docket"
)

// S3 is a blob store in a bucket of an S3-compatible service: PREFIX/ab/abcdef.... What is written waits in a local folder until its hash is known; the
// hash is then the object's name and the signed SHA-256 of what is sent, so that the service refuses any other bytes.
type S3 struct {
	o      S3Options
	client *http.Client
}

var _ docket.Blobs = (*S3)(nil)

// S3Options say where a bucket is. Endpoint, Bucket, AccessKey, SecretKey, Temp and Now are needed.
type S3Options struct {
	Endpoint  *url.URL // https, or http on loopback; objects are addressed as ENDPOINT/BUCKET/KEY
	Region    string   // "us-east-1" by default, which services without regions take
	Bucket    string
	Prefix    string // of every key, without slashes at its ends
	AccessKey string
	SecretKey string
	Temp      string // a local folder for what is on its way
	Now       func() time.Time
	Timeout   time.Duration // until an answer begins; 0: 30 seconds
}

// OpenS3 checks the options and that the bucket answers.
func OpenS3(ctx context.Context, o S3Options) (*S3, error) {
	switch {
	case o.Endpoint == nil || o.Endpoint.Host == "" || o.Endpoint.Path != "" && o.Endpoint.Path != "/" || o.Endpoint.RawQuery != "":
		return nil, errors.New("S3: the endpoint is not https://HOST[:PORT]")
	case o.Endpoint.Scheme != "https" && (o.Endpoint.Scheme != "http" || !loopback(o.Endpoint.Hostname())):
		return nil, errors.New("S3: the endpoint must be https; http is for loopback only")
	case o.Bucket == "" || strings.Contains(o.Bucket, "/") || o.AccessKey == "" || o.SecretKey == "" || o.Now == nil || o.Temp == "":
		return nil, errors.New("S3: bucket, keys, temporary folder and clock are needed")
	}
	if o.Region == "" {
		o.Region = "us-east-1"
	}
	if o.Timeout <= 0 {
		o.Timeout = 30 * time.Second
	}
	if err := os.MkdirAll(o.Temp, 0o700); err != nil {
		return nil, fmt.Errorf("S3: %w", err)
	}
	s := &S3{o: o, client: &http.Client{
		Transport: &http.Transport{
			DialContext: (&net.Dialer{Timeout: 10 * time.Second}).DialContext, TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: o.Timeout,
			MaxIdleConnsPerHost: 16, IdleConnTimeout: time.Minute, DisableCompression: true, // no proxies: what is kept goes nowhere else
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	res, err := s.do(ctx, http.MethodGet, "", url.Values{"list-type": {"2"}, "max-keys": {"1"}}, nil, request{})
	if err != nil {
		return nil, fmt.Errorf("S3: bucket %s: %w", o.Bucket, err)
	}
	return s, res.Body.Close()
}

// loopback says whether a host is this machine.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (s *S3) key(h docket.Hash) string { return path.Join(s.o.Prefix, string(h[:2]), string(h)) }

// Put streams r into a blob.
func (s *S3) Put(ctx context.Context, r io.Reader, limit int64) (docket.Blob, error) {
	w, err := s.create(ctx, limit)
	if err != nil {
		return docket.Blob{}, err
	}
	defer func() { _ = w.Abort() }()
	if err := copyTo(ctx, w, r); err != nil {
		return docket.Blob{}, err
	}
	return w.Commit()
}

// Create returns a writer for what is made in place.
func (s *S3) Create(ctx context.Context, limit int64) (docket.BlobWriter, error) {
	return s.create(ctx, limit)
}

func (s *S3) create(ctx context.Context, limit int64) (*writer, error) {
	return newWriter(s.o.Temp, limit, func(w *writer, h docket.Hash) error {
		if err := s.send(ctx, w.f.Name(), w.size, h); err != nil {
			return err
		}
		return os.Remove(w.f.Name())
	})
}

// send stores a finished file. It is sent even where an object of the name is there: then that one is young again, for Older, and whole again, should it
// have been damaged.
func (s *S3) send(ctx context.Context, file string, size int64, h docket.Hash) error {
	res, err := s.do(ctx, http.MethodPut, s.key(h), nil, func() (io.ReadCloser, error) { return os.Open(file) }, request{hash: string(h), size: size})
	if err != nil {
		return err
	}
	return res.Body.Close()
}

// Open opens a blob for reading.
func (s *S3) Open(ctx context.Context, h docket.Hash) (docket.BlobReader, error) {
	if !h.Valid() {
		return nil, docket.ErrNotFound
	}
	res, err := s.do(ctx, http.MethodHead, s.key(h), nil, nil, request{})
	if err != nil {
		return nil, failedS3(err)
	}
	if err := res.Body.Close(); err != nil || res.ContentLength < 0 {
		return nil, failed(errors.Join(errors.New("S3: an object without a length"), err))
	}
	return newObject(ctx, s, h, res.ContentLength, res.Header.Get("ETag"))
}

// Remove removes a blob; one that is not there is no error.
func (s *S3) Remove(ctx context.Context, h docket.Hash) error {
	if !h.Valid() {
		return docket.ErrNotFound
	}
	res, err := s.do(ctx, http.MethodDelete, s.key(h), nil, nil, request{})
	if isMissing(err) {
		return nil
	}
	if err != nil {
		return failed(err)
	}
	return res.Body.Close()
}

// listing is an answer of ListObjectsV2.
type listing struct {
	IsTruncated           bool
	NextContinuationToken string
	Contents              []struct {
		Key          string
		LastModified time.Time
	}
}

// maxListing bounds one answer: a thousand keys with their times.
const maxListing = 4 << 20

// Older names each blob that was stored, or stored again, before the instant, until do fails.
func (s *S3) Older(ctx context.Context, before time.Time, do func(h docket.Hash) error) error {
	prefix := s.o.Prefix
	if prefix != "" {
		prefix += "/"
	}
	q := url.Values{"list-type": {"2"}, "prefix": {prefix}}
	for {
		l, err := s.list(ctx, q)
		if err != nil {
			return failed(err)
		}
		for _, c := range l.Contents {
			h := docket.Hash(path.Base(c.Key))
			if !h.Valid() || c.Key != s.key(h) || !c.LastModified.Before(before) {
				continue
			}
			if err := do(h); err != nil {
				return err
			}
		}
		if !l.IsTruncated || l.NextContinuationToken == "" {
			return nil
		}
		q.Set("continuation-token", l.NextContinuationToken)
	}
}

func (s *S3) list(ctx context.Context, q url.Values) (l *listing, err error) {
	res, err := s.do(ctx, http.MethodGet, "", q, nil, request{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, res.Body.Close()) }()
	l = &listing{}
	if err := xml.NewDecoder(io.LimitReader(res.Body, maxListing)).Decode(l); err != nil {
		return nil, fmt.Errorf("S3: a list that can't be read: %w", err)
	}
	return l, nil
}

// S3Error is an answer other than success.
type S3Error struct {
	Status int
	Code   string // of the service, such as NoSuchKey
}

// Error says status and code.
func (e *S3Error) Error() string { return fmt.Sprintf("S3: status %d %s", e.Status, e.Code) }

func isMissing(err error) bool {
	e, ok := errors.AsType[*S3Error](err)
	return ok && e.Status == http.StatusNotFound && e.Code != "NoSuchBucket"
}

// failedS3 is failed, but for an object that is not there.
func failedS3(err error) error {
	if isMissing(err) {
		return docket.ErrNotFound.Because(err)
	}
	return failed(err)
}

// request is what a request has besides method, key and query.
type request struct {
	hash  string // SHA-256 of the body; empty: there is none
	size  int64
	bytes string // of a Range header
	etag  string // of If-Match
}

// tries is how often a request is made: everything here may be repeated.
const tries = 4

// do makes a request until it succeeds or its failure is final.
func (s *S3) do(ctx context.Context, method, key string, q url.Values, body func() (io.ReadCloser, error), r request) (*http.Response, error) {
	var last error
	for try := range tries {
		if try > 0 {
			select {
			case <-ctx.Done():
				return nil, errors.Join(ctx.Err(), last)
			case <-time.After(time.Duration(100<<(2*try)) * time.Millisecond / 4):
			}
		}
		res, err := s.once(ctx, method, key, q, body, r)
		if err == nil {
			return res, nil
		}
		last = err
		if e, ok := errors.AsType[*S3Error](err); ok && e.Status < 500 && e.Status != http.StatusTooManyRequests || ctx.Err() != nil {
			return nil, err
		}
	}
	return nil, last
}

func (s *S3) once(ctx context.Context, method, key string, q url.Values, body func() (io.ReadCloser, error), r request) (*http.Response, error) {
	u := *s.o.Endpoint
	u.Path = "/" + s.o.Bucket
	if key != "" {
		u.Path += "/" + key
	}
	u.RawPath, u.RawQuery = escapePath(u.Path), escapeQuery(q)
	req, err := http.NewRequestWithContext(ctx, method, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("S3: %w", err)
	}
	if body != nil {
		if req.Body, err = body(); err != nil {
			return nil, fmt.Errorf("S3: %w", err)
		}
		if req.ContentLength = r.size; r.size == 0 { // zero with a body means that the length is not known
			if err := req.Body.Close(); err != nil {
				return nil, fmt.Errorf("S3: %w", err)
			}
			req.Body = http.NoBody
		}
	}
	return s.answer(req, r)
}

// answer signs a request, makes it, and turns anything but success into an error.
func (s *S3) answer(req *http.Request, r request) (*http.Response, error) {
	if r.bytes != "" {
		req.Header.Set("Range", r.bytes)
	}
	if r.etag != "" {
		req.Header.Set("If-Match", r.etag)
	}
	s.sign(req, r.hash)
	res, err := s.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("S3: %w", err)
	}
	if res.StatusCode/100 == 2 {
		return res, nil
	}
	var said struct{ Code string }
	_ = xml.NewDecoder(io.LimitReader(res.Body, 64<<10)).Decode(&said) // an answer to HEAD, or of a proxy, says nothing
	_ = res.Body.Close()
	return nil, &S3Error{Status: res.StatusCode, Code: said.Code}
}
