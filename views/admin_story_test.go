package views_test

import (
	"fmt"
	"strings"

	"github.com/a-h/templ"

	"ngportal/views"
)

// managed is a page of somebody who manages something.
func managed(title string) views.Page {
	p := page(title)
	p.SettingsHref, p.AdminHref, p.Waiting = "/settings/", "/admin/", 3
	return p
}

func tabs(current string) []views.Tab {
	var all []views.Tab
	for _, label := range []string{"People", "Groups", "Datasets", "Terms", "Requests", "Service accounts", "Apps", "Audit"} {
		t := views.Tab{Label: label, Href: "/admin/" + strings.ReplaceAll(strings.ToLower(label), " ", "-"), Current: label == current}
		if label == "Requests" {
			t.Waiting = 3
		}
		all = append(all, t)
	}
	return all
}

func admin(title string, sections ...views.Section) views.AdminPage {
	return views.AdminPage{
		Page: managed(title), Heading: title, Intro: "Whoever has signed in is here. What they may see comes from their groups.",
		Area: "Administration", Tabs: tabs(title), Sections: sections,
	}
}

// person is row i of a table of people.
func person(i int, name string) views.TableRow {
	id := []views.Field{{Name: "person", Value: fmt.Sprint(i)}}
	row := views.TableRow{
		Cells: []views.Cell{
			{Text: name, Href: fmt.Sprintf("/admin/people/%d", i), Soft: fmt.Sprintf("person%d@example.org", i)},
			{Text: "HiP-CT, LINC, everyone signed in"},
			{Text: "2025-11-03 14:02", DateTime: "2025-11-03T14:02:09Z"},
			{Text: fmt.Sprint(i * 37)},
			{Text: fmt.Sprintf("%08x", i*2654435761), Code: true},
		},
		Actions: []views.Action{{Label: "Change", About: name, Href: fmt.Sprintf("/admin/people/%d", i)}, {Label: "Remove", About: name, Post: "/admin/people/remove", Hidden: id, Weight: views.Danger}},
	}
	switch i % 5 {
	case 0:
		row.Cells[0].State = views.State{Word: "administrator"}
	case 3:
		row.Cells[2] = views.Cell{State: views.Declined("Has left.")}
	case 4:
		row.Cells[1] = views.Cell{}
	}
	return row
}

func people(rows ...views.TableRow) *views.Table {
	return &views.Table{
		Caption: "People",
		Columns: []views.Column{
			{Label: "Name", Sort: views.SortLink{Href: "/admin/people?sort=-name", Order: views.Ascending}},
			{Label: "Groups"},
			{Label: "Last seen", Sort: views.SortLink{Href: "/admin/people?sort=seen"}},
			{Label: "Links", Sort: views.SortLink{Href: "/admin/people?sort=links"}, Number: true},
			{Label: "Id"},
		},
		Rows: rows,
		Search: &views.Search{
			Action: "/admin/people", Hidden: []views.Field{{Name: "sort", Value: "name"}},
			Fields: []views.Input{{Kind: views.InputSearch, Name: "q", Label: "Name or e-mail"}},
		},
		Pager: views.Pager{Position: "51–100 of 10,000", Previous: "/admin/people?page=1", Next: "/admin/people?page=3"},
		Empty: views.Empty{Heading: "Nobody is called so", Text: "Names and e-mails are searched. Upper and lower case do not matter."},
	}
}

func manyPeople() *views.Table {
	names := append(oddNames(), "\u202eevig si eman siht", "דניאל בן־דוד", "Ada Lovelace", "Ben")
	var rows []views.TableRow
	for i := range 50 {
		rows = append(rows, person(i, names[i%len(names)]))
	}
	return people(rows...)
}

