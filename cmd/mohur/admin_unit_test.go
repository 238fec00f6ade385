package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mohur/docket"
	"mohur/internal/desk"
)

// S1-34: an office gets its units from the command line, once, and its people into them.
func TestAdminUnits(t *testing.T) {
	var out bytes.Buffer
	d := &demo{o: demoOptions{dir: filepath.Join(t.TempDir(), "demo"), port: 8790}, out: &out, started: time.Now()}
	t.Cleanup(func() {
		if err := d.close(); err != nil {
			t.Error(err)
		}
	})
	if err := d.prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	v := d.world.office.desk
	run := func(do adminWork, args ...string) (string, error) {
		var said bytes.Buffer
		err := do(t.Context(), v, nil, adminOptions{args: args}, &said)
		return said.String(), err
	}
	for _, want := range []string{"5 units made", "0 units made"} {
		if said, err := run(defaultUnits); err != nil || !strings.Contains(said, want) {
			t.Errorf("%q, %v", said, err)
		}
	}
	u, err := v.AddUser(t.Context(), docket.System(), desk.AddUserInput{Name: "Orxan Vəliyev", FIN: "3LL1M2N", Roles: []docket.Role{docket.RoleExpert}})
	if err != nil {
		t.Fatal(err)
	}
	if said, err := run(userUnit, "3ll1m2n", "legal"); err != nil || !strings.Contains(said, "Hüquq şöbəsi") {
		t.Errorf("%q, %v", said, err)
	}
	who, err := v.Actor(t.Context(), u.ID)
	if err != nil || who.UnitID == "" {
		t.Errorf("%+v, %v", who, err)
	}
	for _, args := range [][]string{{"9ZZ9Z9Z", "legal"}, {"3LL1M2N", "nowhere"}} {
		if _, err := run(userUnit, args...); err == nil {
			t.Errorf("%v is taken", args)
		}
	}
	if said, err := run(listUnits); err != nil || strings.Count(said, "\n") != 5 || !strings.Contains(said, "it           it         İnformasiya") {
		t.Errorf("%q, %v", said, err)
	}
}
