package verify

import "mohur/verify/etsi"

const clauseVCI = "ETSI EN 319 102-1, 5.2.4"

// reasonValidationPolicy is the check that a policy was handed in.
const reasonValidationPolicy = "VALIDATION_POLICY"

// contextInitialization settles which policies the validation runs under (ETSI EN 319 102-1, 5.2.4). The verifier's policy is always the
// one that was handed in; a signature policy that the signer names is reported and adds no constraint, since a signer must not be able to
// weaken what the verifier asks for.
func (v *validation) contextInitialization(s *signature) *block {
	b := newBlock(v.policy, "VCI", clauseVCI)
	b.require(reasonValidationPolicy, v.policy != nil, indeterminate(etsi.PolicyProcessingError))
	if s.policyID != "" {
		b.inform("SIGNATURE_POLICY", arg("policy", s.policyID))
	}
	return b
}
