package desk

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	"mohur/docket"
)

// failing makes members fail with ErrMember; it keeps who was asked, in which order, and with which certificate the intent stood then.
type failing struct {
	o      *office
	letter docket.ID
	bad    map[docket.Hash]error
	asked  []docket.Hash
}

func (f *failing) write(in SealInput, out io.Writer) error {
	f.asked = append(f.asked, in.Certificate)
	_, i, err := f.o.letterAndIntent(f.o.ctx(), f.letter)
	if err != nil {
		return err
	}
	if i.Certificate != in.Certificate {
		f.o.t.Errorf("a key signs with %s while the intent names %s", in.Certificate, i.Certificate)
	}
	if err := f.bad[in.Certificate]; err != nil {
		return err
	}
	return f.o.sealer.seal(in, out, nil)
}

// usedToday is what the credential was counted for.
func (o *office) usedToday() (n int) {
	o.t.Helper()
	o.read(func(w docket.Work) error {
		list, err := w.CredentialUses(o.ctx(), o.today())
		for _, u := range list {
			n += u.Used
		}
		return err
	})
	return n
}

func TestAnotherMemberSealsWhatIsIntendedForIt(t *testing.T) {
	removed := fmt.Errorf("%w: the token was removed", ErrMember)
	one, two, three := docket.HashOf([32]byte{0xce}), docket.HashOf([32]byte{2}), docket.HashOf([32]byte{3})
	for name, c := range map[string]struct {
		bad   map[docket.Hash]error
		asked []docket.Hash
		fails string
	}{
		"the first works":       {nil, []docket.Hash{one}, ""},
		"the first is gone":     {map[docket.Hash]error{one: removed}, []docket.Hash{one, two}, ""},
		"two are gone":          {map[docket.Hash]error{one: removed, two: removed}, []docket.Hash{one, two, three}, ""},
		"all are gone":          {map[docket.Hash]error{one: removed, two: removed, three: removed}, []docket.Hash{one, two, three}, docket.KeySealing},
		"revoked, all of them":  {map[docket.Hash]error{one: removed, two: removed, three: docket.Refuse(docket.CodeUnavailable, docket.KeySealRevoked).Because(removed)}, []docket.Hash{one, two, three}, docket.KeySealRevoked},
		"the authority is dead": {map[docket.Hash]error{one: errDead}, []docket.Hash{one}, docket.KeySealing},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.register()
			l := o.approvedOpinion()
			o.sealer.others = []docket.Hash{two, three}
			f := &failing{o: o, letter: l.ID, bad: c.bad}
			o.sealer.write = f.write
			used := o.usedToday()
			l, err := o.SealResponse(o.ctx(), o.signatory, l.ID)
			if c.fails != "" {
				o.wantKey(err, c.fails)
			} else if err != nil || l.State != docket.LetterSealed || l.Number != "9/14-01" {
				t.Errorf("%+v %v", l, err)
			}
			if !slices.Equal(f.asked, c.asked) {
				t.Errorf("asked %v, want %v", f.asked, c.asked)
			}
			if n := o.usedToday() - used; n != len(c.asked) {
				t.Errorf("%d signatures were counted, want %d", n, len(c.asked))
			}
			o.invariant()
			if c.fails == "" {
				return
			}
			f.bad = nil // a later attempt begins with the first again
			l = must[*docket.Letter](t)(o.SealResponse(o.ctx(), o.signatory, l.ID))
			if l.State != docket.LetterSealed || f.asked[len(f.asked)-1] != one {
				t.Errorf("%+v, sealed by %v", l, f.asked)
			}
			o.invariant()
		})
	}
}

// TestNoFallOverWithoutTheIntent: a process that lost its lease while its token hung neither re-targets nor signs again.
func TestNoFallOverWithoutTheIntent(t *testing.T) {
	o := newOffice(t)
	o.register()
	l := o.approvedOpinion()
	o.sealer.others = []docket.Hash{docket.HashOf([32]byte{2})}
	second := o.another("second")
	calls := 0
	o.sealer.write = func(in SealInput, out io.Writer) error {
		if calls++; calls > 1 {
			return o.sealer.seal(in, out, nil)
		}
		o.later(o.cfg.Lease + time.Second) // it hung
		if err := second.SealPending(o.ctx(), l.ID); err != nil {
			t.Error(err)
		}
		return fmt.Errorf("%w: timeout", ErrMember)
	}
	_, err := o.SealResponse(o.ctx(), o.signatory, l.ID)
	if !errors.Is(err, docket.ErrStale) || calls != 2 {
		t.Errorf("%d calls, %v", calls, err)
	}
	l = must[*docket.Letter](t)(o.letter(o.ctx(), l.ID))
	if l.State != docket.LetterSealed {
		t.Errorf("%+v", l)
	}
	o.invariant()
}

func TestADaysQuotaIsKept(t *testing.T) {
	o := newOffice(t)
	o.register()
	l := o.approvedOpinion()
	o.sealer.perDay = o.usedToday() + 1
	o.sealer.err = errDead
	_, err := o.SealResponse(o.ctx(), o.signatory, l.ID)
	o.wantKey(err, docket.KeySealing)
	o.sealer.err = nil
	before := o.sealer.sealed
	_, err = o.SealResponse(o.ctx(), o.signatory, l.ID)
	o.wantKey(err, docket.KeySealQuota) // the attempt that failed counts, for it may have signed
	if o.sealer.sealed != before {
		t.Error("signed beyond the quota")
	}
	o.invariant()
	o.later(24 * time.Hour)
	l = must[*docket.Letter](t)(o.SealResponse(o.ctx(), o.signatory, l.ID))
	if l.State != docket.LetterSealed || l.Number != "9/14-01" {
		t.Errorf("%+v", l)
	}
	o.invariant()
}
