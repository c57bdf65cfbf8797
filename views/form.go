package views

import (
	"strconv"
	"strings"

	"github.com/a-h/templ"
)

// A Form sends its fields with POST. When it comes back with faults, the fields hold what was
// entered, and the faults are told at its top as well as at the fields.
type Form struct {
	Action      string
	Intro       string // a sentence before the fields; "" for none
	Fault       string // what is wrong with the form as a whole; "" for nothing
	Hidden      []Field
	Fields      []Input
	Confirm     string // "Yes, delete the group": a box that must be ticked, sent as confirm=yes; "" for none
	Unconfirmed bool   // the form came back because the box was not ticked
	Submit      string // what the button says
	Weight      Weight // of the button
	Line        bool   // a short form: fields and button beside each other where there is room
}

// An Input is a field of a form that is filled in.
type Input struct {
	Kind         InputKind
	Name         string
	Label        string
	Value        string // as entered; what a checkbox sends when it is ticked
	Help         string // a sentence; "" for none
	Fault        string // what is wrong with the value; "" for nothing
	Required     bool
	Checked      bool     // of a checkbox
	Max          int      // length in characters; 0 for any
	Min          string   // lowest number or date; "" for any
	Autocomplete string   // "" for off
	Options      []Option // of a select, of radio buttons and of a set of checkboxes
}

// An InputKind is how a field is filled in.
type InputKind string

// The kinds of fields. Any other is drawn as InputText.
const (
	InputText       InputKind = "text"
	InputSearch     InputKind = "search"
	InputEmail      InputKind = "email"
	InputURL        InputKind = "url"
	InputNumber     InputKind = "number"
	InputDate       InputKind = "date" // Value and Min as 2006-01-02
	InputTextArea   InputKind = "textarea"
	InputSelect     InputKind = "select"
	InputCheckbox   InputKind = "checkbox"
	InputRadio      InputKind = "radio"      // one of Options
	InputCheckboxes InputKind = "checkboxes" // any of Options, all sent under Name
)

// An Option is a value to choose.
type Option struct {
	Label    string
	Value    string
	Selected bool
	Help     string // a sentence; not in a select
}

// kind is the type attribute of an <input>.
func (f Input) kind() string {
	switch f.Kind {
	case InputSearch, InputEmail, InputURL, InputNumber, InputDate, InputCheckbox, InputRadio:
		return string(f.Kind)
	case InputCheckboxes:
		return "checkbox"
	case InputText, InputTextArea, InputSelect:
	}
	return "text"
}

// attributes are what an <input>, a <textarea> and a <select> have in common.
func (f Input) attributes(id string) templ.Attributes {
	a := templ.Attributes{"id": id, "name": f.Name, "required": f.Required, "autocomplete": "off"}
	if f.Autocomplete != "" {
		a["autocomplete"] = f.Autocomplete
	}
	if f.Max > 0 {
		a["maxlength"] = strconv.Itoa(f.Max)
	}
	if f.Min != "" {
		a["min"] = f.Min
	}
	if by := f.describedBy(id); by != "" {
		a["aria-describedby"] = by
	}
	if f.Fault != "" {
		a["aria-invalid"] = "true"
	}
	return a
}

// direction lets a text go the way it is written.
func (f Input) direction() string {
	switch f.Kind {
	case InputEmail, InputURL, InputNumber, InputDate:
		return "ltr"
	case InputText, InputSearch, InputTextArea, InputSelect, InputCheckbox, InputRadio, InputCheckboxes:
	}
	return "auto"
}

// mark says that a field may be left empty; a choice always has a value or needs none.
func (f Input) mark() string {
	switch f.Kind {
	case InputText, InputEmail, InputURL, InputNumber, InputDate, InputTextArea:
		if !f.Required {
			return "(optional)"
		}
	case InputSearch, InputSelect, InputCheckbox, InputRadio, InputCheckboxes:
	}
	return ""
}

// describedBy is the ids of what explains the field that has this id.
func (f Input) describedBy(id string) string {
	var ids []string
	if f.Fault != "" {
		ids = append(ids, id+"-fault")
	}
	if f.Help != "" {
		ids = append(ids, id+"-help")
	}
	return strings.Join(ids, " ")
}

// A fault is a line of the summary at a form's top.
type fault struct{ label, text, href string }

// faults are the form's, in the order of its fields.
func (f Form) faults(id string) []fault {
	var all []fault
	if f.Fault != "" {
		all = append(all, fault{text: f.Fault})
	}
	for i, in := range f.Fields {
		if in.Fault == "" {
			continue
		}
		at := "#" + nth(id, i)
		if in.Kind == InputRadio || in.Kind == InputCheckboxes {
			at = "#" + nth(nth(id, i), 0)
		}
		all = append(all, fault{in.Label, in.Fault, at})
	}
	if f.Unconfirmed {
		all = append(all, fault{f.Confirm, unconfirmed, "#" + id + "-confirm"})
	}
	return all
}

// unconfirmed is what is wrong with a box that must be ticked.
const unconfirmed = "Tick the box to go on."
