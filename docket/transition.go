package docket

// Transition is one line of a table of states: who may do what, from where to where, and which guard is asked. A guard is a sentence for
// the reader; the verb in internal/desk that names the event implements it.
type Transition[S ~string] struct {
	Event string
	From  S
	To    S
	Roles []Role
	Guard string
}

// Next returns the state that event leads to for the actor, or a refusal: KeyState when no line starts at from, KeyForbidden when lines
// do but none for the actor's roles.
func Next[S ~string](table []Transition[S], from S, event string, who Actor) (S, error) {
	known := false
	for _, t := range table {
		if t.Event != event || t.From != from {
			continue
		}
		known = true
		if who.Has(t.Roles...) {
			return t.To, nil
		}
	}
	if known {
		return from, Refuse(CodeForbidden, KeyForbidden)
	}
	return from, Refuse(CodeConflict, KeyState).With("state", string(from)).With("event", event)
}

// Acting returns the actor as he is in an event of the table: in his own right, or in place of somebody whose role is delegated to him (S3-15).
func Acting[S ~string](table []Transition[S], from S, event string, who Actor) Actor {
	for _, t := range table {
		if t.Event == event && t.From == from && who.Has(t.Roles...) {
			return who.As(t.Roles...)
		}
	}
	return who
}

// Events lists what the actor may do in a state, in the table's order; pages show a button for each.
func Events[S ~string](table []Transition[S], from S, who Actor) []string {
	var out []string
	for _, t := range table {
		if t.From == from && who.Has(t.Roles...) {
			out = append(out, t.Event)
		}
	}
	return out
}
