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
	does      string // for the list of log-in links
}

// demoStaff are the agency's people: drafter, checker and signatory of a letter are three.
func demoStaff() []staffMember {
	return []staffMember{
		{"Leyla Məmmədova", "1AA1B2C", docket.RoleRegistrar, "registrations"},
		{"Elçin Hüseynov", "2BB2C3D", docket.RoleCoordinator, "incoming projects, deficiencies"},
		{"Nigar Əliyeva", "3CC3D4E", docket.RoleExpert, "drafts opinions"},
		{"Tural Babayev", "4DD4E5F", docket.RoleDispatchChecker, "checks before sealing"},
		{"Kamran Şükürov", "5EE5F6G", docket.RoleSignatory, "signs opinions, has the seal put on"},
		{"Aygün Rzayeva", "6FF6G7H", docket.RoleAuditor, "reads the audit log"},
		{"Vüsal Kərimov", "7GG7H8J", docket.RoleAdmin, "system"},
	}
}
