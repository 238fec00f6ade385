package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"mohur/docket"
	"mohur/internal/desk"
)

// defaultUnits makes the units that an office begins with; those that are there stay as they are (S1-34).
func defaultUnits(ctx context.Context, d *desk.Service, _ *config, _ adminOptions, out io.Writer) error {
	there, err := d.Units(ctx, docket.System())
	if err != nil {
		return err
	}
	made := 0
	for _, u := range docket.DefaultUnits() {
		if slices.ContainsFunc(there, func(o docket.Unit) bool { return o.Code == u.Code }) {
			continue
		}
		if _, err := d.PutUnit(ctx, docket.System(), u); err != nil {
			return err
		}
		made++
	}
	_, err = fmt.Fprintf(out, "%d units made\n", made)
	return err
}

// listUnits prints code, kind and name of each unit.
func listUnits(ctx context.Context, d *desk.Service, _ *config, _ adminOptions, out io.Writer) error {
	list, err := d.Units(ctx, docket.System())
	if err != nil {
		return err
	}
	for _, u := range list {
		state := ""
		if !u.Active {
			state = "  (not in use)"
		}
		if _, err := fmt.Fprintf(out, "%-12s %-10s %s%s\n", u.Code, u.Kind, u.Name, state); err != nil {
			return err
		}
	}
	return nil
}

// userUnit puts one of the agency's people into a unit.
func userUnit(ctx context.Context, d *desk.Service, _ *config, o adminOptions, out io.Writer) error {
	users, err := d.Accounts(ctx, docket.System(), "")
	if err != nil {
		return err
	}
	i := slices.IndexFunc(users, func(u docket.User) bool { return string(u.ID) == o.args[0] || u.FIN == strings.ToUpper(o.args[0]) })
	if i < 0 {
		return fmt.Errorf("none of the agency's people has the id or FİN %q", o.args[0])
	}
	units, err := d.Units(ctx, docket.System())
	if err != nil {
		return err
	}
	n := slices.IndexFunc(units, func(u docket.Unit) bool { return u.Code == o.args[1] })
	if n < 0 {
		return fmt.Errorf("no unit has the code %q; 'mohur admin unit list' lists them", o.args[1])
	}
	if err := d.SetUnit(ctx, docket.System(), users[i].ID, units[n].ID); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s: %s\n", users[i].Name, units[n].Name)
	return err
}
