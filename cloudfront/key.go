package cloudfront

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
)

const (
	minRSA = 2048 // CloudFront's only size for key groups
	maxRSA = 4096 // its signature fills 684 bytes of a cookie, and takes 7 ms to make
)

// ParsePrivateKey reads the first private key of a PEM file: RSA of 2048 to 4096 bits (PKCS#1 or PKCS#8) or
// ECDSA P-256 (SEC 1 or PKCS#8). The error wraps [ErrInvalid] and holds nothing of the key.
func ParsePrivateKey(file []byte) (crypto.Signer, error) {
	block := firstKey(file)
	if block == nil {
		return nil, fmt.Errorf("%w: the private key is not a PEM file", ErrInvalid)
	}
	key, err := decodePrivate(block)
	if err != nil {
		return nil, err
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("%w: a key of type %T cannot sign", ErrInvalid, key)
	}
	return signer, checkPublic(signer.Public())
}

func decodePrivate(block *pem.Block) (key any, err error) {
	if block.Headers["DEK-Info"] != "" || block.Type == "ENCRYPTED PRIVATE KEY" {
		return nil, fmt.Errorf("%w: the private key is encrypted: decrypt it first (openssl pkey)", ErrInvalid)
	}
	switch block.Type {
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(block.Bytes)
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	default:
		return nil, fmt.Errorf("%w: %q is not a private key", ErrInvalid, block.Type)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: private key: %w", ErrInvalid, err)
	}
	return key, nil
}

// ParsePublicKey reads the first public key of a PEM file: the kinds of [ParsePrivateKey], as PKIX or PKCS#1.
// The error wraps [ErrInvalid].
func ParsePublicKey(file []byte) (crypto.PublicKey, error) {
	block := firstKey(file)
	if block == nil {
		return nil, fmt.Errorf("%w: the public key is not a PEM file", ErrInvalid)
	}
	var key any
	var err error
	switch block.Type {
	case "PUBLIC KEY":
		key, err = x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		key, err = x509.ParsePKCS1PublicKey(block.Bytes)
	default:
		return nil, fmt.Errorf("%w: %q is not a public key", ErrInvalid, block.Type)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: public key: %w", ErrInvalid, err)
	}
	return key, checkPublic(key)
}

// firstKey skips the parameters that `openssl ecparam -genkey` writes before the key.
func firstKey(file []byte) *pem.Block {
	for {
		block, rest := pem.Decode(file)
		if block == nil || block.Type != "EC PARAMETERS" {
			return block
		}
		file = rest
	}
}

// checkPublic tells why CloudFront would not take the key.
func checkPublic(key crypto.PublicKey) error {
	switch k := key.(type) {
	case *rsa.PublicKey:
		if n := k.N.BitLen(); n < minRSA || n > maxRSA {
			return fmt.Errorf("%w: the RSA key has %d bits, not %d to %d", ErrInvalid, n, minRSA, maxRSA)
		}
	case *ecdsa.PublicKey:
		if k.Curve != elliptic.P256() {
			return fmt.Errorf("%w: the ECDSA key is on the curve %s, not P-256", ErrInvalid, k.Curve.Params().Name)
		}
	default:
		return fmt.Errorf("%w: a key of type %T is neither RSA nor ECDSA", ErrInvalid, key)
	}
	return nil
}
