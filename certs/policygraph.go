package certs

import (
	"slices"

	"mohur/internal/asn1"
)

// policyNode is a policy that is valid down to some depth of the path (RFC 9618, 3.2: a graph instead of RFC 5280's tree, which may grow
// exponentially).
type policyNode struct {
	policy   asn1.ObjectIdentifier
	expected []asn1.ObjectIdentifier
	parents  []*policyNode
}

// policyState carries the state variables (a) and (d) to (f) of RFC 5280, 6.1.2 as RFC 9618 amends it.
type policyState struct {
	levels               []map[asn1.ObjectIdentifier]*policyNode // nil: the graph is NULL
	explicit, any, remap int
}

func newPolicyState(p *PathPolicy, n int) *policyState {
	start := func(inhibit bool) int {
		if inhibit {
			return 0
		}
		return n + 1
	}
	root := &policyNode{policy: oidAnyPolicy, expected: []asn1.ObjectIdentifier{oidAnyPolicy}}
	return &policyState{
		levels:   []map[asn1.ObjectIdentifier]*policyNode{{oidAnyPolicy: root}},
		explicit: start(p.RequireExplicit), any: start(p.InhibitAnyPolicy), remap: start(p.InhibitPolicyMapping),
	}
}

func (s *policyState) current() map[asn1.ObjectIdentifier]*policyNode {
	if s.levels == nil {
		return nil
	}
	return s.levels[len(s.levels)-1]
}

// process is RFC 5280, 6.1.3 (d) to (f): final says that this is the leaf. It returns false when a policy was required and none is left.
func (s *policyState) process(c *Certificate, final bool) bool {
	if len(c.Policies) == 0 {
		s.levels = nil
	}
	if s.levels != nil {
		s.descend(c, final)
	}
	return s.explicit > 0 || s.levels != nil
}

func (s *policyState) descend(c *Certificate, final bool) {
	above := s.current()
	byExpected := map[asn1.ObjectIdentifier][]*policyNode{}
	for _, k := range sortedPolicies(above) {
		for _, e := range above[k].expected {
			byExpected[e] = append(byExpected[e], above[k])
		}
	}
	next := map[asn1.ObjectIdentifier]*policyNode{}
	hasAny := false
	for _, p := range c.Policies {
		if p.ID == oidAnyPolicy {
			hasAny = true
			continue
		}
		parents := byExpected[p.ID]
		if len(parents) == 0 && above[oidAnyPolicy] != nil {
			parents = []*policyNode{above[oidAnyPolicy]}
		}
		if len(parents) > 0 {
			next[p.ID] = newPolicyNode(p.ID, parents)
		}
	}
	if hasAny && (s.any > 0 || !final && c.IsSelfIssued()) {
		for e, parents := range byExpected {
			if next[e] == nil {
				next[e] = newPolicyNode(e, parents)
			}
		}
	}
	s.levels = append(s.levels, next)
	if len(next) == 0 {
		s.levels = nil
	}
}

func newPolicyNode(id asn1.ObjectIdentifier, parents []*policyNode) *policyNode {
	return &policyNode{policy: id, expected: []asn1.ObjectIdentifier{id}, parents: parents}
}

func sortedPolicies(level map[asn1.ObjectIdentifier]*policyNode) []asn1.ObjectIdentifier {
	keys := make([]asn1.ObjectIdentifier, 0, len(level))
	for k := range level {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// prepare is the policy part of RFC 5280, 6.1.4: (a), (b), (h), (i) and (j). It returns false for a mapping from or to any-policy.
func (s *policyState) prepare(c *Certificate) bool {
	mapped := map[asn1.ObjectIdentifier][]asn1.ObjectIdentifier{}
	for _, m := range c.PolicyMappings {
		if m.Issuer == oidAnyPolicy || m.Subject == oidAnyPolicy {
			return false
		}
		mapped[m.Issuer] = append(mapped[m.Issuer], m.Subject)
	}
	if s.levels != nil && len(mapped) > 0 {
		s.remapLevel(mapped)
	}
	if !c.IsSelfIssued() {
		s.explicit, s.any, s.remap = max(s.explicit-1, 0), max(s.any-1, 0), max(s.remap-1, 0)
	}
	if pc := c.PolicyConstraints; pc != nil {
		if pc.RequireExplicitPolicy >= 0 {
			s.explicit = min(s.explicit, pc.RequireExplicitPolicy)
		}
		if pc.InhibitPolicyMapping >= 0 {
			s.remap = min(s.remap, pc.InhibitPolicyMapping)
		}
	}
	if c.InhibitAnyPolicy != nil {
		s.any = min(s.any, *c.InhibitAnyPolicy)
	}
	return true
}

func (s *policyState) remapLevel(mapped map[asn1.ObjectIdentifier][]asn1.ObjectIdentifier) {
	level := s.current()
	for from, to := range mapped {
		switch {
		case s.remap == 0:
			delete(level, from)
		case level[from] != nil:
			level[from].expected = to
		case level[oidAnyPolicy] != nil:
			level[from] = &policyNode{policy: from, expected: to, parents: level[oidAnyPolicy].parents}
		}
	}
	if len(level) == 0 {
		s.levels = nil
	}
}

// finish is RFC 5280, 6.1.5 (a), (b) and (g): the policies under which the path is valid for the user, and whether that is enough.
func (s *policyState) finish(leaf *Certificate, initial []asn1.ObjectIdentifier) ([]asn1.ObjectIdentifier, bool) {
	s.explicit = max(s.explicit-1, 0)
	if pc := leaf.PolicyConstraints; pc != nil && pc.RequireExplicitPolicy == 0 {
		s.explicit = 0
	}
	set := s.userSet(initial)
	return set, s.explicit > 0 || len(set) > 0
}

// userSet intersects what the authorities stand for with what the user asks for (RFC 9618, 5.4).
func (s *policyState) userSet(initial []asn1.ObjectIdentifier) []asn1.ObjectIdentifier {
	if s.levels == nil {
		return nil
	}
	all := len(initial) == 0 || slices.Contains(initial, oidAnyPolicy)
	last := s.current()
	if last[oidAnyPolicy] != nil {
		if !all {
			return slices.Clone(initial)
		}
		return []asn1.ObjectIdentifier{oidAnyPolicy}
	}
	var set []asn1.ObjectIdentifier
	for _, p := range s.roots() {
		if all || slices.Contains(initial, p) {
			set = append(set, p)
		}
	}
	return set
}

// roots walks up from the last level to the policies right below any-policy: these are in the user's own terms, before any mapping.
func (s *policyState) roots() []asn1.ObjectIdentifier {
	seen := map[*policyNode]bool{}
	found := map[asn1.ObjectIdentifier]*policyNode{}
	var queue []*policyNode
	for _, n := range s.current() {
		queue = append(queue, n)
	}
	for len(queue) > 0 {
		n := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		if seen[n] || n.policy == oidAnyPolicy {
			continue
		}
		seen[n] = true
		for _, p := range n.parents {
			if p.policy == oidAnyPolicy {
				found[n.policy] = n
			}
		}
		queue = append(queue, n.parents...)
	}
	return sortedPolicies(found)
}
