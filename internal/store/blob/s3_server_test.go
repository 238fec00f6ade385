//go:build s3

package blob

import (
	"net/url"
	"os"
	"testing"
	"time"

	"mohur/docket"
)

// TestS3Server runs the suite against a real service: MOHUR_S3 is its address, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY its keys, and the bucket
// mohur-test is there. scripts/s3.sh starts one.
func TestS3Server(t *testing.T) {
	u, err := url.Parse(os.Getenv("MOHUR_S3"))
	if err != nil || u.Host == "" {
		t.Fatalf("MOHUR_S3 is %q: run scripts/s3.sh", os.Getenv("MOHUR_S3"))
	}
	o := S3Options{Endpoint: u, Bucket: "mohur-test", AccessKey: os.Getenv("AWS_ACCESS_KEY_ID"), SecretKey: os.Getenv("AWS_SECRET_ACCESS_KEY"), Temp: t.TempDir(), Now: time.Now}
	suite(t, func(t *testing.T) kept {
		o := o
		o.Prefix = "sınaq/" + string(docket.NewID(time.Now()))
		s, err := OpenS3(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
	o.SecretKey += "x"
	if _, err := OpenS3(t.Context(), o); err == nil {
		t.Error("a wrong key was taken")
	}
	o.SecretKey = os.Getenv("AWS_SECRET_ACCESS_KEY")
	o.Bucket = "no-such-bucket"
	if _, err := OpenS3(t.Context(), o); err == nil {
		t.Error("a bucket that is not there was taken")
	}
}
