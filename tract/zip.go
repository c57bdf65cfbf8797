package tract

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"path"
	"strings"
)

// What a zip archive may have: a .trx file of a whole brain with thousands of groups stays below.
const (
	zipEntries   = 20_000
	zipDirectory = 16 << 20 // bytes
	zipTail      = 1 << 20  // bytes at the end of the file that are kept, which mostly hold the directory
)

// Records of a zip archive (https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3), by their first four bytes.
const (
	zipLocal     = 0x04034b50 // before each entry, 30 bytes, then its name and more
	zipCentral   = 0x02014b50 // of each entry in the directory, 46 bytes, then its name and more
	zipEnd       = 0x06054b50 // after the directory, 22 bytes, then a comment
	zipEnd64     = 0x06064b50 // before zipEnd64At in large archives, 56 bytes
	zipEnd64At   = 0x07064b50 // right before zipEnd in large archives, 20 bytes
	zipLocalSize = 30
)

// Methods of compression.
const (
	zipStored   = 0
	zipDeflated = 8
)

// A cached source has some bytes of another in memory.
type cached struct {
	Source
	from int64
	b    []byte
}

// newCached reads n bytes of src at from.
func newCached(src Source, from, n int64) (*cached, error) {
	b := make([]byte, n)
	return &cached{Source: src, from: from, b: b}, readAt(src, b, from)
}

// Open is [Source].
func (c *cached) Open(off, n int64) (io.ReadCloser, error) {
	if off >= c.from && off+n <= c.from+int64(len(c.b)) && n >= 0 {
		return io.NopCloser(bytes.NewReader(c.b[off-c.from:][:n])), nil
	}
	return c.Source.Open(off, n)
}

// readAt fills b with the bytes of src at off, which must lie in it.
func readAt(src Source, b []byte, off int64) error {
	if len(b) == 0 {
		return nil
	}
	body, err := src.Open(off, int64(len(b)))
	if err != nil {
		return err
	}
	defer body.Close()
	if _, err = io.ReadFull(body, b); err != nil {
		return sourceError(err)
	}
	return nil
}

// A zipPlace is where the directory of an archive lies.
type zipPlace struct{ entries, size, off int64 }

// openZip lists the entries of a zip archive that are files, in two reads at most. What macOS adds to archives
// and what begins with a dot is left out.
//
// It reads the directory itself rather than with archive/zip, which takes in any number of entries.
func openZip(src Source) ([]*member, error) {
	from := max(0, src.Size()-zipTail)
	file, err := newCached(src, from, src.Size()-from)
	if err != nil {
		return nil, err
	}
	place, end, err := findDirectory(file)
	if err != nil {
		return nil, err
	}
	switch {
	case place.entries > zipEntries || place.entries < 0:
		return nil, invalid("the archive says that it holds %d files, and no .trx file has more than %d", uint64(place.entries), zipEntries)
	case place.size > zipDirectory || place.size < 0:
		return nil, invalid("the archive's list of its files has %d bytes, and no .trx file's has more than %d", uint64(place.size), zipDirectory)
	case place.off < 0 || place.off > end-place.size:
		return nil, invalid("the archive's list of its files does not lie in the file: it is damaged or truncated")
	}
	base := end - place.size - place.off // not 0 if something was put before the archive
	directory := make([]byte, place.size)
	if err = readAt(file, directory, end-place.size); err != nil {
		return nil, err
	}
	return parseDirectory(file, directory, base, place.entries)
}

// findDirectory looks for the record that ends an archive. It returns where the directory is, counted from the
// beginning of the archive, and where it ends in the file.
func findDirectory(file *cached) (place zipPlace, end int64, err error) {
	const size = 22
	b := file.b
	at := len(b) - size
	for ; at >= max(0, len(b)-size-math.MaxUint16); at-- {
		if binary.LittleEndian.Uint32(b[at:]) == zipEnd && int(binary.LittleEndian.Uint16(b[at+20:])) <= len(b)-at-size {
			break
		}
	}
	if at < max(0, len(b)-size-math.MaxUint16) {
		return place, 0, invalid("the .trx file does not end with a list of its contents, as every zip archive does: " +
			"it is truncated, or no .trx file")
	}
	end = file.from + int64(at)
	place = zipPlace{
		entries: int64(binary.LittleEndian.Uint16(b[at+10:])),
		size:    int64(binary.LittleEndian.Uint32(b[at+12:])),
		off:     int64(binary.LittleEndian.Uint32(b[at+16:])),
	}
	if place.entries != math.MaxUint16 && place.size != math.MaxUint32 && place.off != math.MaxUint32 {
		return place, end, nil
	}
	if at < 20 || binary.LittleEndian.Uint32(b[at-20:]) != zipEnd64At {
		return place, end, nil // the numbers may be meant as they are
	}
	return findDirectory64(file, int64(binary.LittleEndian.Uint64(b[at-20+8:])), end-20)
}

