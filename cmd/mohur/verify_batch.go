package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/sync/errgroup"
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
	bar     *progressbar.ProgressBar
}

// progress shows a bar on a terminal when there is more than one file.
func progress(w io.Writer, n int) *progressbar.ProgressBar {
	f, ok := w.(*os.File)
	if !ok || n < 2 || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	return progressbar.NewOptions(n, progressbar.OptionSetWriter(w), progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(),
		progressbar.OptionSetWidth(30), progressbar.OptionSetPredictTime(true))
}

// run verifies the files and returns the exit status.
func (b *verifyBatch) run(files []string) int {
	answers := make([]chan answer, len(files))
	for i := range answers {
		answers[i] = make(chan answer, 1)
	}
	ctx, cancel := context.WithCancel(b.ctx)
	defer cancel()
	go func() {
		var g errgroup.Group
		g.SetLimit(b.options.parallel)
		for i, name := range files {
			g.Go(func() error {
				answers[i] <- b.one(ctx, name)
				return nil
			})
		}
		_ = g.Wait() // the answers carry the errors
	}()
	status := exitPassed
	for i, name := range files {
		a := <-answers[i]
		if b.ctx.Err() != nil {
			return exitStopped
		}
		status = max(status, b.print(name, a))
	}
	return status
}

// one verifies one file.
func (b *verifyBatch) one(ctx context.Context, name string) answer {
	if err := ctx.Err(); err != nil {
		return answer{err: err}
	}
	f, size, err := openFile(name)
	if err != nil {
		return answer{err: err}
	}
	defer f.Close()
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
	return answer{r, err}
}

// print writes one answer and returns the exit status it asks for.
func (b *verifyBatch) print(name string, a answer) int {
	if b.bar != nil {
		_ = b.bar.Clear() // a bar that can't be drawn is no reason to stop
	}
	if err := b.write(name, a); err != nil {
		fmt.Fprintf(b.std.Err, "mohur verify: %v\n", err)
		return exitUnable
	}
	if b.bar != nil {
		_ = b.bar.Add(1)
	}
	switch {
	case a.err != nil:
		return exitUnable
	case a.report.Indication != etsi.TotalPassed:
		return exitFailed
	}
	return exitPassed
}

func (b *verifyBatch) write(name string, a answer) error {
	if b.options.json {
		line, err := json.Marshal(a.document(name, b.options.lang))
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(b.std.Out, "%s\n", line)
		return err
	}
	if a.err != nil {
		_, err := fmt.Fprintf(b.std.Err, "%s: %s\n", name, report.Explain(a.err, b.options.lang))
		return err
	}
	return report.WriteText(b.std.Out, report.ForClerk(a.report, b.options.lang))
}
