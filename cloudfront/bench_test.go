package cloudfront_test

import (
	"crypto"
	"testing"
	"time"

	"ngportal/cloudfront"
)

// BenchmarkVerify decides about one read: by a verifier that sees the cookies for the first time, and by one that knows them.
func BenchmarkVerify(b *testing.B) {
	chunk := cloudfront.Request{URL: origin + "/d/abc123/derivatives/sub-I58/fluo.ome.zarr/2/0/0/17/23/41", Now: time.Unix(1000, 0)}
	dot := cloudfront.Request{URL: origin + "/d/abc123/derivatives/sub-I58/fluo.ome.zarr/2/.zarray", Now: time.Unix(1000, 0)}
	for name, key := range map[string]crypto.Signer{"RSA-2048": rsaKey(), "P-256": ecKey(b)} {
		keys := map[string]crypto.PublicKey{"K1": key.Public()}
		c := sign(b, key, cloudfront.SHA256, origin, "abc123")
		warm := newVerifier(b, keys)
		bench := func(which string, r cloudfront.Request, verifier func() *cloudfront.Verifier) {
			b.Run(name+"/"+which, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if err := verifier().Verify(c, r); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		bench("cold", chunk, func() *cloudfront.Verifier { return newVerifier(b, keys) })
		bench("warm", chunk, func() *cloudfront.Verifier { return warm })
		bench("warm, a name that begins with a dot", dot, func() *cloudfront.Verifier { return warm })
		b.Run(name+"/warm, on all processors", func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := warm.Verify(c, chunk); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}

func BenchmarkMatch(b *testing.B) {
	url := origin + "/d/abc123/derivatives/sub-I58/fluo.ome.zarr/2/0/0/17/23/41"
	b.ReportAllocs()
	for b.Loop() {
		if !match(origin+"/d/abc123/*", url) {
			b.Fatal("no match")
		}
	}
}
