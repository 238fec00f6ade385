package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"mohur/internal/store/blob"
	"mohur/internal/store/sqlstore"
)

// blobsConfig says where files are kept: in the data folder, or in a bucket.
type blobsConfig struct {
	// URL is "s3://BUCKET[/PREFIX]?endpoint=https://HOST[&region=REGION]"; empty: folders below data. A database and its files belong together:
	// changing one alone leaves rows without files.
	URL string `koanf:"url"`
	// AccessKey and the file with the secret key, mode 0400 or 0600. Without them AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of the environment count.
	AccessKey     string `koanf:"access_key"`
	SecretKeyFile string `koanf:"secret_key_file"`
}

// bucket reads the address.
func (b blobsConfig) bucket() (blob.S3Options, error) {
	wrong := func(why string) (blob.S3Options, error) {
		return blob.S3Options{}, fmt.Errorf(`configuration: "blobs.url" %s; it is s3://BUCKET[/PREFIX]?endpoint=https://HOST[&region=REGION]`, why)
	}
	u, err := url.Parse(b.URL)
	if err != nil || u.Scheme != "s3" || u.Host == "" || u.User != nil || u.Fragment != "" {
		return wrong("is no such address")
	}
	q := u.Query()
	for k := range q {
		if k != "endpoint" && k != "region" {
			return wrong(fmt.Sprintf("has a part %q", k))
		}
	}
	endpoint, err := url.Parse(q.Get("endpoint"))
	if err != nil || endpoint.Host == "" {
		return wrong("names no endpoint")
	}
	return blob.S3Options{Endpoint: endpoint, Region: q.Get("region"), Bucket: u.Host, Prefix: strings.Trim(u.Path, "/"), Now: time.Now}, nil
}

// keys are the access key and the secret one.
func (b blobsConfig) keys() (access, secret string, err error) {
	access, secret = cmp.Or(b.AccessKey, os.Getenv("AWS_ACCESS_KEY_ID")), os.Getenv("AWS_SECRET_ACCESS_KEY")
	if b.SecretKeyFile != "" {
		if secret, err = readKeyFile(b.SecretKeyFile); err != nil {
			return "", "", err
		}
	}
	if access == "" || secret == "" {
		return "", "", errors.New(`configuration: "blobs.url" needs keys: "blobs.access_key" and "blobs.secret_key_file", or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`)
	}
	return access, secret, nil
}

// readKeyFile reads a short secret that nobody else may read.
func readKeyFile(name string) (string, error) {
	f, err := os.Open(name) //nolint:gosec // the administrator's own file
	if err != nil {
		return "", fmt.Errorf("blobs.secret_key_file: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", fmt.Errorf("blobs.secret_key_file: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("blobs.secret_key_file: others may read %s (mode %#o); make it 0600", name, info.Mode().Perm())
	}
	b, err := io.ReadAll(io.LimitReader(f, 1024))
	return strings.TrimSpace(string(b)), err
}

// openShelf opens one of the office's stores of files.
func (c *config) openShelf(name sqlstore.Shelf) (shelf, error) {
	if c.Blobs.URL == "" {
		return blob.Open(filepath.Join(c.Data, string(name)))
	}
	o, err := c.Blobs.bucket()
	if err != nil {
		return nil, err
	}
	if o.AccessKey, o.SecretKey, err = c.Blobs.keys(); err != nil {
		return nil, err
	}
	o.Prefix, o.Temp = path.Join(o.Prefix, string(name)), filepath.Join(c.tempDir(), "s3-"+string(name))
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return blob.OpenS3(ctx, o)
}
