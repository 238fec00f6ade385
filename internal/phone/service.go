package phone

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"io"
	"regexp"
	"time"

	"mohur/docket"
	"mohur/internal/signings"
)

// Options are the parts and bounds of a Service. Store, Signings, Provider and Now are required.
type Options struct {
	Store    docket.Store
	Signings *signings.Service
	Provider Provider
	Now      func() time.Time
	Time     time.Duration // that a person has; 5 minutes if zero
	Lease    time.Duration // of one piece of work; 2 minutes if zero
	MaxBytes int64         // of a document; 32 MB if zero
}

// Service makes signatures by phone. It holds no state of its own.
type Service struct{ o Options }

// New makes a Service.
func New(o Options) (*Service, error) {
	if o.Store == nil || o.Signings == nil || o.Provider == nil || o.Now == nil {
		return nil, errors.New("phone: Store, Signings, Provider and Now are required")
	}
	if o.Time <= 0 {
		o.Time = 5 * time.Minute
	}
	if o.Lease <= 0 {
		o.Lease = 2 * time.Minute
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = 32 << 20
	}
	return &Service{o}, nil
}

// StartInput is what a signature begins with.
type StartInput struct {
	Owner    signings.Owner
	Subject  docket.ID
	Name     string // of the file
	Document io.ReaderAt
	Size     int64
	FIN      string // of the person who must sign
	Number   string // of the phone, in international form; for services that are asked by number
}

// number is a phone number in international form (ITU-T E.164), fin a personal code.
func validNumber(s string) bool { return regexp.MustCompile(`^\+[1-9][0-9]{7,14}$`).MatchString(s) }
func validFIN(s string) bool    { return regexp.MustCompile(`^[0-9A-Z]{5,12}$`).MatchString(s) }

// Start keeps the document and asks the service. Shown is for the person's eyes.
func (s *Service) Start(ctx context.Context, in StartInput) (*docket.PhoneOperation, Shown, error) {
	now := s.o.Now().UTC()
	first := s.o.Provider.First()
	switch {
	case in.Size <= 0 || in.Size > s.o.MaxBytes:
		return nil, Shown{}, docket.Invalid("document", docket.KeySigningDocument)
	case !validFIN(in.FIN), first != StepDocument && !validNumber(in.Number), len(in.Name) > 255:
		return nil, Shown{}, docket.Invalid("phone", docket.KeyPhonePerson)
	}
	secret := docket.NewSecret()
	o := &docket.PhoneOperation{
		ID: docket.NewID(now), Provider: s.o.Provider.Name(), Step: string(first), State: docket.PhoneWaiting, Subject: in.Subject, Name: in.Name, Size: in.Size,
		FIN: in.FIN, Number: in.Number, Created: now, Expires: now.Add(s.o.Time),
	}
	if first == StepDocument {
		o.Secret = docket.HashOf(sha256.Sum256([]byte(secret)))
	}
	if o.Owner, o.Session = in.Owner.Names(); o.Owner == "" {
		return nil, Shown{}, docket.Refuse(docket.CodeForbidden, docket.KeyForbidden)
	}
	var err error
	if o.Document, err = s.o.Signings.Keep(ctx, in.Document, in.Size); err != nil {
		return nil, Shown{}, err
	}
	shown, err := s.o.Provider.Start(ctx, s.task(o, secret, nil))
	if err == nil {
		o.Remote, o.Code = shown.Remote, shown.Code
		err = s.o.Store.InTx(ctx, func(w docket.Work) error { return w.AddPhoneOperation(ctx, o) })
	} else {
		err = failure(err)
	}
	if err != nil {
		return nil, Shown{}, errors.Join(err, s.o.Signings.Release(context.WithoutCancel(ctx), o.Document))
	}
	return o, shown, nil
}

