package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestShutInTakesEverythingAway asks a shell in the place of the drawing program what it still can do.
func TestShutInTakesEverythingAway(t *testing.T) {
	t.Setenv("MOHUR_SECRET", "1")
	folder, outside := t.TempDir(), t.TempDir()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	script := fmt.Sprintf(`echo "secret [$MOHUR_SECRET]" >said; echo "pid $$" >>said; ulimit -v >>said; ulimit -t >>said; ulimit -f >>said
(exec 3<>/dev/tcp/127.0.0.1/%d) 2>/dev/null && echo network >>said
(echo x >%s/file) 2>/dev/null && echo written >>said
(read -r line </etc/passwd) 2>/dev/null && echo passwd >>said
(read -r line </proc/1/cmdline) 2>/dev/null && echo processes >>said
exit 0`, listener.Addr().(*net.TCPAddr).Port, outside)
	if err := shutIn(context.Background(), 10*time.Second, folder, strings.NewReader(""), "/bin/bash", "-c", script); errors.Is(err, errNoIsolation) {
		t.Logf("this machine allows no isolation, so nothing is drawn: %v", err)
		return
	} else if err != nil {
		t.Fatal(err)
	}
	said, err := os.ReadFile(filepath.Join(folder, "said"))
	if err != nil {
		t.Fatal(err)
	}
	if want := "secret []\npid 1\n524288\n10\n65536\n"; string(said) != want {
		t.Errorf("a process that is shut in says %q, want %q", said, want)
	}
}

func TestShutInEnds(t *testing.T) {
	if err := shutIn(context.Background(), 10*time.Second, t.TempDir(), strings.NewReader(""), "/bin/true"); errors.Is(err, errNoIsolation) {
		t.Logf("this machine allows no isolation, so nothing is drawn: %v", err)
		return
	}
	started := time.Now()
	err := shutIn(context.Background(), 300*time.Millisecond, t.TempDir(), strings.NewReader(""), "/bin/bash", "-c", "while :; do :; done")
	if err == nil || !strings.Contains(err.Error(), "stopped after 300ms") || time.Since(started) > 5*time.Second {
		t.Errorf("after %s: %v", time.Since(started), err)
	}
	err = shutIn(context.Background(), 10*time.Second, t.TempDir(), strings.NewReader(""), "/bin/bash", "-c", `echo -e '\033[31mbad' >&2; exit 3`)
	if err == nil || !strings.Contains(err.Error(), "exit status 3") || strings.Contains(err.Error(), "\033") {
		t.Errorf("%v", err)
	}
	err = shutIn(context.Background(), 20*time.Second, t.TempDir(), strings.NewReader(""), "/bin/bash", "-c", `x=$(printf '%0800000000d' 1); echo grown >grown`)
	if err == nil {
		t.Error("800 MB were given to a process that may have 512 MB")
	}
}
