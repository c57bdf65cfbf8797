package tract

import (
	"errors"
	"strconv"
	"strings"
)

// tckMagic begins a .tck file.
const tckMagic = "mrtrix tracks"

// maxText bounds the text at the beginning of a .tck file; it may list every command that made it.
const maxText = 1 << 20

// openTCK reads the header of a .tck file into h.
func openTCK(in *input, h *Header) (*tck, error) {
	b, err := in.peek(len(tckMagic))
	switch {
	case errors.Is(err, errEnd) && len(b) == 0:
		return nil, invalid("the file is empty (0 bytes)")
	case err != nil && !errors.Is(err, errEnd):
		return nil, err
	case string(b) != tckMagic:
		return nil, invalid("the file does not begin with %q: it is not a .tck file", tckMagic)
	}
	keys, err := readKeys(in)
	if err != nil {
		return nil, err
	}
	t := &tck{in: in}
	if err := t.setType(keys, h); err != nil {
		return nil, err
	}
	if err := t.seek(keys, h); err != nil {
		return nil, err
	}
	t.setCount(keys, h)
	return t, nil
}

// readKeys reads the text up to the line END. A value may stand in the line after its key. A key
// that comes again, or goes on, keeps its first value: no key that matters here has more than one.
func readKeys(in *input) (map[string]string, error) {
	keys, last := map[string]string{}, ""
	for first := true; ; first = false {
		line, err := in.line()
		if err != nil && !errors.Is(err, errEnd) {
			return nil, err
		}
		if in.off > maxText {
			return nil, invalid("the text at the beginning of the file has more than %d bytes: it is damaged", maxText)
		}
		text := strings.TrimSpace(string(line))
		if text == "END" {
			return keys, nil
		}
		if err != nil {
			return nil, invalid("the file ends before the line END of its header: it is probably truncated")
		}
		key, value, ok := strings.Cut(text, ":")
		switch {
		case first: // the magic
			continue
		case ok:
			last = strings.ToLower(strings.TrimSpace(key))
		default:
			value = text
		}
		if keys[last] == "" {
			keys[last] = strings.TrimSpace(value)
		}
	}
}

func (t *tck) setType(keys map[string]string, h *Header) error {
	name := keys["datatype"]
	if name == "" {
		name = "Float32LE"
		h.warn("The header does not say how numbers are stored; Float32LE was assumed.")
	}
	width, order := 0, ""
	if kind := strings.ToLower(name); len(kind) >= len("float32") {
		width, order = map[string]int{"float32": 4, "float64": 8}[kind[:7]], kind[7:]
	}
	if width == 0 || order != "" && order != "le" && order != "be" {
		return invalid("the numbers in the file are of the type %q; .tck files have Float32LE, Float32BE, "+
			"Float64LE or Float64BE", name)
	}
	t.width, t.big = width, order == "be"
	return nil
}

// seek moves to the first number: the key file says ". <offset>", which need not be where the text ends.
func (t *tck) seek(keys map[string]string, h *Header) error {
	where := keys["file"]
	if where == "" {
		h.warn("The header does not say where the streamlines begin; they were read from its end on.")
		return nil
	}
	fields := strings.Fields(where + " ?")
	if fields[0] != "." {
		return invalid("the streamlines are in another file, %q; only files that hold both can be read", fields[0])
	}
	offset, err := strconv.ParseInt(fields[1], 10, 64)
	switch {
	case err != nil:
		return invalid("the header does not say where the streamlines begin: %q is not a position", where)
	case offset < t.in.off:
		return invalid("the header says that the streamlines begin at byte %d, but its own text goes up to byte %d: "+
			"the file was probably changed as if it were text", offset, t.in.off)
	case t.in.size >= 0 && offset > t.in.size:
		return invalid("the header says that the streamlines begin at byte %d, but the file has only %d bytes: "+
			"it is probably truncated", offset, t.in.size)
	}
	err = t.in.skip(offset - t.in.off)
	if errors.Is(err, errEnd) {
		return invalid("the header says that the streamlines begin at byte %d, but the file has only %d bytes: "+
			"it is probably truncated", offset, t.in.off)
	}
	return err
}

// setCount reads the number of streamlines, which programs often leave out, at zero, or wrong.
func (t *tck) setCount(keys map[string]string, h *Header) {
	n, err := strconv.ParseInt(keys["count"], 10, 64)
	if err != nil || n <= 0 {
		return
	}
	if n > t.in.left()/int64(3*t.width) {
		h.warn("The header counts %d streamlines, but the file is too short for that; the count was ignored.", n)
		return
	}
	t.count, h.Streamlines = n, n
}
