// Package storetest holds the one suite that every store of the office must pass, and the private PostgreSQL server it runs on. It knows
// the ports of docket and nothing of SQL.
package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// Postgres is a private PostgreSQL server on loopback, for one test binary.
type Postgres struct {
	dir, bin string
	port     int
	asUser   []string // prefix that drops root's rights
	next     atomic.Int64
	mu       sync.Mutex
}

// StartPostgres makes and starts a server from Debian's package, as user postgres when run by root. When the package is missing, the error
// names it: a suite fails then, it is never skipped. Stop it at the end of TestMain.
func StartPostgres() (*Postgres, error) {
	bin, err := postgresBinaries()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "mohur-pg-")
	if err != nil {
		return nil, err
	}
	p := &Postgres{dir: dir, bin: bin}
	if os.Geteuid() == 0 {
		if err := p.dropRoot(); err != nil {
			return nil, errors.Join(err, os.RemoveAll(dir))
		}
	}
	if err := p.start(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return p, nil
}

// postgresBinaries finds the newest installed server.
func postgresBinaries() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		if path, err := exec.LookPath("initdb"); err == nil {
			return filepath.Dir(path), nil
		}
		return "", errors.New("PostgreSQL's server is not installed: apt-get install postgresql-15 (Debian 12)")
	}
	version := func(p string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(p))))
		return n
	}
	sort.Slice(found, func(i, j int) bool { return version(found[i]) < version(found[j]) })
	return filepath.Dir(found[len(found)-1]), nil
}

// dropRoot hands the directory to user postgres; the server refuses to run as root.
func (p *Postgres) dropRoot() error {
	u, err := user.Lookup("postgres")
	if err != nil {
		return fmt.Errorf("PostgreSQL needs its user: %w", err)
	}
	uid, err1 := strconv.Atoi(u.Uid)
	gid, err2 := strconv.Atoi(u.Gid)
	p.asUser = []string{"runuser", "-u", "postgres", "--"}
	return errors.Join(err1, err2, os.Chown(p.dir, uid, gid))
}

func (p *Postgres) start() error {
	data := filepath.Join(p.dir, "data")
	if err := p.run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "--no-sync", "--locale=C.UTF-8", "--encoding=UTF8"); err != nil {
		return err
	}
	var err error
	for range 5 { // the port may be taken between asking and starting
		if p.port, err = freePort(); err != nil {
			return err
		}
		opts := fmt.Sprintf("-c listen_addresses=127.0.0.1 -p %d -c unix_socket_directories=%s -c fsync=off -c max_connections=200", p.port, p.dir)
		if err = p.run("pg_ctl", "-D", data, "-w", "-l", filepath.Join(p.dir, "log"), "-o", opts, "start"); err == nil {
			return nil
		}
	}
	return err
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	_, text, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return 0, errors.Join(err, l.Close())
	}
	port, err := strconv.Atoi(text)
	return port, errors.Join(err, l.Close())
}

// run runs a tool of the server; its output is part of the error.
func (p *Postgres) run(tool string, args ...string) error {
	line := append(append([]string{}, p.asUser...), filepath.Join(p.bin, tool))
	line = append(line, args...)
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Dir = p.dir
	out, err := os.CreateTemp("", "mohur-pg-out-") // a file: the server would keep a pipe open
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(out.Name()) }()
	cmd.Stdout, cmd.Stderr = out, out
	err = errors.Join(cmd.Run(), out.Close())
	if err == nil {
		return nil
	}
	said, _ := os.ReadFile(out.Name())
	return fmt.Errorf("%s: %w: %s", tool, err, bytes.TrimSpace(said))
}

// NewDatabase makes an empty database and returns its DSN.
func (p *Postgres) NewDatabase() (string, error) {
	p.mu.Lock() // one at a time: CREATE DATABASE copies a template
	defer p.mu.Unlock()
	name := fmt.Sprintf("t%d", p.next.Add(1))
	if err := p.run("createdb", "-h", "127.0.0.1", "-p", strconv.Itoa(p.port), "-U", "postgres", name); err != nil {
		return "", err
	}
	return strings.Join([]string{"postgres://postgres@127.0.0.1:", strconv.Itoa(p.port), "/", name, "?sslmode=disable"}, ""), nil
}

// Stop ends the server and removes its files.
func (p *Postgres) Stop() error {
	return errors.Join(p.run("pg_ctl", "-D", filepath.Join(p.dir, "data"), "-m", "immediate", "-w", "stop"), os.RemoveAll(p.dir))
}
