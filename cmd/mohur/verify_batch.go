package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"mohur/verify"
	"mohur/verify/etsi"
	"mohur/verify/report"
)

// verifyBatch verifies many files, some at a time, and prints the answers in the order of the files.
type verifyBatch struct {
	ctx     context.Context
	options *verifyOptions
	base    verify.Input
	policy  *verify.Policy
	std     streams
	bar     *progressBar
	results *results // nil without --resume
	summary verifySummary
}

// onTerminal says whether a stream is a terminal.
func onTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// answer is the outcome for one file.
type answer struct {
	report *verify.Report
	err    error
	line   *resultLine // with --resume: what the results file has, or gets
	old    bool        // the line is of an earlier run

	document *report.Document
	text     []byte // for the output; empty where the file could not be read and people are told
	textErr  error
}

// run verifies the files and returns the exit status. At most a few answers per processor wait for their turn to be printed, so that a folder of
// any size needs no more memory than a small one.
func (b *verifyBatch) run(files []string) int {
	ctx, cancel := context.WithCancel(b.ctx)
	defer cancel()
	started := time.Now()
	waiting := make(chan chan answer, 8*b.options.parallel)
	go b.feed(ctx, files, waiting)
	status, next := exitPassed, 0
	for slot := range waiting {
		a := <-slot
		if b.ctx.Err() != nil {
			return exitStopped
		}
		status = max(status, b.print(files[next], a))
		next++
	}
	if b.ctx.Err() != nil {
		return exitStopped
	}
	if len(files) > 1 && (!b.options.json || onTerminal(b.std.Err)) {
		if err := b.summary.write(b.std.Err, b.options.lang, time.Since(started)); err != nil {
			return exitUnable
		}
	}
	return status
}

// runAndKeep is run with the results file closed at the end.
func (b *verifyBatch) runAndKeep(files []string) (int, error) {
	if b.results == nil {
		return b.run(files), nil
	}
	files, err := b.results.others(files)
	if err != nil {
		return exitUnable, errors.Join(err, b.results.file.Close())
	}
	status := b.run(files)
	if err := b.results.file.Close(); err != nil {
		return exitUnable, fmt.Errorf("--resume: %w", err)
	}
	return status, nil
}

// feed verifies the files, parallel of them at a time, and hands out one slot per file in the order of the files.
func (b *verifyBatch) feed(ctx context.Context, files []string, waiting chan<- chan answer) {
	defer close(waiting)
	free := make(chan struct{}, b.options.parallel)
	for _, name := range files {
		slot := make(chan answer, 1)
		select {
		case waiting <- slot:
		case <-ctx.Done():
			return
		}
		free <- struct{}{}
		go func() {
			defer func() { <-free }()
			a := b.one(ctx, name)
			b.tell(&a, name) // here, so that workers share this work too
			slot <- a
		}()
	}
}

// one verifies one file, unless an earlier run did.
func (b *verifyBatch) one(ctx context.Context, name string) answer {
	if err := ctx.Err(); err != nil {
		return answer{err: err}
	}
	f, size, err := openFile(name)
	if err != nil {
		return answer{err: err}
	}
	defer f.Close()
	if b.results == nil {
		return b.judge(ctx, name, f, size)
	}
	old, err := b.results.answered(name, f)
	if err != nil {
		return answer{err: err}
	}
	if old != nil {
		return answer{line: old, old: true}
	}
	a := b.judge(ctx, name, f, size)
	l := &resultLine{Settings: b.results.settings}
	if l.Size, l.FileTime, l.SHA256, err = fileState(f, func(int64, time.Time) bool { return true }); err != nil {
		return answer{err: err}
	}
	a.line = l
	return a
}

// judge verifies an open file.
func (b *verifyBatch) judge(ctx context.Context, name string, f *os.File, size int64) answer {
	in := b.base
	in.Name, in.Content, in.Size = name, f, size
	for _, d := range b.options.detached {
		df, size, err := openFile(d)
		if err != nil {
			return answer{err: err}
		}
		defer df.Close()
		in.Detached = append(in.Detached, verify.Data{Name: d, Content: df, Size: size})
	}
	r, err := b.options.issuers.document(ctx, in, b.policy)
	return answer{report: r, err: err}
}

// tell puts an answer into words.
func (b *verifyBatch) tell(a *answer, name string) {
	lang := b.options.lang
	switch {
	case a.old:
		a.document = &a.line.Document
	case a.err != nil:
		d := report.Failure(name, a.err, lang)
		a.document = &d
	default:
		d := report.Simple(a.report, lang)
		a.document = &d
	}
	d := a.document
	switch {
	case b.options.json:
		if a.text, a.textErr = json.Marshal(d); a.textErr == nil {
			a.text = append(a.text, '\n')
		}
	case a.old:
		a.text = fmt.Appendf(nil, "%s: %s — %s (%s)\n", name, d.Indication, report.Headline(lang, d.Indication, d.SubIndication), report.Text(lang, "SUMMARY_remembered", nil))
	case a.err == nil:
		var text bytes.Buffer
		a.textErr = report.WriteText(&text, report.ForClerk(a.report, lang))
		a.text = text.Bytes()
	}
}

// print writes one answer and returns the exit status it asks for.
func (b *verifyBatch) print(name string, a answer) int {
	if b.bar != nil && !b.options.json {
		b.bar.clear()
	}
	d := a.document
	b.summary.add(d, a.old)
	if err := b.write(name, a); err != nil {
		fmt.Fprintf(b.std.Err, "mohur verify: %v\n", err)
		return exitUnable
	}
	if b.bar != nil {
		b.bar.step()
	}
	switch {
	case d.Error != nil:
		return exitUnable
	case d.Indication != etsi.TotalPassed:
		return exitFailed
	}
	return exitPassed
}

func (b *verifyBatch) write(name string, a answer) error {
	if a.report != nil {
		if err := b.options.extra.write(name, b.options.detached, a.report, b.options.lang); err != nil {
			return err
		}
	}
	if a.line != nil && !a.old {
		a.line.Document = *a.document
		if err := b.results.keep(a.line); err != nil {
			return err
		}
	}
	if a.textErr != nil {
		return a.textErr
	}
	if a.err != nil && !b.options.json {
		_, err := fmt.Fprintf(b.std.Err, "%s: %s\n", name, report.Explain(a.err, b.options.lang))
		return err
	}
	if _, err := b.std.Out.Write(a.text); err != nil {
		return err
	}
	beside := b.std.Out
	if b.options.json {
		beside = b.std.Err
	}
	b.draw(name, a, beside)
	return nil
}

// draw makes the pictures of --pages and says what they show.
func (b *verifyBatch) draw(name string, a answer, w io.Writer) {
	if a.report == nil {
		return
	}
	for line := range strings.Lines(b.options.extra.drawPagesOf(b.ctx, name, a.report, b.options.lang)) {
		fmt.Fprintf(w, "  %s\n", strings.TrimSpace(line))
	}
}
