package main

import (
	"mohur/docket"
	"mohur/internal/demopki"
)

// The demo's agency and bodies are made up; no such bodies exist.
const (
	agencyName = "Nümunə Dövlət Agentliyi"
	agencyVOEN = "1400000011"
)

// demoBodies is the directory of the demo.
func demoBodies() []docket.Body {
	return []docket.Body{
		{Name: "Nümunə Ekologiya Xidməti", VOEN: "1400000021", Active: true},
		{Name: "Nümunə Gömrük Komitəsi", VOEN: "1400000031", Active: true},
		{Name: "Nümunə Torpaq Xidməti", VOEN: "1400000041", Active: true},
		{Name: "Nümunə Şəhərsalma Komitəsi", VOEN: "1400000051", Active: true},
		{Name: "Nümunə İqtisadiyyat Mərkəzi", VOEN: "1400000061", Active: true},
	}
}

// The heads of the bodies; their certificates carry the seal right.

func director() demopki.Person {
	return demopki.Person{
		GivenName: "Günay", Surname: "İsmayılova", FIN: "5AB1C2D", Organisation: "Nümunə Ekologiya Xidməti", VOEN: "1400000021", Title: "Rəis", SealRight: true,
	}
}

func customsHead() demopki.Person {
	return demopki.Person{
		GivenName: "Rəşad", Surname: "Quliyev", FIN: "6CD2E3F", Organisation: "Nümunə Gömrük Komitəsi", VOEN: "1400000031", Title: "Sədr", SealRight: true,
	}
}

func landHead() demopki.Person {
	return demopki.Person{
		GivenName: "Ağa", Surname: "Çıraqlı", FIN: "7EF3G4H", Organisation: "Nümunə Torpaq Xidməti", VOEN: "1400000041", Title: "Rəis", SealRight: true,
	}
}

func cityHead() demopki.Person {
	return demopki.Person{
		GivenName: "Şəbnəm", Surname: "Öməröva", FIN: "8GH4J5K", Organisation: "Nümunə Şəhərsalma Komitəsi", VOEN: "1400000051", Title: "Sədr", SealRight: true,
	}
}

// agencyHead signs the agency's opinions; his account is that of the staff's signatory.
func agencyHead() demopki.Person {
	return demopki.Person{GivenName: "Kamran", Surname: "Şükürov", FIN: "5EE5F6G", Organisation: agencyName, VOEN: agencyVOEN, Title: "Sədr müavini"}
}

// staffMember is one of the agency's people.
type staffMember struct {
	name, fin string
	role      docket.Role
	unit      string // code
	does      string // for the list of log-in links
	also      []docket.Role
}

// demoStaff are the agency's people: drafter, checker and signatory of a letter are three.
func demoStaff() []staffMember {
	return []staffMember{
		{name: "Leyla Məmmədova", fin: "1AA1B2C", role: docket.RoleRegistrar, unit: "documents", does: "registrations"},
		{name: "Elçin Hüseynov", fin: "2BB2C3D", role: docket.RoleCoordinator, unit: "documents", does: "incoming projects, tasks"},
		{name: "Nigar Əliyeva", fin: "3CC3D4E", role: docket.RoleExpert, unit: "it", does: "IT: answers, drafts opinions"},
		{name: "Sənan Qəhrəmanov", fin: "3HH8J9K", role: docket.RoleVisaGiver, unit: "it", does: "IT: head, gives the visa"},
		{name: "Zeynəb Tağıyeva", fin: "3KK9L1M", role: docket.RoleExpert, also: []docket.Role{docket.RoleVisaGiver}, unit: "e-services", does: "e-services: answers, visa"},
		{name: "Orxan Vəliyev", fin: "3LL1M2N", role: docket.RoleExpert, also: []docket.Role{docket.RoleVisaGiver}, unit: "legal", does: "legal: answers, visa"},
		{name: "Tural Babayev", fin: "4DD4E5F", role: docket.RoleDispatchChecker, unit: "documents", does: "checks before sealing"},
		{name: "Kamran Şükürov", fin: "5EE5F6G", role: docket.RoleSignatory, unit: "chancellery", does: "signs opinions, has the seal put on"},
		{name: "Aygün Rzayeva", fin: "6FF6G7H", role: docket.RoleAuditor, unit: "chancellery", does: "reads the audit log"},
		{name: "Vüsal Kərimov", fin: "7GG7H8J", role: docket.RoleAdmin, unit: "it", does: "system"},
	}
}

// mail is the address of one of the agency's people.
func (m staffMember) mail() string {
	if len(m.also) > 0 {
		return string(m.role) + "." + m.unit + "@agentlik.test"
	}
	return string(m.role) + "@agentlik.test"
}
