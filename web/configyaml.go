package main

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A fault is one thing wrong with a configuration file, and what to do about it.
type fault struct {
	line int // 0 if it belongs to no line
	text string
	hint string
}

// faults are all the things wrong with a file, by line; those of the whole file come first.
type faults []fault

func (f faults) Error() string {
	var b strings.Builder
	for i, one := range f {
		if i > 0 {
			b.WriteByte('\n')
		}
		if one.line > 0 {
			fmt.Fprintf(&b, "line %d: ", one.line)
		}
		b.WriteString(one.text)
		if one.hint != "" {
			fmt.Fprintf(&b, "\n    hint: %s", one.hint)
		}
	}
	return b.String()
}

// envForm is how a value names an environment variable.
var envForm = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)

// expandEnv replaces ${NAME} in the values below n by the variable's text. It comes after the file has been
// read as YAML: nothing in the text, such as " #" or ": ", can mean anything there.
func expandEnv(n *yaml.Node, getenv func(string) string) faults {
	var found faults
	switch n.Kind {
	case yaml.ScalarNode:
		return expandScalar(n, getenv)
	case yaml.MappingNode:
		for i := 1; i < len(n.Content); i += 2 { // the keys stay
			found = append(found, expandEnv(n.Content[i], getenv)...)
		}
	case yaml.DocumentNode, yaml.SequenceNode:
		for _, item := range n.Content {
			found = append(found, expandEnv(item, getenv)...)
		}
	default: // what an alias stands for is a value elsewhere
	}
	return found
}

func expandScalar(n *yaml.Node, getenv func(string) string) faults {
	var found faults
	was := n.Value
	n.Value = envForm.ReplaceAllStringFunc(was, func(m string) string {
		name := m[2 : len(m)-1]
		value := getenv(name)
		switch {
		case value == "":
			found = append(found, fault{
				n.Line, "the environment variable " + name + " is not set",
				"set it, or write the value in the file",
			})
		case strings.ContainsAny(value, "\r\n"): // no value here has any: it is a secret stored with its line's end
			found = append(found, fault{
				n.Line, "the environment variable " + name + " holds a line break",
				"set it without one, also at its end",
			})
		}
		return value
	})
	switch {
	case len(found) > 0: // all is said about this value
		n.Tag, n.Value = "!!null", ""
		return found
	case n.Value == was || n.Style&yaml.TaggedStyle != 0:
		return nil
	}
	// The tag is what the parser made of "${NAME}": text, which is no value for a bool. Without it the new
	// value is looked at again, and a string still takes it as it is written, except for the words for nothing.
	n.Tag = ""
	if n.ShortTag() == "!!null" {
		n.Tag = "!!str"
	}
	return nil
}

// unknownKeys finds the keys that a configuration does not have. It decodes the file as it was written,
// because only that decoder knows them and their lines; everything else it says is said again, of the expanded values.
func unknownKeys(data []byte) faults {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	var scratch config
	te, ok := errors.AsType[*yaml.TypeError](dec.Decode(&scratch))
	if !ok {
		return nil
	}
	var found faults
	for _, f := range yamlFaults(te) {
		if m := unknownField.FindStringSubmatch(f.text); m != nil {
			found = append(found, fault{
				f.line, fmt.Sprintf("unknown key %q", m[1]),
				"docs/operate.md lists every key; check the spelling and the indentation",
			})
		}
	}
	return found
}

var (
	yamlLine     = regexp.MustCompile(`line (\d+): (.*)`)
	unknownField = regexp.MustCompile(`^field (.+) not found in type main\.`)
)

// yamlFaults turns the decoder's errors into faults.
func yamlFaults(err error) faults {
	texts := []string{err.Error()}
	if te, ok := errors.AsType[*yaml.TypeError](err); ok {
		texts = te.Errors
	}
	var out faults
	for _, text := range texts {
		f := fault{text: strings.TrimPrefix(text, "yaml: ")}
		if m := yamlLine.FindStringSubmatch(text); m != nil {
			_, _ = fmt.Sscan(m[1], &f.line) // the pattern admits digits only
			f.text = m[2]
		}
		out = append(out, f)
	}
	return out
}

// lineFinder returns a function that tells the line of a key such as "login.0.issuer",
// or of the nearest one above it that is there.
func lineFinder(root *yaml.Node) func(path string) int {
	lines := map[string]int{}
	if len(root.Content) > 0 { // an empty file has no document
		noteLines(root.Content[0], "", lines)
	}
	return func(path string) int {
		for {
			if n, ok := lines[path]; ok {
				return n
			}
			i := strings.LastIndexByte(path, '.')
			if i < 0 {
				return 0
			}
			path = path[:i]
		}
	}
}

func noteLines(n *yaml.Node, path string, lines map[string]int) {
	join := func(key string) string {
		if path == "" {
			return key
		}
		return path + "." + key
	}
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := join(n.Content[i].Value)
			lines[key] = n.Content[i].Line
			noteLines(n.Content[i+1], key, lines)
		}
	case yaml.SequenceNode:
		for i, item := range n.Content {
			key := join(fmt.Sprint(i))
			lines[key] = item.Line
			noteLines(item, key, lines)
		}
	default: // a scalar has no keys
	}
}
