package mail

import (
	"cmp"
	"fmt"
	"time"
)

// How much of what people write goes into a notice, in characters.
const (
	maxName     = 80
	maxSentence = 500
	maxLink     = 2000
)

// A Portal is what a notice says of where it comes from.
type Portal struct {
	Name, URL string
}

// A Request is somebody's asking for access to a dataset.
type Request struct {
	Portal   Portal
	Dataset  string // its title
	Name     string // of who asks; may be empty
	Email    string // of who asks; may be empty
	Sentence string // what they wrote; may be empty
	Link     string // full address of the page to decide on
}

// AccessRequested composes the notice to a manager of a dataset that somebody asks for access to it. An answer
// to it goes to who asks, if they have an e-mail address that is one.
func AccessRequested(to string, r Request) Message {
	who := line(cmp.Or(line(r.Name, maxName), r.Email, "Somebody"), maxName)
	whoFully, replyTo := who, ""
	if checkAddress(r.Email) == nil {
		replyTo = r.Email
		if who != r.Email {
			whoFully += " (" + r.Email + ")"
		}
	}
	dataset := line(r.Dataset, maxName)
	wrote := ""
	if sentence := line(r.Sentence, maxSentence); sentence != "" {
		wrote = "They wrote:\n\n" + wrap(sentence, "> ")
	}
	return Message{
		To: to, ReplyTo: replyTo,
		Subject: subject(fmt.Sprintf("%s asks for access to %s", who, dataset)),
		Text: letter(r.Portal,
			wrap(fmt.Sprintf("%s asks for access to “%s”, which you manage.", whoFully, dataset), ""),
			wrote,
			"Approve or decline:\n"+line(r.Link, maxLink)),
	}
}

// An Approval is the good answer to a [Request].
type Approval struct {
	Portal  Portal
	Dataset string    // its title
	Group   string    // that the person is in now
	Until   time.Time // when access ends; zero: it does not
	Link    string    // full address of the dataset
}

// AccessApproved composes the notice to who asked for access that they have it.
func AccessApproved(to string, a Approval) Message {
	dataset := line(a.Dataset, maxName)
	until := ""
	if !a.Until.IsZero() {
		until = " Access ends on " + a.Until.UTC().Format("2 January 2006, 15:04 UTC") + "."
	}
	return Message{
		To:      to,
		Subject: subject("You have access to " + dataset),
		Text: letter(a.Portal,
			wrap(fmt.Sprintf("You now have access to “%s”, as a member of the group “%s”.%s",
				dataset, line(a.Group, maxName), until), ""),
			"Have a look:\n"+line(a.Link, maxLink)),
	}
}

// A Refusal is the other answer to a [Request].
type Refusal struct {
	Portal  Portal
	Dataset string // its title
	Reason  string // may be empty
	Link    string // full address of the request
}

// AccessDeclined composes the notice to who asked for access that they do not get it.
func AccessDeclined(to string, r Refusal) Message {
	dataset := line(r.Dataset, maxName)
	wrote := ""
	if reason := line(r.Reason, maxSentence); reason != "" {
		wrote = "The reason given:\n\n" + wrap(reason, "> ")
	}
	return Message{
		To:      to,
		Subject: subject("No access to " + dataset),
		Text: letter(r.Portal,
			wrap(fmt.Sprintf("Your request for access to “%s” was declined.", dataset), ""),
			wrote,
			"Your request:\n"+line(r.Link, maxLink)),
	}
}
