package views

import "strconv"

// Number writes n with a comma between thousands.
func Number[T int | int64](n T) string {
	s := strconv.FormatInt(int64(n), 10)
	for at := len(s) - 3; at > 0 && s[at-1] != '-'; at -= 3 {
		s = s[:at] + "," + s[at:]
	}
	return s
}

// noun is the English word for n of them.
func noun(n int, one string) string {
	if n == 1 {
		return one
	}
	return one + "s"
}

// role makes a screen reader say an error at once and anything else when it has time.
func role(s Severity) string {
	if s == Error {
		return "alert"
	}
	return "status"
}

// A keyWord is a key and what it does, as js/keys.js has it.
type keyWord struct{ key, does string }

func keyHelp() []keyWord {
	return []keyWord{
		{"/", "filter this folder"},
		{"j", "next row"},
		{"k", "row before"},
		{"x", "tick the row"},
		{"o", "open the row (also Enter)"},
		{"a", "add what is ticked to the tray"},
		{"t", "go to the tray"},
		{"?", "this help"},
	}
}

// yesNo is a truth value as ARIA spells it.
func yesNo(b bool) string {
	if b {
		return "true"
	}
	return "false"
}
