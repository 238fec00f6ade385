package verify

import "mohur/verify/etsi"

// block runs the constraints of one building block and keeps its conclusion: the first constraint that is not met at level FAIL decides,
// as every block of the standard ends with its first failure.
type block struct {
	Block
	policy *Policy
	done   bool // a constraint has decided
}

// newBlock starts a block that passes unless a constraint decides otherwise.
func newBlock(p *Policy, name, clause string) *block {
	return &block{policy: p, Block: Block{Name: name, Clause: clause, Indication: etsi.Passed}}
}

// outcome is what a block concludes when a constraint is not met.
type outcome struct {
	indication etsi.Indication
	sub        etsi.SubIndication
}

func failed(s etsi.SubIndication) outcome        { return outcome{etsi.Failed, s} }
func indeterminate(s etsi.SubIndication) outcome { return outcome{etsi.Indeterminate, s} }

// require records a constraint that no policy can lift. It returns whether the constraint is met.
func (b *block) require(key string, met bool, otherwise outcome, args ...Arg) bool {
	return b.weigh(key, Fail, met, otherwise, args)
}

// ask records a constraint at the policy's level. It returns false only when the constraint decided the block.
func (b *block) ask(key string, met bool, otherwise outcome, args ...Arg) bool {
	return b.weigh(key, b.policy.level(key), met, otherwise, args)
}

// warn records something that a reader should know and that decides nothing.
func (b *block) warn(key string, args ...Arg) { b.weigh(key, Warn, false, outcome{}, args) }

// inform records a fact worth reading.
func (b *block) inform(key string, args ...Arg) { b.weigh(key, Inform, false, outcome{}, args) }

func (b *block) weigh(key string, level Level, met bool, otherwise outcome, args []Arg) bool {
	if level == Ignore || level == "" {
		return true
	}
	c := Constraint{Key: key, Clause: b.Clause, Status: StatusOK}
	if !met {
		c.Args = args
		c.Status = map[Level]Status{Fail: StatusNotOK, Warn: StatusWarning, Inform: StatusInformation}[level]
	}
	b.Constraints = append(b.Constraints, c)
	if met || level != Fail {
		return true
	}
	if !b.done {
		b.done, b.Indication, b.SubIndication = true, otherwise.indication, otherwise.sub
	}
	return false
}

// passed says whether nothing has failed.
func (b *block) passed() bool { return b.Indication == etsi.Passed }

// outcome returns the conclusion.
func (b *block) outcome() outcome { return outcome{b.Indication, b.SubIndication} }

// conclude sets the conclusion of a process, which follows from other blocks rather than from constraints of its own.
func (b *block) conclude(o outcome) {
	b.done, b.Indication, b.SubIndication = true, o.indication, o.sub
}

// total turns the conclusion of a building block into that of a signature (5.1.3).
func (o outcome) total() outcome {
	switch o.indication {
	case etsi.Passed:
		return outcome{etsi.TotalPassed, ""}
	case etsi.Failed:
		return outcome{etsi.TotalFailed, o.sub}
	}
	return o
}

// is says whether the outcome is INDETERMINATE with one of the sub-indications.
func (o outcome) is(subs ...etsi.SubIndication) bool {
	if o.indication != etsi.Indeterminate {
		return false
	}
	for _, s := range subs {
		if o.sub == s {
			return true
		}
	}
	return false
}

// passed says whether the outcome is PASSED.
func (o outcome) passed() bool { return o.indication == etsi.Passed }

// reasons lists what the blocks found, heaviest first and otherwise in the order of the blocks; a key with the same arguments once.
func reasons(blocks []Block) []Reason {
	var out []Reason
	seen := map[string]bool{}
	for _, pass := range []struct {
		status   Status
		severity Severity
	}{{StatusNotOK, SeverityError}, {StatusWarning, SeverityWarning}, {StatusInformation, SeverityInformation}} {
		for _, b := range blocks {
			for _, c := range b.Constraints {
				if c.Status != pass.status {
					continue
				}
				id := c.Key
				for _, a := range c.Args {
					id += "\x00" + a.Name + "\x00" + a.Value
				}
				if seen[id] {
					continue
				}
				seen[id] = true
				out = append(out, Reason{Key: c.Key, Args: c.Args, Severity: pass.severity, Clause: c.Clause})
			}
		}
	}
	return out
}

// arg makes a named value of a reason.
func arg(name, value string) Arg { return Arg{Name: name, Value: value} }
