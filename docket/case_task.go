package docket

import (
	"context"
	"slices"
	"time"

	"mohur/docket/calendar"
)

// CaseTaskState is where a task stands.
type CaseTaskState string

// The states of a task.
const (
	CaseTaskOpen      CaseTaskState = "open"
	CaseTaskAnswered  CaseTaskState = "answered" // a sub-opinion is there; it may be corrected until the visas are asked for
	CaseTaskTakenBack CaseTaskState = "taken_back"
)

// CaseTask is what the coordinator asks of a unit about a project (tapşırıq, S1-34). Each unit has one at most that stands, and one of the
// tasks that stand leads: its person drafts the opinion.
type CaseTask struct {
	ID           ID
	SubmissionID ID
	UnitID       ID
	Lead         bool
	Person       ID     // who of the unit answers; empty until its head or the coordinator names somebody
	Ask          string // what is asked, in the coordinator's words; may be empty
	Due          calendar.Date
	State        CaseTaskState
	Given        time.Time
	GivenBy      ID
	Answered     time.Time // the last sub-opinion's
	Ended        time.Time // taken back
	EndedBy      ID
	Reason       string // why it was taken back
	Rev          int
}

// Stands says whether the task was not taken back.
func (t CaseTask) Stands() bool { return t.State != CaseTaskTakenBack }

// SubOpinion is a unit's answer to a task. A correction is another one with the next number; the last one counts, all are kept.
type SubOpinion struct {
	ID           ID
	TaskID       ID
	SubmissionID ID
	UnitID       ID
	N            int // 1 is the first of its task
	Version      int // of the project that was examined
	AuthorID     ID
	Author       string
	Text         string
	Outcome      Outcome
	Attachments  []File
	Written      time.Time
}

// CaseTaskFilter selects tasks that stand, of projects that still run, soonest due first.
type CaseTaskFilter struct {
	Units  []ID // of these units, or
	People []ID // asked of these people
	States []CaseTaskState
	Limit  int // 0: 100, at most 500
	Offset int
}

// CaseTasks stores tasks and what the units answered.
type CaseTasks interface {
	AddCaseTask(ctx context.Context, t *CaseTask) error
	UpdateCaseTask(ctx context.Context, t *CaseTask) error
	CaseTask(ctx context.Context, id ID) (*CaseTask, error)
	// CaseTasks lists a project's, those taken back too: the leading one first, then as they were given.
	CaseTasks(ctx context.Context, submission ID) ([]CaseTask, error)
	ListCaseTasks(ctx context.Context, f CaseTaskFilter) ([]CaseTask, error)
	AddSubOpinion(ctx context.Context, o *SubOpinion) error
	SubOpinion(ctx context.Context, id ID) (*SubOpinion, error)
	// SubOpinions lists a project's, oldest first.
	SubOpinions(ctx context.Context, submission ID) ([]SubOpinion, error)
}

// Unanswered lists the units whose task stands and which have not said anything about that version of the project: for an opinion they are all
// asked (S1-34), and what was said of an earlier version was said of another project.
func Unanswered(tasks []CaseTask, opinions []SubOpinion, version int) []ID {
	var out []ID
	for i := range tasks {
		said := slices.ContainsFunc(opinions, func(o SubOpinion) bool { return o.TaskID == tasks[i].ID && o.Version == version })
		if tasks[i].Stands() && !said {
			out = append(out, tasks[i].UnitID)
		}
	}
	return out
}

// Leading returns the task that leads, nil if none does.
func Leading(tasks []CaseTask) *CaseTask {
	for i := range tasks {
		if tasks[i].Lead && tasks[i].Stands() {
			return &tasks[i]
		}
	}
	return nil
}
