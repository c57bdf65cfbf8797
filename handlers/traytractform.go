package handlers

import (
	"net/url"
	"strconv"
	"strings"

	"ngportal/ngstate"
)

// readTract reads the looks of a tractogram from the form of an asset, nil where nothing is chosen. A form that has none of
// them leaves them as they are.
func readTract(form url.Values, before *ngstate.TractLook) (*ngstate.TractLook, error) {
	if !form.Has("tract") {
		return before, nil
	}
	var l ngstate.TractLook
	for _, choice := range []struct {
		to          *string
		field, what string
		known       []string
	}{
		{&l.As, "as", "representation", []string{"skeleton", "annotation"}},
		{&l.Frame, "frame", "frame", []string{"ras", "lps"}},
	} {
		var err error
		if *choice.to, err = choiceIn(form, choice.field, choice.what, choice.known); err != nil {
			return nil, err
		}
	}
	if err := readTractNumbers(form, &l); err != nil {
		return nil, err
	}
	if l.Color = form.Get("tractcolor"); l.Color == onePaint {
		if l.Color = strings.ToLower(form.Get("paint")); !ngstate.IsColor(l.Color) {
			return nil, badField("color", l.Color)
		}
	}
	l.Bundles = form["bundle"]
	if err := checkTract(&l); err != nil {
		return nil, err
	}
	if l.As+l.Frame+l.Color == "" && l.Density == 0 && l.Width == 0 && l.MinLength == 0 && len(l.Bundles) == 0 {
		return nil, nil //nolint:nilnil // nothing is chosen, which is no error
	}
	return &l, nil
}

func readTractNumbers(form url.Values, l *ngstate.TractLook) error {
	width, err := numberIn(form, "width", "line width", 0.1, 20)
	if err != nil {
		return err
	}
	least, err := numberIn(form, "minlength", "minimal length", 0, longestMinimum)
	if err != nil {
		return err
	}
	density, err := choiceIn(form, "density", "density", []string{"1", "2", "3", "4", "5"})
	if err != nil {
		return err
	}
	if width != nil {
		l.Width = *width
	}
	if least != nil {
		l.MinLength = *least
	}
	l.Density, _ = strconv.Atoi(density) // "" is 0
	return nil
}

// checkTract refuses what no form of ours sends.
func checkTract(l *ngstate.TractLook) error {
	if len(l.Bundles) > mostTicks {
		return badField("number of bundles", strconv.Itoa(len(l.Bundles)))
	}
	if why := l.Fault(); why != "" {
		return badField("look of the streamlines", why)
	}
	return nil
}
