package handlers

import (
	"cmp"
	"errors"
	"io/fs"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"ngportal/store"
	"ngportal/views"
)

// A teller makes sentences of the audit. It looks up the names of people and groups, each once.
type teller struct {
	s       *site
	r       *http.Request
	phrases map[store.Event]phrase
	names   map[string]string
	you     bool // it talks to whoever has done it
}

func (s *site) teller(r *http.Request) *teller {
	return &teller{s: s, r: r, phrases: phrases(), names: map[string]string{}}
}

// A phrase says what somebody has done, in the three ways of an event that changes something. {words} in it stand for
// what [teller.word] knows.
type phrase struct{ made, changed, removed string }

// phrases are those of all events. An event without a before and an after uses the first.
func phrases() map[store.Event]phrase {
	once := func(text string) phrase { return phrase{text, text, text} }
	return map[store.Event]phrase{
		store.SignedIn:         once("signed in with {via}"),
		store.SignInRefused:    once("was not let in by {object}"),
		store.SignedOut:        once("signed out"),
		store.SessionEnded:     once("signed {subject} out of other browsers"),
		store.Refused:          once("was refused: {detail}"),
		store.LinkOpened:       once("opened the link “{detail}”"),
		store.LinkMade:         once("made the link “{detail}”"),
		store.CookiesIssued:    once("was given cookies for {object}"),
		store.PersonChanged:    once("changed the account of {subject}"),
		store.ServiceMade:      once("made the service account “{name}”"),
		store.IdentityAdded:    once("linked an account of {provider} to {subject}"),
		store.IdentityRemoved:  once("removed an account of {provider} from {subject}"),
		store.AffiliationsSet:  {"noted the affiliation “{name}” of {subject}", "changed the affiliation “{name}” of {subject}", "removed the affiliation “{name}” of {subject}"},
		store.GroupMade:        once("made the group “{name}”"),
		store.GroupChanged:     once("changed the group “{name}”"),
		store.GroupRemoved:     once("removed the group “{name}”"),
		store.MemberChanged:    {"put {subject} into the group {group}", "changed the membership of {subject} in the group {group}", "took {subject} out of the group {group}"},
		store.InviteChanged:    {"invited {email} into the group {group}", "changed the invitation of {email} into the group {group}", "took back the invitation of {email} into the group {group}"},
		store.DatasetMade:      once("made the dataset “{dataset}”"),
		store.DatasetChanged:   once("changed the dataset “{dataset}”"),
		store.LocationChanged:  {"added the location “{id}” to the dataset “{dataset}”", "changed the location “{id}” of the dataset “{dataset}”", "removed the location “{id}” of the dataset “{dataset}”"},
		store.GrantChanged:     {"gave the group {group} the permission “{permission}” on “{dataset}”", "changed the permission “{permission}” of the group {group} on “{dataset}”", "took the permission “{permission}” on “{dataset}” from the group {group}"},
		store.TermsMade:        once("made the terms “{name}”"),
		store.TermsChanged:     once("published version {version} of the terms “{name}”"),
		store.TermsAccepted:    once("accepted version {version} of the terms “{name}”"),
		store.AccessRequested:  {"asked for access to “{dataset}”", "reopened the request of {subject} for “{dataset}”", ""},
		store.RequestAnswered:  once("{state} the request of {subject} for “{dataset}”"),
		store.RequestWithdrawn: once("withdrew the request for “{dataset}”"),
		store.TokenMade:        once("made the token “{name}” for {subject}"),
		store.TokenRevoked:     once("revoked the token “{name}” of {subject}"),
		store.AppChanged:       {"trusted the app {origin}", "changed the app {origin}", "stopped trusting the app {origin}"},
		store.Seeded:           once("made what the configuration names"),
	}
}

var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

// did says what an entry tells of, without who has done it: "put Ben into the group “HiP-CT”".
func (t *teller) did(e store.Entry) string {
	p, ok := t.phrases[e.Event]
	if !ok {
		p.made, p.changed, p.removed = string(e.Event), string(e.Event), string(e.Event)
	}
	text, kept := p.made, factsOf(e.Before)
	switch {
	case e.Before != "" && e.After != "":
		text = p.changed
	case e.Before != "":
		text = p.removed
	}
	for key, value := range factsOf(e.After) {
		kept[key] = value
	}
	return placeholder.ReplaceAllStringFunc(text, func(word string) string {
		return t.word(e, kept, word[1:len(word)-1])
	})
}

// word is what a phrase says in the place of {name}.
func (t *teller) word(e store.Entry, f facts, name string) string {
	switch name {
	case "subject":
		return t.subject(e)
	case "group":
		return "“" + t.group(e, f) + "”"
	case "object":
		return views.Name(e.Object)
	case "dataset":
		return views.Name(e.Dataset)
	case "detail":
		return views.Name(e.Detail)
	case "via":
		return views.Name(e.Via)
	}
	if text, ok := f[name].(string); ok {
		return views.Name(text)
	}
	if v, ok := f[name]; ok {
		return views.Name(t.value(name, v))
	}
	return views.Name(e.Object)
}

// toldTo tells whoever asks of what they have done themselves.
func (t *teller) toldTo(e store.Entry) string {
	t.you = true
	text := "You " + t.did(e)
	if what := t.differences(e); e.Before != "" && e.After != "" && what != "" {
		text += ": " + what
	}
	return sentence(text)
}

func (t *teller) subject(e store.Entry) string {
	if t.you && e.Subject == e.Person {
		return "yourself"
	}
	return t.person(e.Subject)
}

// person is what an account is called now.
func (t *teller) person(id int64) string {
	return t.once("account "+strconv.FormatInt(id, 10), func() (string, error) {
		p, err := t.s.Store.Profile(t.r.Context(), rights(t.r), id)
		return cmp.Or(p.Name, p.Email), err
	})
}

// group is what the group of an entry is called now; one that is gone has left its name where its removal was noted.
func (t *teller) group(e store.Entry, f facts) string {
	id, err := strconv.ParseInt(strings.TrimPrefix(e.Object, "group "), 10, 64)
	if err != nil {
		n, _ := f["group"].(float64)
		id = int64(n)
	}
	return t.groupNamed(id)
}

func (t *teller) groupNamed(id int64) string {
	return t.once("group "+strconv.FormatInt(id, 10), func() (string, error) {
		g, err := t.s.Store.Group(t.r.Context(), rights(t.r), id)
		return g.Name, err
	})
}

// once looks a name up unless it is known. What is not there any more, or not for whoever asks, is called by its key.
func (t *teller) once(key string, look func() (string, error)) string {
	name, ok := t.names[key]
	if ok {
		return name
	}
	name, err := look()
	if err != nil || name == "" {
		name = key
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
		t.s.incomplete(t.r, err)
	}
	name = views.Name(name)
	t.names[key] = name
	return name
}
