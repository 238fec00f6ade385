package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"sync/atomic"
	"syscall"
	"time"

	"mohur/certs"
	"mohur/verify"
)

// trustPoll is how often the folders of trust are looked at.
const trustPoll = 5 * time.Second

// trusted is whom verdicts trust, and the issuing certificates they may use: one value that is replaced as a whole.
type trusted struct {
	anchors    *certs.TrustStore
	candidates []*certs.Certificate
	policy     *verify.Policy // the configured one
	identity   certs.IdentityRules
	state      [32]byte // of the files that it was read from
}

// trustStores are the service's trusted certificates, its policy and its identity rules, read from files and folders and read again when those change. A verdict takes the value
// once, at its beginning, so that none sees half a store; a new store that can't be read, trusts nobody, or lost a file's certificates while the
// file is still there, leaves the last good one in force.
type trustStores struct {
	anchorPaths, candidatePaths []string
	policyName, identityPath    string
	log                         *slog.Logger
	current                     atomic.Pointer[trusted]

	clock   func() time.Time // for remarks about anchors that have expired
	refused [32]byte         // the state that was refused last, so that it is told once
	waiting [32]byte         // the state seen at the last look: a store is read once its files have settled
}

// openTrust reads the stores for the first time; here a broken one is an error.
func openTrust(c trustConfig, clock func() time.Time, log *slog.Logger) (*trustStores, error) {
	t := &trustStores{anchorPaths: c.Anchors, candidatePaths: c.Intermediates, policyName: cmp.Or(c.Policy, verify.PolicyBasic), identityPath: c.IdentityRules, clock: clock, log: log}
	next, err := t.read()
	if err != nil {
		return nil, err
	}
	t.current.Store(next)
	t.waiting = next.state
	t.remark(context.Background())
	return t, nil
}

// remark tells what an operator should look at in the stores that are in force.
func (t *trustStores) remark(ctx context.Context) {
	for _, remark := range t.now().anchors.Remarks(t.clock()) {
		t.log.WarnContext(ctx, "trust store", slog.String("anchor", remark))
	}
}

// now is what is trusted at this moment.
func (t *trustStores) now() *trusted { return t.current.Load() }

// watch looks after the files until the context ends: every interval, and at once at SIGHUP.
func (t *trustStores) watch(ctx context.Context, interval time.Duration) {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-hup:
			t.reload(ctx)
		case <-tick.C:
			t.look(ctx)
		}
	}
}

// look reads the stores again when their files have changed and then stood still for one interval.
func (t *trustStores) look(ctx context.Context) {
	state, err := t.stat()
	if err != nil {
		t.refuse(ctx, state, err)
		return
	}
	settled := state == t.waiting
	t.waiting = state
	if settled && state != t.now().state && state != t.refused {
		t.reload(ctx)
	}
}

// reload reads the stores and puts them in force if they are good.
func (t *trustStores) reload(ctx context.Context) {
	before := t.now()
	next, err := t.read()
	if err == nil {
		err = t.lost(before, next)
	}
	if err != nil {
		state, _ := t.stat() // a state that can't be told is the zero one
		t.refuse(ctx, state, err)
		return
	}
	t.refused = [32]byte{}
	t.current.Store(next)
	t.log.InfoContext(ctx, "trust stores read again", slog.Int("anchors", next.anchors.Len()), slog.Int("anchors_before", before.anchors.Len()),
		slog.Int("intermediates", len(next.candidates)), slog.String("policy", next.policy.Name))
	t.remark(ctx)
}

// refuse tells once that a new store is not used.
func (t *trustStores) refuse(ctx context.Context, state [32]byte, err error) {
	if state == t.refused && state != [32]byte{} {
		return
	}
	t.refused = state
	t.log.ErrorContext(ctx, "the changed trust stores, policy or identity rules are not used: the last good ones stay in force", slog.Any("error", err), slog.Int("anchors", t.now().anchors.Len()))
}

// read reads everything anew. Files that changed while they were read are an error: what was read may be a mixture.
func (t *trustStores) read() (*trusted, error) {
	state, err := t.stat()
	if err != nil {
		return nil, fmt.Errorf("trust stores: %w", err)
	}
	next := &trusted{state: state}
	if next.anchors, err = certs.LoadTrustStore(t.anchorPaths...); err != nil {
		return nil, err
	}
	if next.candidates, err = certs.LoadCertificates(t.candidatePaths...); err != nil {
		return nil, fmt.Errorf("issuing certificates: %w", err)
	}
	if next.policy, err = readPolicy(t.policyName); err != nil {
		return nil, err
	}
	if next.identity, err = loadIdentityRules(t.identityPath); err != nil {
		return nil, err
	}
	if after, err := t.stat(); err != nil || after != state {
		return nil, errors.Join(errors.New("trust stores: the files changed while they were read"), err)
	}
	return next, nil
}

// lost names a file that gave anchors before, is still there, and gives none now: cut off or overwritten by mistake. To withdraw an anchor
// its file is removed.
func (t *trustStores) lost(before, next *trusted) error {
	has := map[string]bool{}
	for _, a := range next.anchors.Anchors() {
		has[a.Source] = true
	}
	there := map[string]bool{}
	if err := t.files(t.anchorPaths, func(name string, _ fs.FileInfo) { there[filepath.Base(name)] = true }); err != nil {
		return err
	}
	for _, a := range before.anchors.Anchors() {
		if a.Source != "" && there[a.Source] && !has[a.Source] && next.anchors.Anchor(a.Certificate) == nil {
			return fmt.Errorf("trust anchors: %s held a certificate and holds none now; remove the file to trust it no more", a.Source)
		}
	}
	return nil
}

// stat is a digest of the names, sizes and times of all files.
func (t *trustStores) stat() ([32]byte, error) {
	h := sha256.New()
	settings := nonEmpty(t.identityPath)
	if !slices.Contains(verify.PolicyNames(), t.policyName) {
		settings = append(settings, t.policyName)
	}
	for _, list := range [][]string{t.anchorPaths, t.candidatePaths, settings} {
		h.Write([]byte{1})
		err := t.files(list, func(name string, info fs.FileInfo) {
			h.Write(append([]byte(name), 0))
			h.Write(binary.BigEndian.AppendUint64(nil, uint64(info.Size())))
			h.Write(binary.BigEndian.AppendUint64(nil, uint64(info.ModTime().UnixNano())))
		})
		if err != nil {
			return [32]byte{}, err
		}
	}
	return [32]byte(h.Sum(nil)), nil
}

// files visits the files below the paths, through links as mounted configuration has them.
func (t *trustStores) files(paths []string, visit func(string, fs.FileInfo)) error {
	for _, p := range paths {
		err := filepath.WalkDir(p, func(name string, _ fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if info, err := os.Stat(name); err == nil && !info.IsDir() {
				visit(name, info)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
