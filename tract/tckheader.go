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

// tsfMagic begins the file of a scalar of a .tck file.
const tsfMagic = "mrtrix track scalars"

// A tckForm is how a .tck or .tsf file stores numbers, behind its header.
type tckForm struct {
	width int // of a number in bytes, 4 or 8
	big   bool
	start int64 // of the first number
	count int64 // streamlines as the header has it; 0 if it does not say
}

// readTCKHeader reads the header of a .tck file into h. It leaves in behind the text, which the numbers need not follow at once.
func readTCKHeader(in *input, h *Header) (tckForm, error) {
	keys, err := readText(in, tckMagic, "a .tck file")
	if err != nil {
		return tckForm{}, err
	}
	f, err := placeNumbers(keys, in, h)
	if err != nil {
		return f, err
	}
	f.setCount(keys, in.size, h)
	return f, nil
}

// readText reads the text at the beginning of a file.
func readText(in *input, magic, kind string) (map[string]string, error) {
	b, err := in.peek(len(magic))
	switch {
	case errors.Is(err, errEnd) && len(b) == 0:
		return nil, invalid("the file is empty (0 bytes)")
	case err != nil && !errors.Is(err, errEnd):
		return nil, err
	case string(b) != magic:
		return nil, invalid("the file does not begin with %q: it is not %s", magic, kind)
	}
	return readKeys(in)
}

// placeNumbers finds out where the numbers are and of what type.
func placeNumbers(keys map[string]string, in *input, h *Header) (f tckForm, err error) {
	if err := f.setType(keys, h); err != nil {
		return f, err
	}
	return f, f.seek(keys, in, h)
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

func (f *tckForm) setType(keys map[string]string, h *Header) error {
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
	f.width, f.big = width, order == "be"
	return nil
}

// seek finds the first number: the key file says ". <offset>", which need not be where the text ends.
func (f *tckForm) seek(keys map[string]string, in *input, h *Header) error {
	f.start = in.off
	where := keys["file"]
	if where == "" {
		h.warn("The header does not say where the streamlines begin; they were read from its end on.")
		return nil
	}
	words := strings.Fields(where + " ?")
	if words[0] != "." {
		return invalid("the streamlines are in another file, %q; only files that hold both can be read", words[0])
	}
	offset, err := strconv.ParseInt(words[1], 10, 64)
	switch {
	case err != nil:
		return invalid("the header does not say where the streamlines begin: %q is not a position", where)
	case offset < in.off:
		return invalid("the header says that the streamlines begin at byte %d, but its own text goes up to byte %d: "+
			"the file was probably changed as if it were text", offset, in.off)
	case offset > in.size:
		return invalid("the header says that the streamlines begin at byte %d, but the file has only %d bytes: "+
			"it is probably truncated", offset, in.size)
	}
	f.start = offset
	return nil
}

// setCount reads the number of streamlines, which programs often leave out, at zero, or wrong.
func (f *tckForm) setCount(keys map[string]string, size int64, h *Header) {
	n, err := strconv.ParseInt(keys["count"], 10, 64)
	if err != nil || n <= 0 {
		return
	}
	if n > (size-f.start)/f.triplet() {
		h.warn("The header counts %d streamlines, but the file is too short for that; the count was ignored.", n)
		return
	}
	f.count, h.Streamlines = n, n
}

// triplet is the length of a point in bytes.
func (f *tckForm) triplet() int64 { return int64(3 * f.width) }
