package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ngportal/auth"
	"ngportal/cloudfront"
	"ngportal/store"
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
	k.listeners(c)
	k.reading(c.Viewer)
	k.store(c.Store.URL)
	k.sessions(c.Sessions)
	k.signing(c.Signing)
	k.logins(c.Login)
	k.proxies(c.Portal.TrustedProxies)
	k.mail(c.Mail)
	k.audit(c.Audit)
	k.tracts(c.Tracts)
	k.buckets(c)
	k.datasets(c)
	return k.found
}

func (k *checker) store(address string) {
	const path, hint = "store.url", "for example sqlite:///var/lib/ngportal/portal.db, or postgres://user@host/portal"
	if !k.need(path, address, hint) {
		return
	}
	if err := store.CheckAddress(address); err != nil {
		k.refused(path, hint, err)
		return
	}
	file, ok := strings.CutPrefix(address, "sqlite://")
	switch {
	case !ok: // PostgreSQL: whether it answers is for the doctor
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
	key, known := k.signingKey(c.PrivateKeyFile)
	for i := range c.Accept {
		public := k.accept(c, i, key)
		if known && public != nil && c.Accept[i].KeyID == c.KeyID && !sameKey(public, key.Public()) {
			k.fault(fmt.Sprintf("signing.accept.%d.key_id", i), "give each key an id of its own", "%q is signing.key_id, and stands for another key there", c.KeyID)
		}
	}
	if k.need("signing.key_id", c.KeyID, idHint) {
		_, err = cloudfront.NewSigner(c.KeyID, key, hash)
		k.refused("signing.key_id", idHint, err)
	}
	k.duration("signing.lifetime", c.Lifetime, time.Minute, 24*time.Hour)
}

// signingKey reads the key in a file. If there is a fault, it returns another one, so that the rest can be checked,
// and false.
func (k *checker) signingKey(file string) (crypto.Signer, bool) {
	const path, hint = "signing.private_key_file", "make one with: openssl ecparam -name prime256v1 -genkey -noout -out signing.pem"
	if text, ok := k.file(path, file, hint); ok {
		key, err := cloudfront.ParsePrivateKey(text)
		if err == nil {
			return key, true
		}
		k.refused(path, hint, fmt.Errorf("%s: %s", file, strings.TrimPrefix(err.Error(), "invalid: ")))
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		k.refused(path, "", err)
		return nil, false
	}
	return key, false
}

// accept checks one of the keys whose cookies are good besides those of key, which signs, and returns
// it, or nil.
func (k *checker) accept(c signingConfig, i int, key crypto.Signer) crypto.PublicKey {
	at, a := fmt.Sprintf("signing.accept.%d", i), c.Accept[i]
	if k.need(at+".key_id", a.KeyID, "the id that its cookies name") {
		_, err := cloudfront.NewSigner(a.KeyID, key, cloudfront.SHA256) // for what it says of the id
		k.refused(at+".key_id", "CloudFront's id of the public key, such as K1JCJMDEHXQW5F", err)
	}
	same := func(b acceptConfig) bool { return b.KeyID == a.KeyID }
	if slices.ContainsFunc(c.Accept[:i], same) && a.KeyID != "" {
		k.fault(at+".key_id", "an id stands for one key", "%q is listed twice", a.KeyID)
	}
	return k.publicKey(at+".public_key_file", a.PublicKeyFile)
}

// publicKey reads the public key in a file, or returns nil.
func (k *checker) publicKey(path, file string) crypto.PublicKey {
	const hint = "take it out of the private key with: openssl pkey -in old.pem -pubout -out old.pub.pem"
	text, ok := k.file(path, file, hint)
	if !ok {
		return nil
	}
	key, err := cloudfront.ParsePublicKey(text)
	if err != nil {
		k.refused(path, hint, fmt.Errorf("%s: %s", file, strings.TrimPrefix(err.Error(), "invalid: ")))
		return nil
	}
	return key
}

func sameKey(a, b crypto.PublicKey) bool {
	one, ok := a.(interface{ Equal(crypto.PublicKey) bool }) // as all keys of the standard library
	return ok && one.Equal(b)
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
