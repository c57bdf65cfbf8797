package edge

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"time"
)

// A file of the cache is
//
//	8 bytes   fileMagic
//	4 bytes   CRC-32C of all that follows
//	32 bytes  the name of the file
//	4 bytes   length of the facts
//	          the facts, as JSON
//	          the body
//
// Numbers are little-endian. Names of buckets and objects are not in it.
const (
	fileMagic = "ngcache1"
	fileHead  = len(fileMagic) + 4 + len(fileName{}) + 4
)

// errBroken says that a file is not as it was written.
var errBroken = errors.New("the file is damaged, or another program's")

// A fileFacts is what is kept of an answer besides its body.
type fileFacts struct {
	ETag            string
	LastModified    time.Time
	ContentType     string
	ContentEncoding string
	ContentRange    string
	Size            int64 // of the body
	Total           int64 // of the object; -1 if unknown
}

func checksum(pieces ...[]byte) (sum uint32) {
	table := crc32.MakeTable(crc32.Castagnoli)
	for _, p := range pieces {
		sum = crc32.Update(sum, table, p)
	}
	return sum
}

// encodeHead returns what stands before the body of p.
func encodeHead(p *cachedPart) ([]byte, error) {
	facts, err := json.Marshal(fileFacts{
		p.version.etag, p.version.modified, p.version.contentType, p.version.contentEncoding,
		p.contentRange, int64(len(p.data)), p.version.total,
	})
	if err != nil {
		return nil, fmt.Errorf("describe a part: %w", err)
	}
	b := make([]byte, 0, fileHead+len(facts))
	b = append(b, fileMagic...)
	b = append(b, 0, 0, 0, 0)
	b = append(b, p.file[:]...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(facts)))
	b = append(b, facts...)
	at := len(fileMagic)
	binary.LittleEndian.PutUint32(b[at:], checksum(b[at+4:], p.data))
	return b, nil
}

// decodePart reads a file into p, which keeps text. The error wraps [errBroken].
func decodePart(name fileName, text []byte, p *cachedPart) error {
	at := len(fileMagic)
	if len(text) < fileHead || string(text[:at]) != fileMagic {
		return fmt.Errorf("%w: it does not begin as it should", errBroken)
	}
	sum, rest := binary.LittleEndian.Uint32(text[at:]), text[at+4:]
	if checksum(rest) != sum || fileName(rest[:len(name)]) != name {
		return fmt.Errorf("%w: its checksum is wrong", errBroken)
	}
	rest = rest[len(name):]
	length, rest := int64(binary.LittleEndian.Uint32(rest)), rest[4:]
	if length > int64(len(rest)) {
		return fmt.Errorf("%w: it ends too early", errBroken)
	}
	var f fileFacts
	if err := json.Unmarshal(rest[:length], &f); err != nil {
		return fmt.Errorf("%w: %w", errBroken, err)
	}
	p.data = rest[length:]
	p.version = version{f.ETag, f.LastModified, f.ContentType, f.ContentEncoding, f.Total}
	p.contentRange, p.want = f.ContentRange, f.Size
	if f.Size != int64(len(p.data)) || !p.version.strong() {
		return fmt.Errorf("%w: its parts do not fit together", errBroken)
	}
	return nil
}
