package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"mohur/certs"
	"mohur/signing"
	"mohur/signing/cades"
	"mohur/verify"
	"mohur/verify/etsi"
)

// The formats of signatures that can be made.
const (
	formatPAdES = "pades"
	formatCAdES = "cades"
)

// longTermAccess is what sign and extend are told about levels: which one, who stamps, whom to trust, and how old evidence may be.
type longTermAccess struct {
	level                          string
	tsa, tsaAnchors, anchors, maps list
	age                            time.Duration
}

func (l *longTermAccess) flags(fs *flag.FlagSet) {
	fs.StringVar(&l.level, "level", "", "")
	fs.Var(&l.tsa, "tsa", "")
	fs.Var(&l.tsaAnchors, "tsa-anchors", "")
	fs.Var(&l.anchors, "anchors", "")
	fs.Var(&l.maps, "map", "")
	fs.DurationVar(&l.age, "evidence-age", 24*time.Hour, "")
}

// check refuses what can't work, and takes the level that the other options mean.
func (l *longTermAccess) check() error {
	l.level = strings.ToUpper(l.level)
	if l.level == "" {
		if l.level = string(signing.BaselineB); len(l.tsa) > 0 {
			l.level = string(signing.BaselineT)
		}
	}
	level := signing.Level(l.level)
	switch {
	case !level.Known():
		return fmt.Errorf("--level %s: B-B, B-T, B-LT or B-LTA", l.level)
	case level.Reaches(signing.BaselineLT) && len(l.anchors) == 0:
		return fmt.Errorf("level %s needs --anchors: what is written must lead to them", level)
	case l.age < 0:
		return fmt.Errorf("--evidence-age %s is before nothing", l.age)
	}
	return nil
}

// sources makes the guarded client and what asks through it: the timestamp authority, and from B-LT on responders, lists and issuers. Nothing is
// cached, for evidence must not be older than the timestamp.
func (l *longTermAccess) sources(level signing.Level) (signing.Timestamper, *certs.TrustStore, *signing.Collector, error) {
	if !level.Reaches(signing.BaselineT) {
		return nil, nil, nil, nil
	}
	client, err := newClient(l.maps)
	if err != nil {
		return nil, nil, nil, err
	}
	var stamper signing.Timestamper
	if len(l.tsa) > 0 {
		if stamper, err = timestampPool(client, l.tsa, signing.PoolOptions{Now: clock}); err != nil {
			return nil, nil, nil, fmt.Errorf("--tsa: %w", err)
		}
	}
	var trust *certs.TrustStore
	if paths := append(l.tsaAnchors[:len(l.tsaAnchors):len(l.tsaAnchors)], l.anchors...); len(paths) > 0 {
		if trust, err = certs.LoadTrustStore(paths...); err != nil {
			return nil, nil, nil, err
		}
	}
	if !level.Reaches(signing.BaselineLT) {
		return stamper, trust, nil, nil
	}
	return stamper, trust, &signing.Collector{
		Trust: trust, Revocation: &certs.OnlineRevocation{Fetch: client}, MaxAge: l.age, Now: time.Now,
		Issuers: func(ctx context.Context, c *certs.Certificate) ([]*certs.Certificate, error) {
			return certs.FetchIssuers(ctx, client, c, maxIssuerDepth)
		},
	}, nil
}

// levelName is a level as reports spell it.
func (s *documentSigner) levelName(l signing.Level) string {
	if s.o.format == formatCAdES {
		return "CAdES-BASELINE-" + string(l[2:])
	}
	return "PAdES-BASELINE-" + string(l[2:])
}

// apart takes a message apart and compares what it holds with the input.
func apart(in *os.File, size int64, out *os.File, written int64) (io.ReaderAt, int64, error) {
	a, err := cades.TakeApart(out, written)
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %w", errOutputRefused, err)
	}
	if a.Content.Size() != size {
		return nil, 0, fmt.Errorf("%w: its content is another", errOutputRefused)
	}
	if err := samePrefix(in, a.Content, size); err != nil {
		return nil, 0, err
	}
	return bytes.NewReader(a.Message), int64(len(a.Message)), nil
}

// examineMessage holds a message against what was meant: one intact signature over this very content, of the level and by the certificate asked
// for, and passing where it carries its validation data.
func (s *documentSigner) examineMessage(ctx context.Context, in *os.File, size int64, out *os.File, result *signing.Result) error {
	message, written, err := io.ReaderAt(out), result.Size, error(nil)
	if !s.o.detached { // judged as a detached one over the input, so that a large one need not be in memory; its own content must be the same
		if message, written, err = apart(in, size, out, written); err != nil {
			return err
		}
	}
	r, err := s.verdict(ctx, message, written, verify.Data{Name: "content", Content: in, Size: size})
	if err != nil {
		return fmt.Errorf("%w: %w", errOutputRefused, err)
	}
	if len(r.Signatures) != 1 {
		return fmt.Errorf("%w: it has %d signatures", errOutputRefused, len(r.Signatures))
	}
	own := r.Signatures[0]
	switch {
	case !own.Intact || own.Indication == etsi.TotalFailed || result.Level.Reaches(signing.BaselineLT) && own.Indication != etsi.TotalPassed:
		return fmt.Errorf("%w: the signature is %s %s", errOutputRefused, own.Indication, own.SubIndication)
	case own.Signer.SHA256 != s.leaf.Fingerprint():
		return fmt.Errorf("%w: the signature is by another certificate", errOutputRefused)
	case own.Level != s.levelName(result.Level):
		return fmt.Errorf("%w: its level is %q, not %s", errOutputRefused, own.Level, result.Level)
	}
	return nil
}
