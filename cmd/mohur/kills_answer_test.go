package main

import (
	"bytes"
	"io"
	"slices"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
	"mohur/internal/audit"
	"mohur/internal/desk"
	"mohur/verify"
	"mohur/verify/etsi"
)

// answer is the agency's way with the project; one in three is deficient first and comes back corrected.
func (n *caseKills) answer(l *life, number int) bool {
	coordinator := n.clerkOf(string(docket.RoleCoordinator), number)
	defer func() { l.acks += coordinator.acks }()
	page := desk.PathIncoming + string(l.sub)
	if !coordinator.step("accept "+l.name, func() pageAnswer { return coordinator.post(page + "/accept") }, n.in(l, docket.SubmissionAccepted)) {
		return false
	}
	fields := []string{"lead", string(n.units[asked()[0]])}
	for _, code := range asked() {
		fields = append(fields, "unit-"+string(n.units[code]), "yes", "person-"+string(n.units[code]), string(n.staff["expert "+code].ID))
	}
	if !coordinator.step("tasks of "+l.name, func() pageAnswer { return coordinator.post(page+"/tasks", fields...) }, n.in(l, docket.SubmissionInReview)) {
		return false
	}
	if l.rng.IntN(3) == 0 && !n.deficiency(coordinator, l, number) {
		return false
	}
	return n.examine(l, number) && n.agree(l, number) && n.leave(l, number)
}

// examine has each unit answer its task.
func (n *caseKills) examine(l *life, number int) bool {
	var tasks []docket.CaseTask
	n.read(func(w docket.Work) (err error) { tasks, err = w.CaseTasks(n.Context(), l.sub); return err })
	if len(tasks) != len(asked()) {
		n.Errorf("seed %d: %s has %d tasks", n.seed, l.name, len(tasks))
		return false
	}
	for _, code := range asked() {
		expert := n.clerkOf("expert "+code, number)
		for _, t := range tasks {
			if t.UnitID != n.units[code] {
				continue
			}
			write := func() pageAnswer {
				return expert.upload("/tasks/"+string(t.ID)+"/opinion", "attachments", "arayis.txt", []byte("Arayış "+l.name), "text", "Uyğundur.", "outcome", "positive")
			}
			if !expert.step(code+" on "+l.name, write, func() bool { return n.said(l, t.ID) }) {
				return false
			}
		}
		l.acks += expert.acks
	}
	return true
}

// said says whether a task's unit has given its opinion.
func (n *caseKills) said(l *life, task docket.ID) (yes bool) {
	n.read(func(w docket.Work) error {
		list, err := w.SubOpinions(n.Context(), l.sub)
		yes = slices.ContainsFunc(list, func(o docket.SubOpinion) bool { return o.TaskID == task })
		return err
	})
	return yes
}

// agree drafts the opinion and has the heads of the units give their visas.
func (n *caseKills) agree(l *life, number int) bool {
	expert := n.clerkOf("expert "+asked()[0], number)
	defer func() { l.acks += expert.acks }()
	page := desk.PathIncoming + string(l.sub)
	draft := func() pageAnswer {
		return expert.post(page+"/opinion", "subject", l.name, "outcome", "positive", "text", "Layihəyə baxılmışdır.\n\nİrad yoxdur.")
	}
	if !expert.step("opinion on "+l.name, draft, n.in(l, docket.SubmissionDrafted)) {
		return false
	}
	if !expert.step("visas of "+l.name, func() pageAnswer { return expert.post(page + "/visas") }, n.in(l, docket.SubmissionVisa)) {
		return false
	}
	var visas []docket.Visa
	n.read(func(w docket.Work) (err error) { visas, err = w.VisasOf(n.Context(), l.sub); return err })
	if len(visas) != len(asked()) {
		n.Errorf("seed %d: %s has %d visas", n.seed, l.name, len(visas))
		return false
	}
	for _, v := range visas {
		for _, code := range asked() {
			if v.UnitID != n.units[code] {
				continue
			}
			head := n.clerkOf("head "+code, number)
			give := func() pageAnswer { return head.post("/visas/"+string(v.ID)+"/give", "seen", string(v.Page)) }
			given := func() (yes bool) {
				n.read(func(w docket.Work) error {
					now, err := w.Visa(n.Context(), v.ID)
					yes = err == nil && now.State == docket.VisaGiven
					return err
				})
				return yes
			}
			if !head.step("visa of "+code+" for "+l.name, give, given) {
				return false
			}
			l.acks += head.acks
		}
	}
	return true
}

