package certs

import "context"

// Fetcher is the way out: a guarded client that the caller hands in. Both return the body; an error for anything but success.
type Fetcher interface {
	Get(ctx context.Context, url string) ([]byte, error)
	Post(ctx context.Context, url, contentType string, body []byte) ([]byte, error)
}
