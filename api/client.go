package api

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"mohur/verify/report"
)

// Client asks a Möhür server. The zero value of HTTP is http.DefaultClient.
type Client struct {
	Base     string // address of the server, without /v1
	HTTP     *http.Client
	Language string // of the reasons: "az", "en" or "ru"; English if empty
}

// VerifyOptions are the choices of a verification. The zero value takes the server's policy and the present time.
type VerifyOptions struct {
	Policy string
	Time   time.Time
	Name   string // of the document; only repeated in the verdict
}

// Error returns the problem's sentence.
func (p *Problem) Error() string {
	if p.Detail == "" {
		return p.Title
	}
	return p.Title + ": " + p.Detail
}

// Verify sends a document as a stream and returns its verdict. A refusal is a *Problem; a bad signature is a verdict.
func (c *Client) Verify(ctx context.Context, document io.Reader, o VerifyOptions) (*report.Document, error) {
	q := url.Values{}
	if o.Policy != "" {
		q.Set("policy", o.Policy)
	}
	if !o.Time.IsZero() {
		q.Set("time", o.Time.UTC().Format(time.RFC3339))
	}
	address := strings.TrimSuffix(c.Base, "/") + "/v1/verifications"
	if len(q) > 0 {
		address += "?" + q.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, document)
	if err != nil {
		return nil, fmt.Errorf("api: request: %w", err)
	}
	req.Header.Set("Content-Type", "application/octet-stream")
	if o.Name != "" {
		req.Header.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": o.Name}))
	}
	if c.Language != "" {
		req.Header.Set("Accept-Language", c.Language)
	}
	client := c.HTTP
	if client == nil {
		client = http.DefaultClient
	}
	res, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("api: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	body := io.LimitReader(res.Body, 16<<20)
	if res.StatusCode != http.StatusOK {
		p := &Problem{Status: res.StatusCode, Title: res.Status}
		if err := json.NewDecoder(body).Decode(p); err != nil {
			return nil, fmt.Errorf("api: status %s: %w", res.Status, err)
		}
		return nil, p
	}
	var d report.Document
	if err := json.NewDecoder(body).Decode(&d); err != nil {
		return nil, fmt.Errorf("api: answer: %w", err)
	}
	return &d, nil
}