// task is an operation's present step for the service.
func (s *Service) task(o *docket.PhoneOperation, secret string, sg *docket.Signing) Task {
	t := Task{Operation: o.ID, Secret: secret, Step: Step(o.Step), FIN: o.FIN, Number: o.Number, Name: o.Name, Created: o.Created, Expires: o.Expires}
	if sg != nil {
		t.Hash, t.Digest = sg.Hash, signings.Digest(sg.Digest)
	}
	return t
}

// failure says in the words of docket why a service did not begin.
func failure(err error) error {
	switch {
	case errors.Is(err, ErrCancelled):
		return docket.Invalid("phone", docket.KeyPhoneCancelled).Because(err)
	case errors.Is(err, ErrLapsed):
		return docket.Invalid("phone", docket.KeyPhoneLapsed).Because(err)
	case errors.Is(err, ErrUnknown):
		return docket.Invalid("phone", docket.KeyPhonePerson).Because(err)
	}
	if _, refused := errors.AsType[*docket.Error](err); refused {
		return err
	}
	return docket.Refuse(docket.CodeUnavailable, docket.KeyPhoneService).Because(err)
}

// Find returns an operation of the owner. One whose time is over is shown as failed.
func (s *Service) Find(ctx context.Context, who signings.Owner, id docket.ID) (*docket.PhoneOperation, error) {
	o, err := s.read(ctx, id)
	if err != nil {
		return nil, err
	}
	if owner, session := who.Names(); owner == "" || owner != o.Owner || session != o.Session {
		return nil, docket.ErrNotFound
	}
	if o.State == docket.PhoneWaiting && !o.Expires.After(s.o.Now()) {
		o.State, o.Failure = docket.PhoneFailed, docket.KeyPhoneLapsed
	}
	return o, nil
}

func (s *Service) read(ctx context.Context, id docket.ID) (o *docket.PhoneOperation, err error) {
	err = s.o.Store.Read(ctx, func(w docket.Work) (err error) {
		o, err = w.PhoneOperation(ctx, id)
		return err
	})
	return o, err
}

// Advance asks the service how the operation stands, and takes it a step further when it can: from the certificate to the hash, from the value to
// the finished signing. Whoever waits calls it every few seconds; several at once do no harm.
func (s *Service) Advance(ctx context.Context, who signings.Owner, id docket.ID) (*docket.PhoneOperation, error) {
	o, err := s.Find(ctx, who, id)
	if err != nil || o.State != docket.PhoneWaiting || Step(o.Step) == StepDocument {
		return o, err
	}
	err = s.work(ctx, o, func() error { return s.poll(ctx, o) })
	if errors.Is(err, docket.ErrStale) { // another one is at it
		return s.Find(ctx, who, id)
	}
	return o, err
}

// work takes the operation for one piece of work, does it and saves what came of it. A refusal ends the operation; a failure outside leaves it
// as it was, to be tried again while there is time.
func (s *Service) work(ctx context.Context, o *docket.PhoneOperation, do func() error) error {
	claim, now := docket.NewSecret(), s.o.Now().UTC()
	if err := s.o.Store.InTx(ctx, func(w docket.Work) error { return w.ClaimPhoneOperation(ctx, o.ID, claim, now, now.Add(s.o.Lease)) }); err != nil {
		return err
	}
	before := *o
	err := failureOrNil(do())
	switch {
	case err == nil:
	case docket.CodeOf(err) == docket.CodeInvalid:
		o.State, o.Failure = docket.PhoneFailed, docket.KeyOf(err)
	default:
		*o = before
	}
	ctx = context.WithoutCancel(ctx)
	return errors.Join(err, s.o.Store.InTx(ctx, func(w docket.Work) error { return w.SavePhoneOperation(ctx, o, claim) }))
}

func failureOrNil(err error) error {
	if err == nil {
		return nil
	}
	return failure(err)
}

// poll asks once, and goes on with the answer.
func (s *Service) poll(ctx context.Context, o *docket.PhoneOperation) error {
	a, err := s.o.Provider.Poll(ctx, Step(o.Step), o.Remote)
	switch {
	case err != nil:
		return err
	case Step(o.Step) == StepCertificate && len(a.Certificate) > 0:
		return s.prepare(ctx, o, a.Certificate)
	case Step(o.Step) == StepHash && len(a.Value) > 0:
		return s.finish(ctx, o, a)
	}
	return nil
}