// inputs are all kinds of fields; fault is what is wrong with each.
func inputs(fault string) []views.Input {
	levels := []views.Option{
		{Label: "View", Value: "view", Help: "See the data and open them in Neuroglancer."},
		{Label: "Edit", Value: "edit", Selected: true},
		{Label: script, Value: "x"},
	}
	all := []views.Input{
		{Kind: views.InputText, Name: "name", Label: "Name", Value: script, Required: true, Max: 80, Autocomplete: "name", Help: "As others see it."},
		{Kind: views.InputEmail, Name: "email", Label: "E-mail", Value: "ben@example.org"},
		{Kind: views.InputURL, Name: "origin", Label: "Origin", Value: "https://ng.example.org"},
		{Kind: views.InputDate, Name: "until", Label: "Until", Value: "2026-05-01", Min: "2025-11-04", Help: "Empty: without an end."},
		{Kind: views.InputNumber, Name: "days", Label: "Days", Value: "30", Min: "1"},
		{Kind: views.InputSelect, Name: "level", Label: "Permission", Options: levels},
		{Kind: views.InputRadio, Name: "group", Label: "Group", Required: true, Options: levels},
		{Kind: views.InputCheckboxes, Name: "scope", Label: "What the token may do", Options: levels, Help: "As little as will do."},
		{Kind: views.InputCheckbox, Name: "listed", Label: "All signed-in people see its title and description", Value: "1", Checked: true, Help: "They can ask for access then."},
		{Kind: views.InputTextArea, Name: "why", Label: "Reason", Value: "\nTwo lines,\n</textarea>" + script, Required: true, Max: 2000},
	}
	for i := range all {
		all[i].Fault = fault
	}
	return all
}

func fullForm(fault string) views.Form {
	f := views.Form{
		Action: "/admin/groups/add", Intro: "A group is opened a dataset, and all its people with it.", Hidden: []views.Field{{Name: "version", Value: "7"}},
		Fields: inputs(fault), Confirm: "Yes, tell everybody", Submit: "Add the group", Weight: views.Main,
	}
	if fault != "" {
		f.Fault, f.Unconfirmed = "Somebody has changed the group since you opened this page.", true
	}
	return f
}

func terms() []views.Block {
	words := func(text string) []views.Inline { return []views.Inline{{Text: text}} }
	paragraph := views.Block{Inlines: []views.Inline{
		{Text: "Cite "},
		{Kind: views.InlineStrong, Inlines: words("the paper")},
		{Text: ", and "},
		{Kind: views.InlineEmphasis, Inlines: words("always")},
		{Text: " the "},
		{Kind: views.InlineLink, Href: "https://doi.org/10.1/x", Inlines: words("data")},
		{Text: ", with "},
		{Kind: views.InlineCode, Text: "I58"},
		{Text: "."},
		{Kind: views.InlineBreak},
		{Text: script},
		{Kind: views.InlineLink, Href: "javascript:alert(1)", Inlines: words(" no link")},
	}}
	item := func(text string, more ...views.Block) views.Block {
		return views.Block{Kind: views.BlockItem, Blocks: append([]views.Block{{Inlines: words(text)}}, more...)}
	}
	nested := views.Block{Kind: views.BlockList, Blocks: []views.Block{item("one"), item("two")}}
	return []views.Block{
		{Kind: views.BlockHeading, Level: 1, Inlines: words("Use")},
		paragraph,
		{Kind: views.BlockList, Ordered: true, Start: 4, Blocks: []views.Block{item("four", nested), item("five")}},
		{Kind: views.BlockHeading, Level: 3, Inlines: words("Small print")},
		{Kind: views.BlockQuote, Blocks: []views.Block{paragraph}},
		{Kind: views.BlockCode, Text: "ngportal get I58 " + strings.Repeat("--long ", 30) + "\n" + script},
		{Kind: views.BlockRule},
		paragraph,
	}
}

