package mail

import (
	"bytes"
	"net/mail"
)

// Compose returns q as it goes over the wire, from the address from.
func Compose(from *mail.Address, q Queued) ([]byte, error) {
	m, err := compose(from, q)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	_, err = m.WriteTo(&b)
	return b.Bytes(), err
}
