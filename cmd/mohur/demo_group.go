package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"mohur/docket"
	"mohur/internal/desk"
)

// hire makes the agency's units and people.
func (d *demo) hire(ctx context.Context, s *story) error {
	v := d.world.office.desk
	s.people, s.units = map[string]docket.Actor{}, map[string]docket.Unit{}
	for _, u := range docket.DefaultUnits() {
		put, err := v.PutUnit(ctx, docket.System(), u)
		if err != nil {
			return d.inWords(err)
		}
		s.units[u.Code] = *put
	}
	for _, m := range demoStaff() {
		roles := append([]docket.Role{m.role}, m.also...)
		u, err := v.AddUser(ctx, docket.System(), desk.AddUserInput{Name: m.name, FIN: m.fin, Email: m.mail(), Roles: roles})
		if err != nil {
			return d.inWords(err)
		}
		if err := v.SetUnit(ctx, docket.System(), u.ID, s.units[m.unit].ID); err != nil {
			return d.inWords(err)
		}
		who, err := v.Actor(ctx, u.ID)
		if err != nil {
			return d.inWords(err)
		}
		s.people[m.fin] = who
		if _, ok := s.staff[m.role]; !ok {
			s.staff[m.role] = who
		}
	}
	return nil
}

// ofUnit is the first of a unit's people who holds the role.
func (s *story) ofUnit(unit string, role docket.Role) docket.Actor {
	for _, m := range demoStaff() {
		if m.unit == unit && (m.role == role || slices.Contains(m.also, role)) {
			return s.people[m.fin]
		}
	}
	return docket.Actor{}
}

// asked are the units that the demo's coordinator asks; the first leads.
func asked() []string { return []string{"it", "e-services", "legal"} }

// tasks are the tasks of a review: IT leads.
func (s *story) tasks() []desk.TaskInput {
	var list []desk.TaskInput
	for i, unit := range asked() {
		list = append(list, desk.TaskInput{Unit: s.units[unit].ID, Person: s.ofUnit(unit, docket.RoleExpert).UserID, Lead: i == 0})
	}
	return list
}

// unitWords are what the demo's units say of a project.
func unitWords() map[string]string {
	return map[string]string{
		"it":         "Texniki tapşırıq və arxitektura öyrənilmişdir, tələblərə uyğundur. Sistemin Elektron Hökumət İnformasiya Sisteminə inteqrasiyası təmin edilməlidir.",
		"e-services": "Layihə məqsədəuyğundur: xidmətin göstərilmə müddəti qısalır, təkrar sənəd tələb olunmur.",
		"legal":      "Layihənin hüquqi əsasları göstərilmişdir, qanunvericiliyə ziddiyyət yoxdur.",
	}
}

// examine gives the units their tasks and has each answer.
func (d *demo) examine(ctx context.Context, s *story, sub docket.ID) error {
	v := d.world.office.desk
	if _, err := v.ReviewSubmission(ctx, s.staff[docket.RoleCoordinator], sub, s.tasks()); err != nil {
		return err
	}
	for _, unit := range asked() {
		who := s.ofUnit(unit, docket.RoleExpert)
		rows, err := v.Tasks(ctx, who)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if row.SubmissionID != sub || !row.MayAnswer {
				continue
			}
			if _, err := v.WriteSubOpinion(ctx, who, row.ID, desk.SubOpinionInput{
				Text: unitWords()[unit], Outcome: "positive", Attachments: []desk.Attachment{{Name: "arayış.txt", Content: strings.NewReader("Arayış\r\n")}},
			}); err != nil {
				return err
			}
		}
	}
	return nil
}

// agree asks for the visas of a drafted opinion, has them given, and lets it be checked.
func (d *demo) agree(ctx context.Context, s *story, l *docket.Letter) (*docket.Letter, error) {
	v := d.world.office.desk
	if _, err := v.RequestVisas(ctx, s.staff[docket.RoleExpert], l.ID); err != nil {
		return nil, err
	}
	for _, unit := range asked() {
		head := s.ofUnit(unit, docket.RoleVisaGiver)
		queue, err := v.VisaQueue(ctx, head)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(queue, func(row desk.VisaRow) bool { return row.LetterID == l.ID })
		if i < 0 {
			return nil, fmt.Errorf("%s is not asked for its visa", unit)
		}
		if _, err := v.GiveVisa(ctx, head, queue[i].ID, l.Unsealed); err != nil {
			return nil, err
		}
	}
	return v.CheckDispatch(ctx, s.staff[docket.RoleDispatchChecker], desk.CheckDispatchInput{Letter: l.ID, Seen: l.Unsealed, Points: docket.Checklist()})
}
