package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"mohur/pkcs11"
)

// benched is the outcome of bench.
type benched struct {
	Key        string  `json:"key"`
	Kind       string  `json:"kind"`
	Sessions   int     `json:"sessions"`
	Seconds    float64 `json:"seconds"`
	Signatures int     `json:"signatures"`
	PerSecond  float64 `json:"perSecond"`
	Median     float64 `json:"medianMilliseconds"`
	Slowest    float64 `json:"slowestMilliseconds"`
}

func tokenBench(ctx context.Context, o *tokenOptions, rest []string, std streams) int {
	u, err := oneURI(rest)
	if err == nil && (o.seconds <= 0 || o.seconds > 3600 || o.sessions < 1 || o.sessions > 64) {
		err = errors.New("--seconds must lie between 0 and 3600, --sessions between 1 and 64")
	}
	if err != nil {
		return complain(std, "token bench", err)
	}
	o.atOnce = o.sessions
	m, t, err := o.open(ctx, u, std, true)
	if err != nil {
		return complain(std, "token bench", err)
	}
	defer m.Close()
	defer t.Close()
	k, err := t.Key(ctx, u)
	if err == nil && k.AlwaysAuthenticate() {
		err = errors.New("this key wants the PIN for each signature: 'mohur token test' makes one")
	}
	if err != nil {
		return complain(std, "token bench", err)
	}
	out, err := bench(ctx, k, o.sessions, time.Duration(o.seconds*float64(time.Second)))
	if err != nil {
		return complain(std, "token bench", err)
	}
	if o.json {
		return emit(std, out, exitPassed)
	}
	fmt.Fprintf(std.Out, "%s: %d %s signatures in %.1f s over %d sessions, each verified: %.1f a second, median %.1f ms, slowest %.1f ms\n",
		out.Key, out.Signatures, out.Kind, out.Seconds, out.Sessions, out.PerSecond, out.Median, out.Slowest)
	return exitPassed
}

// bench signs with as many callers as there are sessions until the time is up. One failure ends it.
func bench(ctx context.Context, k *pkcs11.Key, callers int, length time.Duration) (benched, error) {
	if err := signSomething(ctx, k); err != nil { // logging in is no part of it
		return benched{}, err
	}
	timed, cancel := context.WithTimeout(ctx, length)
	defer cancel()
	var mu sync.Mutex
	var times []time.Duration
	var failed error
	var all sync.WaitGroup
	began := time.Now()
	for range callers {
		all.Go(func() {
			for timed.Err() == nil {
				start := time.Now()
				err := signSomething(ctx, k)
				mu.Lock()
				if times = append(times, time.Since(start)); err != nil {
					failed = err
					cancel()
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	total := time.Since(began)
	if failed == nil {
		failed = ctx.Err()
	}
	slices.Sort(times)
	millis := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return benched{
		Key: k.URI().String(), Kind: pkcs11.DescribeKey(k.Public()), Sessions: callers, Seconds: total.Seconds(), Signatures: len(times),
		PerSecond: float64(len(times)) / total.Seconds(), Median: millis(times[len(times)/2]), Slowest: millis(times[len(times)-1]),
	}, failed
}

// pinState is the outcome of pin.
type pinState struct {
	Token    string           `json:"token"`
	Journal  string           `json:"journal"`
	Flags    []string         `json:"flags"`
	Attempts []pkcs11.Attempt `json:"attempts"`
	Stopped  bool             `json:"stopped"`
	Advice   string           `json:"advice"`
}

// tokenPIN tells how a token's PIN stands without trying it.
func tokenPIN(ctx context.Context, o *tokenOptions, rest []string, std streams) int {
	u, err := oneURI(rest)
	if err != nil {
		return complain(std, "token pin", err)
	}
	m, t, err := o.open(ctx, u, std, false)
	if err != nil {
		return complain(std, "token pin", err)
	}
	defer m.Close()
	defer t.Close()
	info, err := t.Status(ctx)
	if err != nil {
		return complain(std, "token pin", err)
	}
	journal, err := o.attempts(ctx)
	if err != nil {
		return complain(std, "token pin", err)
	}
	s := pinState{Token: info.URI().String(), Journal: o.keptIn, Flags: info.Flags.Names(), Attempts: []pkcs11.Attempt{}}
	list, stopped, err := pkcs11.Attempts(ctx, journal, info)
	if err != nil {
		return complain(std, "token pin", err)
	}
	s.Attempts, s.Stopped = append(s.Attempts, list...), stopped
	s.Advice = pinAdvice(info.Flags, stopped)
	if o.json {
		return emit(std, s, exitPassed)
	}
	fmt.Fprintf(std.Out, "%s %v\n  attempts are kept in %s\n", s.Token, s.Flags, s.Journal)
	for _, a := range s.Attempts {
		when := "at an unknown time"
		if !a.At.IsZero() {
			when = a.At.Format(time.RFC3339)
		}
		fmt.Fprintf(std.Out, "  last attempt by %s: %s, %s\n", a.Source, a.Outcome, when)
	}
	fmt.Fprintln(std.Out, s.Advice)
	return exitPassed
}

// pinAdvice is what a person should do about a token's PIN, the most urgent thing first.
func pinAdvice(flags pkcs11.TokenFlags, stopped bool) string {
	switch {
	case !flags.Has(pkcs11.FlagPINSet):
		return "The token has no user PIN yet: its security officer must set one."
	case flags.Has(pkcs11.FlagPINLocked):
		return "The PIN is locked: the token's security officer must unlock it, with the PUK where there is one."
	case flags.Has(pkcs11.FlagPINFinalTry):
		return "One more wrong PIN locks the token, so mohur tries none: log in once with the maker's own program, where you see what you type."
	case stopped:
		return "An earlier PIN was wrong, or how the attempt ended is unknown: put the PIN right, then run 'mohur token confirm'."
	case flags.Has(pkcs11.FlagPINCountLow):
		return "A wrong PIN was given since the last good one: look at the PIN before the next log-in."
	case flags.Has(pkcs11.FlagPINPad):
		return "The PIN is typed on the reader's own keys: this token can't work unattended."
	}
	return "The PIN can be used."
}
