package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// printLines prints a line for each check, for people, and what to do below those that did not hold.
func printLines(w io.Writer, found []result) error {
	var b bytes.Buffer
	for _, r := range found {
		word := map[status]string{held: "ok", noted: "note", wrong: "WRONG", unchecked: "-"}[r.status]
		fmt.Fprintf(&b, "%-5s %s", word, r.title)
		detail := strings.ReplaceAll(r.detail, "\n", "\n        ")
		switch {
		case r.status == unchecked:
			fmt.Fprintf(&b, ": not checked, because %s", detail)
		case r.status == held && detail != "":
			fmt.Fprintf(&b, " (%s)", detail)
		case detail != "":
			fmt.Fprintf(&b, ": %s", detail)
		}
		b.WriteByte('\n')
		if r.mend != "" {
			fmt.Fprintf(&b, "      mend: %s\n", r.mend)
		}
	}
	_, err := w.Write(b.Bytes())
	return err
}

// printJSON prints one document for programs. Names and statuses stay the same from version to version, sentences need not.
func printJSON(w io.Writer, found []result) error {
	type one struct {
		Name   string `json:"name"`
		Title  string `json:"title"`
		Status status `json:"status"`
		Detail string `json:"detail"`
		Mend   string `json:"mend"`
	}
	doc := struct {
		OK     bool  `json:"ok"`
		Checks []one `json:"checks"`
	}{OK: verdict(found) == nil}
	for _, r := range found {
		doc.Checks = append(doc.Checks, one{r.name, r.title, r.status, r.detail, r.mend})
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(doc)
}