func adminPages() map[string]templ.Component {
	undone, none := admin("People", views.Section{Table: manyPeople()}), people()
	undone.Notice = &views.Notice{Kind: views.Success, Text: views.Name("\u202eBen") + " was removed from HiP-CT.", Action: &views.Action{Label: "Undo", Post: "/admin/groups/undo", Hidden: []views.Field{{Name: "change", Value: "12"}}}}
	none.Search.Fields[0].Value, none.Search.Clear, none.Pager = `"Ben"`, "/admin/people", views.Pager{}
	alone := admin("Terms of use", views.Section{Prose: terms()}, views.Section{Forms: []views.Form{{Action: "/terms/accept", Confirm: "Yes, I accept these terms", Submit: "Accept", Weight: views.Main}}})
	alone.Tabs = nil
	refusal := views.Form{Action: "/request/decline", Hidden: []views.Field{{Name: "request", Value: "9"}}, Fields: inputs("")[9:], Submit: "Decline", Weight: views.Danger}
	return map[string]templ.Component{
		"admin-people":  views.Admin(undone),
		"admin-none":    views.Admin(admin("People", views.Section{Table: none})),
		"admin-form":    views.Admin(admin("Groups", views.Section{Heading: "Add a group", Forms: []views.Form{fullForm("")}})),
		"admin-faults":  views.Admin(admin("Groups", views.Section{Heading: "Add a group", Forms: []views.Form{fullForm("This does not look right: " + script)}})),
		"admin-terms":   views.Admin(alone),
		"admin-group":   views.Admin(groupPage()),
		"admin-confirm": views.Confirm(views.ConfirmPage{Page: managed("Decline"), Heading: "You are about to decline " + script, What: []string{"Eve is told, with your reason.", "She can ask again."}, Form: refusal, BackHref: "/admin/requests", BackText: "Keep it waiting"}),
	}
}

// groupPage has one of everything that is not on the others.
func groupPage() views.AdminPage {
	m := admin("Groups", views.Section{
		Heading: "HiP-CT", Intro: "What is known of the group.", State: views.Approved("Into the group HiP-CT until 1 May 2026."),
		Notes:   []views.Problem{{Severity: views.Warning, Text: "Two people have left."}},
		Secret:  &views.Secret{Name: "Token “laptop”", Value: "0123456789abcdef0123456789abcdef", Text: "was made; it is good until 1 May 2026."},
		Actions: []views.Action{{Label: "As CSV", About: "of HiP-CT", Href: "/admin/groups/1.csv"}, {Label: "End all sessions", Post: "/settings/sessions/end", Weight: views.Danger}},
		Facts: []views.Fact{
			{Label: "Administrator", Value: "Ada Lovelace", Href: "/admin/people/1"},
			{Label: "Request", State: views.Waiting("Asked on 3 November 2025.")},
			{Label: "Description", Value: oddNames()[4]},
		},
	}, views.Section{Heading: "Add a person", Forms: []views.Form{{Action: "/admin/groups/join", Line: true, Fields: []views.Input{inputs("")[1], inputs("")[5], inputs("")[3]}, Submit: "Add", Weight: views.Main}}})
	m.Breadcrumbs = []views.Crumb{{Name: "Groups", Href: "/admin/groups"}, {Name: "HiP-CT"}}
	return m
}

func askPages() map[string]templ.Component {
	cards := []views.AskCard{
		{Title: "Macaque M1", Name: "m1", Description: "Two-photon microscopy.", Href: "/request/m1"},
		{Title: script, Name: "odd", State: views.Waiting("Asked on 3 November 2025.")},
		{Title: "دماغ", Name: "brain", Description: "HiP-CT", Href: "/request/brain", State: views.Declined("Only for members of the project.")},
	}
	refused := views.LinkRefusedPage{Page: managed("No access"), Lacking: 1, Layers: 3, Unlisted: 1, Missing: []views.MissingDataset{
		{Title: "Subject I58", Href: "/request/I58"}, {Title: script, State: views.Waiting("Asked on 3 November 2025.")},
	}}
	return map[string]templ.Component{
		"home-ask":         views.Home(views.HomePage{Page: managed("Data"), Askable: cards}),
		"link-refused-ask": views.LinkRefused(refused),
	}
}
