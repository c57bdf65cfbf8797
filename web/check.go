package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"

	"ngportal/auth"
	"ngportal/cloudfront"
)

// A checker collects the faults of a configuration.
type checker struct {
	line  func(path string) int
	found faults
}

func (k *checker) fault(path, hint, format string, args ...any) {
	k.found = append(k.found, fault{k.line(path), path + ": " + fmt.Sprintf(format, args...), hint})
}

// refused notes the error of what will use the value, if there is one.
func (k *checker) refused(path, hint string, err error) {
	if err != nil {
		k.fault(path, hint, "%s", strings.TrimPrefix(err.Error(), "invalid: "))
	}
}

func (k *checker) need(path, value, hint string) bool {
	if value == "" {
		k.fault(path, hint, "is missing")
	}
	return value != ""
}

// check finds every fault that the file itself shows. Files it names are read by those who will use them;
// nothing is connected to, nothing is written.
func (c config) check(line func(string) int) faults {
	k := &checker{line: line}
	k.hosts(c)
	k.store(c.Store.URL)
	k.sessions(c.Sessions)
	k.signing(c.Signing)
	k.logins(c.Login)
	k.buckets(c)
	k.datasets(c)
	return k.found
}

func (k *checker) hosts(c config) {
	portal := k.origin("portal.url", c.Portal.URL)
	viewer := k.origin("viewer.url", c.Viewer.URL)
	if portal != "" && portal == viewer {
		k.fault("viewer.url", "give the viewer a host or port of its own", "is the portal's own address; the viewer runs scripts that must not share it")
	}
	if site(portal) != site(viewer) && portal != "" && viewer != "" {
		k.fault("viewer.url", "use sibling names such as portal.example.org and ng.example.org",
			"%s and %s are not the same site, so browsers would not send the cookies", portal, viewer)
	}
	host, port := k.listen("portal.listen", c.Portal.Listen)
	if c.Viewer.EdgeListen == "" {
		return
	}
	edgeHost, edgePort := k.listen("viewer.edge_listen", c.Viewer.EdgeListen)
	if port != 0 && port == edgePort && (host == edgeHost || anywhere(host) || anywhere(edgeHost)) {
		k.fault("viewer.edge_listen", "give the viewer a port of its own", "%q is taken by portal.listen", c.Viewer.EdgeListen)
	}
}

// origin returns the origin that a URL stands for, or "" if there is a fault.
func (k *checker) origin(path, value string) string {
	if !k.need(path, value, "for example https://portal.example.org") {
		return ""
	}
	origin, ok := originOf(value)
	if !ok {
		k.fault(path, "write the scheme, the host and if need be the port, nothing else", "%q is not the address of a host", value)
		return ""
	}
	if err := cloudfront.CheckOrigin(origin); err != nil {
		k.refused(path, "for example https://portal.example.org, or http://localhost:8080 on this computer", err)
		return ""
	}
	return origin
}

// site is what browsers call a site: the scheme and the name that its owner registered.
func site(origin string) string {
	u, err := url.Parse(origin)
	if err != nil {
		return ""
	}
	name, err := publicsuffix.EffectiveTLDPlusOne(u.Hostname())
	if err != nil || net.ParseIP(u.Hostname()) != nil { // localhost, an address
		name = u.Hostname()
	}
	return u.Scheme + "://" + name
}

// listen returns the host and the port of an address to listen on; the port is 0 for any, or if there is a fault.
func (k *checker) listen(path, value string) (string, uint64) {
	host, digits, err := net.SplitHostPort(value)
	if err == nil {
		var port uint64
		if port, err = strconv.ParseUint(digits, 10, 16); err == nil {
			if strings.EqualFold(host, "localhost") {
				host = "127.0.0.1"
			}
			return host, port
		}
	}
	k.fault(path, "write host:port, for example 127.0.0.1:8080", "%q is not an address to listen on", value)
	return "", 0
}

// anywhere reports whether to listen on host is to listen on all of this computer's addresses.
func anywhere(host string) bool {
	ip := net.ParseIP(host)
	return host == "" || ip != nil && ip.IsUnspecified()
}

func (k *checker) store(address string) {
	const path, hint = "store.url", "for example sqlite:///var/lib/ngportal/portal.db"
	if !k.need(path, address, hint) {
		return
	}
	file, ok := strings.CutPrefix(address, "sqlite://")
	switch {
	case !ok: // it may hold a password, so it is not repeated
		k.fault(path, hint, "only SQLite is supported by this version")
	case !filepath.IsAbs(file) || strings.HasSuffix(file, "/"):
		k.fault(path, hint, "%q is not the absolute path of a file", file)
	default:
		_, err := os.Stat(filepath.Dir(file) + "/") // the file will be made, its folder will not
		k.refused(path, "make the folder", err)
	}
}

func (k *checker) sessions(c sessionsConfig) {
	const path, hint = "sessions.key_file", "make one with: openssl rand -out session.key 64"
	if k.need(path, c.KeyFile, hint) {
		if _, err := auth.ReadKeys(c.KeyFile); err != nil {
			k.fault(path, hint, "%s", strings.TrimPrefix(err.Error(), "read session keys: "))
		}
	}
	k.duration("sessions.idle", c.Idle, time.Minute, 30*24*time.Hour)
	k.duration("sessions.absolute", c.Absolute, c.Idle, 90*24*time.Hour)
}

func (k *checker) signing(c signingConfig) {
	hash, err := cloudfront.ParseHash(c.Hash)
	if err != nil {
		k.refused("signing.hash", "write sha256, or sha1 for old distributions", err)
		hash = cloudfront.SHA256
	}
	const idHint = "CloudFront's id of the public key, such as K2JCJMDEHXQW5F"
	key := k.signingKey(c.PrivateKeyFile)
	if k.need("signing.key_id", c.KeyID, idHint) {
		_, err = cloudfront.NewSigner(c.KeyID, key, hash)
		k.refused("signing.key_id", idHint, err)
	}
	k.duration("signing.lifetime", c.Lifetime, time.Minute, 24*time.Hour)
}

// signingKey reads the key in a file. If there is a fault, it returns another one, so that the rest can be checked.
func (k *checker) signingKey(file string) crypto.Signer {
	const path, hint = "signing.private_key_file", "make one with: openssl ecparam -name prime256v1 -genkey -noout -out signing.pem"
	if text, ok := k.file(path, file, hint); ok {
		key, err := cloudfront.ParsePrivateKey(text)
		if err == nil {
			return key
		}
		k.refused(path, hint, fmt.Errorf("%s: %s", file, strings.TrimPrefix(err.Error(), "invalid: ")))
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		k.refused(path, "", err)
		return nil
	}
	return key
}

// file reads a file that a value names.
func (k *checker) file(path, name, hint string) ([]byte, bool) {
	if !k.need(path, name, hint) {
		return nil, false
	}
	text, err := os.ReadFile(name)
	if err != nil {
		reason := err
		if pe, ok := errors.AsType[*os.PathError](err); ok {
			reason = pe.Err
		}
		k.fault(path, hint, "%s: %v", name, reason)
	}
	return text, err == nil
}

func (k *checker) duration(path string, d, least, most time.Duration) {
	if d < least || d > most {
		k.fault(path, "write a time such as 30m or 8h", "%v is not between %v and %v", d, least, most)
	}
}
