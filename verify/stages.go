package verify

import (
	"slices"
	"time"

	"mohur/certs"
	"mohur/verify/etsi"
)

const clauseStages = "Cabinet decision 27 of 28 January 2006, verification rules, 2.3"

// stages answers the three questions of the Azerbaijani rules, in their order and words: do the verification data belong to the certificate
// and its holder; was the certificate in force at the moment of signing; is the signature genuine. The second is judged at the best
// signature time; without trusted proof of that time it only says what holds at the validation time.
func stages(v *validation, j *judged) []Stage {
	return []Stage{
		{Key: StageCertificateOfHolder, Outcome: holderOutcome(j), Text: stageText("HOLDER", holderOutcome(j))},
		inForce(v, j),
		{Key: StageSignatureGenuine, Outcome: genuine(j), Text: stageText("GENUINE", genuine(j))},
	}
}

func stageText(stage string, o StageOutcome) Reason {
	keys := map[StageOutcome]string{StageYes: "YES", StageNo: "NO", StageUnknown: "UNKNOWN", StageUnproven: "UNPROVEN"}
	return Reason{Key: "STAGE_" + stage + "_" + keys[o], Severity: SeverityInformation, Clause: clauseStages}
}

// holderOutcome is the first stage: the signature names one certificate, and its key is the one that made the value.
func holderOutcome(j *judged) StageOutcome {
	switch {
	case j.cert == nil:
		return StageUnknown
	case !j.identity.passed(), j.value.Indication == etsi.Failed && j.value.SubIndication == etsi.SigCryptoFailure:
		return StageNo
	case j.path == nil || j.path.Anchor == nil || !j.intact && !keyHolds(j):
		return StageUnknown // nobody trusted vouches for the holder, or the value could not be checked
	}
	return StageYes
}

// keyHolds says that the value was made with the certificate's key: true also for a document that was altered since, whose signer is still known.
func keyHolds(j *judged) bool {
	return slices.ContainsFunc(j.value.Constraints, func(c Constraint) bool { return c.Key == reasonSignatureValue && c.Status == StatusOK })
}

// genuine is the third stage.
func genuine(j *judged) StageOutcome {
	switch {
	case j.format.Indication == etsi.Failed, j.value.Indication == etsi.Failed:
		return StageNo
	case j.intact && j.format.passed():
		return StageYes
	}
	return StageUnknown
}

// inForce is the second stage: issued by somebody trusted, inside its validity, neither suspended nor revoked.
func inForce(v *validation, j *judged) Stage {
	st := Stage{Key: StageCertificateInForce}
	at := j.best.at
	var args []Arg
	st.Outcome, args = inForceOutcome(j, at)
	if st.Outcome == StageYes && !j.best.proven {
		st.Outcome = StageUnproven
	}
	st.Text = stageText("IN_FORCE", st.Outcome)
	if key := knownToday(j, at); st.Outcome == StageUnknown && key != "" {
		st.Text.Key = key
		args = append(args, arg("expired", j.cert.NotAfter.UTC().Format(time.RFC3339)))
	}
	st.Text.Args = append(args, arg("time", at.UTC().Format(time.RFC3339)))
	return st
}

// knownToday is the text for a certificate that is known not to be in force at the validation time, while no proven time says when it was used:
// what is known must not be told as unknown. It is empty where nothing of the kind is known.
func knownToday(j *judged, at time.Time) string {
	if j.cert == nil || j.path == nil || j.path.Anchor == nil || j.best.proven {
		return ""
	}
	for i := range j.path.Status {
		st := &j.path.Status[i]
		switch {
		case !st.Certificate.Equal(j.cert): // of an issuer: the reasons tell
		case st.State == certs.StateRevoked && !at.Before(st.RevokedAt):
			return "STAGE_IN_FORCE_REVOKED"
		case st.State == certs.StateOnHold && !at.After(j.cert.NotAfter):
			return "STAGE_IN_FORCE_HELD"
		}
	}
	if at.After(j.cert.NotAfter) {
		return "STAGE_IN_FORCE_EXPIRED"
	}
	return ""
}

func inForceOutcome(j *judged, at time.Time) (StageOutcome, []Arg) {
	if j.cert == nil || j.path == nil || j.path.Anchor == nil {
		return StageUnknown, nil
	}
	r := j.path.Revoked()
	if at.Before(j.cert.NotBefore) || at.After(j.cert.NotAfter) && (r == nil || j.best.proven) {
		if j.best.proven {
			return StageNo, nil
		}
		return StageUnknown, nil
	}
	if r != nil && !at.Before(r.RevokedAt) {
		if j.best.proven {
			return StageNo, []Arg{arg("revoked", r.RevokedAt.UTC().Format(time.RFC3339))}
		}
		return StageUnknown, []Arg{arg("revoked", r.RevokedAt.UTC().Format(time.RFC3339))}
	}
	for i := range j.path.Status {
		if s := j.path.Status[i].State; s == certs.StateOnHold || s == certs.StateMissing || s == certs.StateUnknown {
			return StageUnknown, nil
		}
	}
	if o := j.long.outcome(); !o.passed() && !temporary(j.chain.outcome()) && !j.chain.passed() {
		return StageUnknown, nil
	}
	return StageYes, nil
}