// prepare makes what is signed now that the certificate is known, and has the service ask the person.
func (s *Service) prepare(ctx context.Context, o *docket.PhoneOperation, certificate []byte) error {
	doc, err := s.o.Signings.Open(ctx, o.Document)
	if err != nil {
		return err
	}
	defer func() { _ = doc.Close() }()
	sg, err := s.o.Signings.Prepare(ctx, signings.PrepareInput{
		Owner: signings.Stored(o.Owner, o.Session), Subject: o.Subject, Name: o.Name, Document: doc, Size: doc.Size(), Certificate: certificate, FIN: o.FIN,
	})
	if err != nil {
		return err
	}
	o.Step, o.Signing = string(StepHash), sg.ID
	shown, err := s.o.Provider.Start(ctx, s.task(o, "", sg))
	if err != nil {
		return err
	}
	o.Remote, o.Code = shown.Remote, shown.Code
	return nil
}

// finish hands the value to the signing, which checks it and the document that comes of it.
func (s *Service) finish(ctx context.Context, o *docket.PhoneOperation, a Answer) error {
	_, err := s.o.Signings.Finish(ctx, signings.FinishInput{Owner: signings.Stored(o.Owner, o.Session), ID: o.Signing, Value: a.Value, Certificate: a.Certificate})
	if err == nil {
		o.State = docket.PhoneDone
	}
	return err
}

// open finds a waiting operation by the secret in an address that a phone was given. Whatever is wrong with it looks the same.
func (s *Service) open(ctx context.Context, id docket.ID, secret string) (*docket.PhoneOperation, error) {
	o, err := s.read(ctx, id)
	if err != nil {
		return nil, docket.ErrNotFound
	}
	sum := sha256.Sum256([]byte(secret))
	want, err := hex.DecodeString(string(o.Secret))
	if err != nil || subtle.ConstantTimeCompare(sum[:], want) != 1 || o.Provider != s.o.Provider.Name() || o.State != docket.PhoneWaiting || !o.Expires.After(s.o.Now()) {
		return nil, docket.ErrNotFound
	}
	return o, nil
}

// receive accepts the document that a phone signed as a whole, once.
func (s *Service) receive(ctx context.Context, o *docket.PhoneOperation, signed []byte) error {
	return s.work(ctx, o, func() error {
		doc, err := s.o.Signings.Open(ctx, o.Document)
		if err != nil {
			return err
		}
		defer func() { _ = doc.Close() }()
		sg, err := s.o.Signings.Accept(ctx, signings.AcceptInput{
			Owner: signings.Stored(o.Owner, o.Session), Subject: o.Subject, Name: o.Name, FIN: o.FIN,
			Document: doc, Size: doc.Size(), Signed: bytes.NewReader(signed), SignedSize: int64(len(signed)),
		})
		if err == nil {
			o.State, o.Signing = docket.PhoneDone, sg.ID
		}
		return err
	})
}

// RemoveLapsed removes operations an hour after their time, with the person's number and code and the document that was held for them.
func (s *Service) RemoveLapsed(ctx context.Context) (removed int, err error) {
	for {
		var gone []docket.PhoneOperation
		err := s.o.Store.Read(ctx, func(w docket.Work) (err error) {
			gone, err = w.LapsedPhoneOperations(ctx, s.o.Now().Add(-time.Hour), 100)
			return err
		})
		if err != nil || len(gone) == 0 {
			return removed, err
		}
		for i := range gone {
			err := s.o.Store.InTx(ctx, func(w docket.Work) error { return w.RemovePhoneOperation(ctx, gone[i].ID) })
			if err == nil {
				err = s.o.Signings.Release(ctx, gone[i].Document)
				removed++
			}
			if err != nil && !errors.Is(err, docket.ErrStale) {
				return removed, err
			}
		}
	}
}
