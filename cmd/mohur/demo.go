package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"

	"mohur/docket"
)

const demoHelp = `usage: mohur demo [-exit] [-dir DIR] [-port N]

Makes a demo agency with real parts (a small certificate hierarchy with OCSP, CRLs and a timestamp authority, four SoftHSM2 tokens, a SQLite
database), walks one case through it, printing each step with its outcome, and keeps serving: log-in links and sample files are printed.
Ctrl-C ends everything it started. Each run makes the demo anew.

  -exit      end after the walk; exit status 0 only if every step came out as it should
  -dir DIR   where the demo lives (default var/demo); what a former demo left there is removed
  -port N    port of the pages on localhost (default 8420, or the next free one)

Needs SoftHSM2 (Debian: softhsm2). 'make demo' installs it.

Exit status: 0 every step came out as it should, 1 one did not, 2 could not run.

Example:
  $ mohur demo -exit
`

// demoCommand walks one case with real parts.
func demoCommand() command {
	return command{summary: "walk one case with real parts, then keep serving", help: demoHelp, run: runDemo}
}

// demoOptions are the command's arguments.
type demoOptions struct {
	exit bool
	dir  string
	port int

	configure func(*config) // changes the office's configuration before it is opened; nil: nothing. The journeys' other database and programs
}

func runDemo(args []string, std streams) int {
	o := demoOptions{}
	fs := flag.NewFlagSet("mohur demo", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.BoolVar(&o.exit, "exit", false, "")
	fs.StringVar(&o.dir, "dir", filepath.Join("var", "demo"), "")
	fs.IntVar(&o.port, "port", 8420, "")
	if err := fs.Parse(args); err != nil || fs.NArg() > 0 {
		fmt.Fprintln(std.Err, "mohur demo: the arguments are not understood; 'mohur demo --help' explains them")
		return exitUnable
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	d := &demo{o: o, out: std.Out, started: time.Now()}
	err := d.run(ctx)
	if closing := d.close(); err == nil {
		err = closing
	}
	switch {
	case errors.Is(err, errStep):
		return exitFailed
	case err != nil && ctx.Err() == nil:
		fmt.Fprintln(std.Err, "mohur demo:", err)
		return exitUnable
	case ctx.Err() != nil && o.exit:
		return exitStopped
	}
	return exitPassed
}

// demo is one run.
type demo struct {
	o       demoOptions
	out     io.Writer
	started time.Time
	clock   demoClock
	world   *demoWorld
	story   *story
	older   *docket.Submission // of the body that was there before
	steps   int
}

// demoClock is the real time, moved: the demo's history happens 25 days earlier.
type demoClock struct{ offset atomic.Int64 }

// now is the demo's time.
func (c *demoClock) now() time.Time { return time.Now().Add(time.Duration(c.offset.Load())) }

// move sets how far the clock is from the real time.
func (c *demoClock) move(d time.Duration) { c.offset.Store(int64(d)) }

// errStep says that a step of the walk did not come out as it should; the step has been printed.
var errStep = errors.New("a step of the demo did not come out as it should")

// run makes the world, walks the case, and serves until it is told to stop.
func (d *demo) run(ctx context.Context) error {
	if err := d.prepare(ctx); err != nil {
		return err
	}
	if err := d.walk(ctx); err != nil {
		return err
	}
	fmt.Fprintf(d.out, "\nAll %d steps came out as they should, in %.1f s.\n", d.steps, time.Since(d.started).Seconds())
	if d.o.exit {
		return nil
	}
	if err := d.leave(ctx); err != nil {
		return err
	}
	<-ctx.Done()
	fmt.Fprintln(d.out, "\nEnding the demo.")
	return nil
}

// close ends everything that was started.
func (d *demo) close() error {
	if d.world == nil {
		return nil
	}
	return d.world.close()
}

// step does one step and prints its number, what it is, its outcome and its time. The outcome's lines say what a reader should see.
func (d *demo) step(title string, do func() (outcome []string, err error)) error {
	d.steps++
	begin := time.Now()
	fmt.Fprintf(d.out, "\n%2d. %s\n", d.steps, title)
	outcome, err := do()
	for _, line := range outcome {
		fmt.Fprintf(d.out, "    %s\n", line)
	}
	if err != nil {
		fmt.Fprintf(d.out, "    NOT AS IT SHOULD BE: %v (%.2f s)\n", err, time.Since(begin).Seconds())
		return errStep
	}
	fmt.Fprintf(d.out, "    ok (%.2f s)\n", time.Since(begin).Seconds())
	return nil
}
