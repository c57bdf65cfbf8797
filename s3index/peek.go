package s3index

import (
	"crypto/tls"
	"errors"
	"net"
	"syscall"
)

// What a connection has for who reads it.
const (
	nothing = iota // yet
	ended
	something
)

// peek tells what waits at c, without taking it and without waiting.
func peek(c net.Conn) int {
	if t, ok := c.(*tls.Conn); ok {
		c = t.NetConn()
	}
	s, ok := c.(syscall.Conn)
	if !ok {
		return ended
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return ended
	}
	found := ended
	err = raw.Control(func(fd uintptr) {
		var b [1]byte
		switch n, _, why := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT); {
		case errors.Is(why, syscall.EAGAIN):
			found = nothing
		case why == nil && n > 0:
			found = something
		}
	})
	if err != nil {
		return ended
	}
	return found
}
