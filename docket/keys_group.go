package docket

// Refusals about the working group of a project.
const (
	KeyTaskNone     = "error.task_none"     // no unit has been given the leading task
	KeyTaskLead     = "error.task_lead"     // one of the units must lead
	KeyTaskUnit     = "error.task_unit"     // no such unit in use
	KeyTaskTwice    = "error.task_twice"    // the unit has a task already; args: unit
	KeyTaskPerson   = "error.task_person"   // not an expert of that unit
	KeyTaskDue      = "error.task_due"      // not between today and the project's own day
	KeyTaskLeading  = "error.task_leading"  // the leading task can't be taken back
	KeyTasksOpen    = "error.tasks_open"    // units have not answered about this version; args: units
	KeyVisaGiver    = "error.visa_giver"    // the unit has no head who may give its visa; args: unit
	KeyVisaOwn      = "error.visa_own"      // who drafted the page can't give its visa
	KeyVisasMissing = "error.visas_missing" // visas are missing; args: units
	KeyChecklist    = "error.checklist"     // every point must be confirmed
)

// What the working group is told.
const (
	NotifyTask       = "notify.task"        // a task was given
	NotifyTaskBack   = "notify.task_back"   // a task was taken back
	NotifySubOpinion = "notify.sub_opinion" // a unit answered
	NotifyVisa       = "notify.visa"        // a visa is asked for
	NotifyCheck      = "notify.check"       // every visa is given; the dispatch check is next
	NotifySentBack   = "notify.sent_back"   // the page was sent back
	NotifyToSign     = "notify.to_sign"     // the page was approved; the head is next
)

func groupKeys() []string {
	return []string{
		KeyTaskNone, KeyTaskLead, KeyTaskUnit, KeyTaskTwice, KeyTaskPerson, KeyTaskDue, KeyTaskLeading, KeyTasksOpen, KeyVisaGiver, KeyVisaOwn,
		KeyVisasMissing, KeyChecklist,
	}
}

func groupNotifications() []string {
	return []string{NotifyTask, NotifyTaskBack, NotifySubOpinion, NotifyVisa, NotifyCheck, NotifySentBack, NotifyToSign}
}