// findDirectory64 reads the record of large archives at off, behind which the file goes on at limit.
func findDirectory64(file *cached, off, limit int64) (place zipPlace, end int64, err error) {
	var b [56]byte
	if off < 0 || off > limit-int64(len(b)) {
		return place, 0, invalid("the end of the archive does not lie in the file: it is damaged or truncated")
	}
	if err = readAt(file, b[:], off); err != nil {
		return place, 0, err
	}
	if binary.LittleEndian.Uint32(b[:]) != zipEnd64 {
		return place, 0, invalid("the end of the archive is not where it says: the file is damaged")
	}
	return zipPlace{
		entries: int64(binary.LittleEndian.Uint64(b[32:])),
		size:    int64(binary.LittleEndian.Uint64(b[40:])),
		off:     int64(binary.LittleEndian.Uint64(b[48:])),
	}, off, nil
}

func parseDirectory(file Source, b []byte, base, entries int64) ([]*member, error) {
	var out []*member
	left := file.Size() - int64(len(b))
	for i := range entries {
		m, used := parseEntry(b)
		if used == 0 {
			return nil, invalid("entry %d of %d in the archive's list of its files is damaged", i+1, entries)
		}
		b = b[used:]
		m.file, m.local = file, m.local+base
		if m.size < 0 || m.packed < 0 || m.local < 0 || m.local > file.Size()-zipLocalSize || m.packed > file.Size() {
			return nil, invalid("the archive says that its file %.100q lies outside: it is damaged or truncated", m.name)
		}
		if left -= zipLocalSize + m.packed; left < 0 { // one piece of a file could stand for thousands of its contents
			return nil, invalid("the files in the archive are longer than the archive: they lie above each other")
		}
		if !strings.HasSuffix(m.name, "/") && !hidden(m.name) {
			out = append(out, m)
		}
	}
	return out, nil
}

// hidden reports whether a file is none of the tractogram's.
func hidden(name string) bool {
	for part := range strings.SplitSeq(path.Clean(name), "/") {
		if strings.HasPrefix(part, ".") || part == "__MACOSX" {
			return true
		}
	}
	return false
}

// parseEntry reads the first record of a directory and returns its length, or 0 if it is none.
func parseEntry(b []byte) (m *member, used int) {
	const size = 46
	le := binary.LittleEndian
	if len(b) < size || le.Uint32(b) != zipCentral {
		return nil, 0
	}
	name, extra, comment := int(le.Uint16(b[28:])), int(le.Uint16(b[30:])), int(le.Uint16(b[32:]))
	if used = size + name + extra + comment; used > len(b) {
		return nil, 0
	}
	m = &member{
		name:      string(b[size : size+name]),
		packed:    int64(le.Uint32(b[20:])),
		size:      int64(le.Uint32(b[24:])),
		local:     int64(le.Uint32(b[42:])),
		method:    int(le.Uint16(b[10:])),
		encrypted: b[8]&1 != 0,
	}
	m.widen(b[size+name : size+name+extra])
	return m, used
}

// widen takes the numbers that need more than 32 bits from an entry's extra field (4.5.3): those, in this order.
func (m *member) widen(extra []byte) {
	const zip64 = 1
	le := binary.LittleEndian
	for len(extra) >= 4 {
		id, n := le.Uint16(extra), int(le.Uint16(extra[2:]))
		if n > len(extra)-4 {
			return
		}
		field := extra[4 : 4+n]
		extra = extra[4+n:]
		if id != zip64 {
			continue
		}
		for _, v := range []*int64{&m.size, &m.packed, &m.local} {
			if *v == math.MaxUint32 && len(field) >= 8 {
				*v = int64(le.Uint64(field))
				field = field[8:]
			}
		}
	}
}
