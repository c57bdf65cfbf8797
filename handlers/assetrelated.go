package handlers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"ngportal/access"
	"ngportal/s3index"
	"ngportal/views"
	"ngportal/volume"
)

// Limits of what a page shows of the files beside an asset. Their own pages have all of them.
const (
	mostLinks   = 20 // of each kind
	mostFields  = 60 // of a JSON
	mostRows    = 50 // of a table
	mostColumns = 16
	mostText    = 400 // characters of a value
)

// relatedLinks lead to what has to do with an asset.
func relatedLinks(p place, a s3index.Asset, more gathered) []views.LinkGroup {
	rel := more.related
	var out []views.LinkGroup
	add := func(title string, links []views.Link) {
		if len(links) == 0 {
			return
		}
		g := views.LinkGroup{Title: title, Links: links[:min(len(links), mostLinks)]}
		if over := len(links) - mostLinks; over > 0 {
			g.More = "and " + views.Number(over) + " more"
		}
		out = append(out, g)
	}
	add("Labels of this image", refLinks(p, rel.Labels))
	add("The image that these labels are of", refLinks(p, rel.Images))
	add("Streamlines of the same subject", refLinks(p, rel.Tracts))
	var matching, others []views.Link
	for _, t := range rel.Transforms {
		l := views.Link{Name: t.Name, Href: assetURL(p.dataset, t.Ref), Note: transformWords(t)}
		if t.Matching {
			matching = append(matching, l)
		} else {
			others = append(others, l)
		}
	}
	add("Registrations of its space", matching)
	add("Other registrations nearby", others)
	if plate, ok := errors.AsType[*volume.PlateError](a.Fault); ok {
		add("Its fields, each an image that opens", inner(p, plate.Fields))
	}
	if a.Fault == nil && a.Volume != nil && len(a.Volume.Series) > 1 {
		add("Its images, each of which opens by itself", inner(p, a.Volume.Series))
	}
	return out
}

// refLinks lead to the pages of assets; what lies in the asset itself is named by its path inside it.
func refLinks(p place, refs []access.Ref) []views.Link {
	var out []views.Link
	for _, ref := range refs {
		name := lastName(ref.Path)
		if inside, ok := strings.CutPrefix(ref.Path, p.ref.Path); ok && strings.HasSuffix(p.ref.Path, "/") {
			name = strings.TrimSuffix(inside, "/")
		}
		out = append(out, views.Link{Name: name, Href: assetURL(p.dataset, ref)})
	}
	return out
}

// inner leads to images inside an asset.
func inner(p place, paths []string) []views.Link {
	var out []views.Link
	for _, path := range paths {
		ref := p.ref
		ref.Path += path + "/"
		if access.CheckPath(ref.Path) == nil {
			out = append(out, views.Link{Name: path, Href: assetURL(p.dataset, ref)})
		}
	}
	return out
}

// transformWords say which way a registration goes. What is called from A to B by its name, LINC applies to the image of B
// if it is an LTA file.
func transformWords(t s3index.TransformFile) string {
	from, to := t.Names.From, t.Names.To
	switch {
	case from != "" && to != "" && strings.HasSuffix(strings.ToLower(t.Name), ".lta"):
		return "called from " + from + " to " + to + ": LINC’s files of such a name bring " + to + " onto " + from
	case from != "" && to != "":
		return "from " + from + " to " + to
	case to != "":
		return "called to " + to
	case from != "":
		return "called from " + from
	}
	return ""
}

// sidecars are the JSON and TSV files that describe an asset.
func sidecars(p place, files []s3index.TextFile) []views.Sidecar {
	var out []views.Sidecar
	for _, f := range files {
		one := views.Sidecar{Name: f.Name, Href: assetURL(p.dataset, f.Ref)}
		switch {
		case strings.HasSuffix(strings.ToLower(f.Name), ".tsv"):
			readTable(&one, f.Text)
		case f.Cut:
			one.Note = "It is too long to be shown here."
		default:
			readFields(&one, f.Text)
		}
		out = append(out, one)
	}
	return out
}

// readTable reads tab-separated values with a heading.
func readTable(out *views.Sidecar, text string) {
	lines := strings.Split(strings.TrimRight(strings.TrimPrefix(text, "\ufeff"), "\r\n"), "\n")
	cells := func(line string) []string {
		all := strings.Split(strings.TrimSuffix(line, "\r"), "\t")
		for i := range all {
			all[i] = cut(all[i])
		}
		return all[:min(len(all), mostColumns)]
	}
	out.Head = cells(lines[0])
	for _, line := range lines[1:min(len(lines), mostRows+1)] {
		row := cells(line)
		row = append(row, make([]string, max(0, len(out.Head)-len(row)))...)
		out.Rows = append(out.Rows, row[:len(out.Head)])
	}
	if over := len(lines) - 1 - mostRows; over > 0 {
		out.Note = fmt.Sprintf("The first %d rows; there are more.", mostRows)
	}
}

// readFields reads the members of a JSON object in their order.
func readFields(out *views.Sidecar, text string) {
	d := json.NewDecoder(strings.NewReader(strings.TrimPrefix(text, "\ufeff")))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		out.Note = "It is no JSON object."
		return
	}
	for d.More() {
		if len(out.Facts) == mostFields {
			out.Note = fmt.Sprintf("The first %d fields; there are more.", mostFields)
			return
		}
		key, err := d.Token()
		var value json.RawMessage
		if err == nil {
			err = d.Decode(&value)
		}
		if err != nil {
			out.Note = "What follows is no JSON."
			return
		}
		name, _ := key.(string)
		out.Facts = append(out.Facts, fact(cut(name), cut(jsonWords(value))))
	}
}

// jsonWords writes a value as people do: a text as it is, a list of simple values with commas, all else as JSON.
func jsonWords(value json.RawMessage) string {
	var text string
	if bytes.HasPrefix(value, []byte(`"`)) && json.Unmarshal(value, &text) == nil {
		return text
	}
	var list []json.RawMessage
	if json.Unmarshal(value, &list) == nil {
		var parts []string
		for _, v := range list {
			if bytes.HasPrefix(v, []byte("{")) || bytes.HasPrefix(v, []byte("[")) {
				parts = nil
				break
			}
			parts = append(parts, jsonWords(v))
		}
		if parts != nil {
			return strings.Join(parts, ", ")
		}
	}
	var compact bytes.Buffer
	if json.Compact(&compact, value) != nil {
		return string(value)
	}
	return compact.String()
}

// cut shortens a text that is longer than a page shows.
func cut(text string) string {
	runes := []rune(text)
	if len(runes) <= mostText {
		return text
	}
	return string(runes[:mostText]) + " …"
}

// rawTexts are an asset's own metadata files.
func rawTexts(files []s3index.TextFile) []views.Code {
	var out []views.Code
	for _, f := range files {
		one := views.Code{Title: f.Name, Text: strings.ToValidUTF8(f.Text, "�")}
		if f.Cut {
			one.Note = "It is longer; this is its beginning."
		}
		out = append(out, one)
	}
	return out
}