// leave has the page checked, signed by the head and sealed.
func (n *caseKills) leave(l *life, number int) bool {
	checker, signatory := n.clerkOf(string(docket.RoleDispatchChecker), number), n.clerkOf(string(docket.RoleSignatory), number)
	defer func() { l.acks += checker.acks + signatory.acks }()
	letter := n.opinionOf(l)
	points := []string{"seen", string(letter.Unsealed)}
	for _, p := range docket.Checklist() {
		points = append(points, "ok-"+p, "yes")
	}
	check := func() pageAnswer { return checker.post("/dispatch/"+string(l.sub)+"/approve", points...) }
	if !checker.step("check "+l.name, check, n.in(l, docket.SubmissionChecked)) {
		return false
	}
	var page []byte
	fetch := func() pageAnswer {
		if a := signatory.ask("GET", "/sign/"+string(l.sub)+"/file", "", nil); a.status == 200 {
			page = a.body
		}
		return pageAnswer{}
	}
	if !signatory.step("page of "+l.name, fetch, func() bool { return page != nil }) {
		return false
	}
	signed, err := n.world.signBeside(n.Context(), page, n.chief, n.chief.Key)
	if err != nil {
		n.Error(err)
		return false
	}
	if !signatory.step("sign "+l.name, func() pageAnswer { return signatory.upload("/sign/"+string(l.sub), "file", "rey.pdf", signed) }, n.in(l, docket.SubmissionSigned, docket.SubmissionSealed, docket.SubmissionAnswered)) {
		return false
	}
	seal := func() pageAnswer { return signatory.post("/seal/" + string(l.sub)) }
	if !signatory.step("seal "+l.name, seal, func() bool { return !n.opinionOf(l).Dispatched.IsZero() }) {
		return false
	}
	l.answered = true
	return true
}

// opinionOf is the newest opinion on the project.
func (n *caseKills) opinionOf(l *life) (o docket.Letter) {
	n.read(func(w docket.Work) error {
		list, err := w.LettersOf(n.Context(), l.sub)
		for _, letter := range list {
			if letter.Kind == docket.LetterOpinion {
				o = letter
			}
		}
		return err
	})
	return o
}

// deficiency sends a notice; the body corrects what it sent and signs again.
func (n *caseKills) deficiency(coordinator *clerk, l *life, number int) bool {
	notice := func() pageAnswer {
		return coordinator.post("/incoming/"+string(l.sub)+"/deficiency", "items", "Smeta yoxdur\nİmza səhifəsi yoxdur")
	}
	if !coordinator.step("notice to "+l.name, notice, n.in(l, docket.SubmissionDeficient)) {
		return false
	}
	c := n.newClerk(l.user.ID, number)
	defer func() { l.acks += c.acks }()
	open := func() pageAnswer { return c.post("/submissions/" + string(l.sub) + "/correct") }
	if !c.step("open "+l.name, open, func() bool { return n.stateOf(l).Correction != nil }) {
		return false
	}
	page := "/submit/" + string(l.sub)
	file := func() pageAnswer { return c.upload(page+"/files", "files", "smeta.txt", []byte("Smeta "+l.name)) }
	added := func() bool {
		s := n.stateOf(l)
		return s.Correction != nil && len(s.Correction.Files) > 1
	}
	if !c.step("second file of "+l.name, file, added) {
		return false
	}
	l.corrected = true
	return n.sign(c, l, page, docket.SubmissionInReview)
}

// checkCases holds everything against everything: each life once, at the place that it was told; numbers, receipts, opinions, files, log.
func (n *caseKills) checkCases() {
	n.Helper()
	answered, corrected, acks, letters := 0, 0, 0, 0
	for _, l := range n.lives {
		acks += l.acks
		letters += n.checkLife(l)
		if l.answered {
			answered++
		}
		if l.corrected {
			corrected++
		}
	}
	if answered == 0 {
		n.Errorf("seed %d: nothing was answered", n.seed)
	}
	numbers := n.checkJournals()
	if _, err := audit.LinkAll(n.Context(), n.office.store); err != nil {
		n.Error(err)
	}
	if f, err := audit.Check(n.Context(), n.office.store, nil, time.Now()); err != nil || !f.Intact() {
		n.Errorf("seed %d: the log's chain: %+v %v", n.seed, f, err)
	}
	n.checkKept()
	if n.signatures() < letters {
		n.Errorf("seed %d: %d letters sealed, %d signatures made", n.seed, letters, n.signatures())
	}
	n.Logf("seed %d: %d kills of the service, %d of the driver; %d bodies, %d corrected, %d answered; %d answers that said done; %d letters, %d numbers, %d C_Sign",
		n.seed, n.kills.Load(), n.drivers.Load(), len(n.lives), corrected, answered, acks, letters, numbers, n.signatures())
}

