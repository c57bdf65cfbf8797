package main

import (
	"fmt"
	"strings"
)

// problems are what several things of a kind have, each in its place; most have none.
type problems []problem

type problem struct {
	what   string // the thing
	wrong  string // "": nothing is known to be
	silent string // why nothing is known
}

// or is held, unless something is wrong, which is to be mended so, or not known.
func (l problems) or(held finding, mend string) finding {
	var wrong, silent []string
	for _, one := range l {
		switch {
		case one.wrong != "":
			wrong = append(wrong, one.what+": "+one.wrong)
		case one.silent != "":
			silent = append(silent, one.what+" does not answer: "+one.silent)
		}
	}
	const most = 8
	if len(wrong) > most {
		wrong = append(wrong[:most], fmt.Sprintf("and %d more", len(wrong)-most))
	}
	switch {
	case len(wrong) > 0:
		return bad(mend, "%s", strings.Join(wrong, "\n"))
	case len(silent) > 0:
		return skip("%s", silent[0])
	}
	return held
}