// checkKept runs `mohur fsck` over what is left.
func (n *caseKills) checkKept() {
	n.Helper()
	var out bytes.Buffer
	if code := runFsck([]string{"--config", n.config}, streams{Out: &out, Err: &out}); code != exitPassed {
		n.Errorf("seed %d: mohur fsck ends %d:\n%s", n.seed, code, out.String())
	}
}

// checkLife: one project was sent, in as many versions as were signed; one receipt, one opinion, each sealed and verified.
func (n *caseKills) checkLife(l *life) (letters int) {
	n.Helper()
	n.read(func(w docket.Work) error {
		subs, _, err := w.ListSubmissions(n.Context(), docket.SubmissionFilter{BodyID: l.body})
		if err != nil {
			return err
		}
		if l.answered && len(subs) != 1 || len(subs) > 1 {
			n.Errorf("seed %d: %s: %d projects were received", n.seed, l.name, len(subs))
		}
		if len(subs) == 0 {
			return nil
		}
		versions, err := w.Versions(n.Context(), subs[0].ID)
		if err != nil {
			return err
		}
		if l.answered && len(versions) != 1+count(l.corrected) {
			n.Errorf("seed %d: %s has %d versions", n.seed, l.name, len(versions))
		}
		list, err := w.LettersOf(n.Context(), subs[0].ID)
		if err != nil {
			return err
		}
		kinds := map[docket.LetterKind]int{}
		for _, letter := range list {
			kinds[letter.Kind]++
			if letter.State != docket.LetterDispatched || letter.Number == "" {
				n.Errorf("seed %d: %s: a letter (%s) is %s with number %q", n.seed, l.name, letter.Kind, letter.State, letter.Number)
				continue
			}
			n.checkSealed(letter)
		}
		if l.answered && (kinds[docket.LetterOpinion] != 1 || kinds[docket.LetterNotice] != count(l.corrected) || kinds[docket.LetterReceipt] != 1) {
			n.Errorf("seed %d: %s: letters %v", n.seed, l.name, kinds)
		}
		letters = len(list)
		return nil
	})
	return letters
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

// checkSealed verifies what was delivered.
func (n *caseKills) checkSealed(l docket.Letter) {
	f, err := n.office.blobs.Open(n.Context(), l.Sealed)
	if err != nil {
		n.Errorf("seed %d: the sealed file of № %s: %v", n.seed, l.Number, err)
		return
	}
	defer f.Close()
	content, err := io.ReadAll(f)
	if err != nil {
		n.Error(err)
	}
	rep, err := n.office.judge.Verify(n.Context(), verify.Input{Content: bytes.NewReader(content), Size: int64(len(content))}, verify.PolicyBasic)
	if err != nil || rep.Indication != etsi.TotalPassed {
		n.Errorf("seed %d: № %s is delivered and not TOTAL-PASSED: %v", n.seed, l.Number, err)
	}
}

// checkJournals: each journal counts from 1 without a gap, and each number has one thing that holds it.
func (n *caseKills) checkJournals() (all int) {
	n.Helper()
	year := calendar.DateOf(time.Now()).Year
	n.read(func(w docket.Work) error {
		for _, s := range []docket.Series{{Journal: docket.JournalIncoming, Unit: "9", Case: "1"}, {Journal: docket.JournalOutgoing, Unit: "9", Case: "14"}, {Journal: docket.JournalOutgoing, Unit: "9", Case: "15"}} {
			s.Template = "{unit}/{case}-{seq:02}"
			numbers, err := w.Numbers(n.Context(), s, year)
			if err != nil {
				return err
			}
			for i, number := range numbers {
				if number.Seq != i+1 || !number.Voided.IsZero() {
					n.Errorf("seed %d: %s %s: the number after %d is %d, voided %v", n.seed, s.Journal, s.Case, i, number.Seq, number.Voided)
				}
			}
			all += len(numbers)
		}
		return nil
	})
	return all
}
