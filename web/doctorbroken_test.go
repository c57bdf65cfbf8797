package main

import (
	"slices"
	"strings"
	"testing"
)

// An ailment is a deployment with a single thing wrong.
type ailment struct {
	deploy  func(t *testing.T, c *config) // what runs
	edit    func(t *testing.T, c *config) // what is examined, beside what runs
	before  func(w *ward) front           // the viewer host's front
	after   func(t *testing.T, w *ward)   // once it runs
	wrong   []string                      // exactly these checks
	says    []string                      // by the first of them
	unmoved []string                      // could not be made, among others; nil: all others held
}

// private are the checks that need a cookie to be good.
func private(more ...string) []string {
	return append(more, "locations", "forged-cookie", "expired-cookie", "other-cookie", "missing-object", "head", "ranges", "cors", "data-caching", "data-headers")
}

func examineBroken(t *testing.T, tests map[string]ailment) {
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := admit(t, tt.deploy, tt.before)
			if tt.after != nil {
				tt.after(t, w)
			}
			d, code := diagnose(t, w.file(t, tt.edit))
			if code != 1 || d.OK {
				t.Errorf("doctor = %d, ok %v, want 1, false", code, d.OK)
			}
			if got := d.with("wrong"); !slices.Equal(got, tt.wrong) {
				t.Errorf("wrong: %v, want %v", got, tt.wrong)
				for _, name := range got {
					t.Logf("%s: %s", name, d.say(name))
				}
			}
			for _, words := range tt.says {
				if got := d.say(tt.wrong[0]); !strings.Contains(got, words) {
					t.Errorf("%s: %s\nwant it to say %q", tt.wrong[0], got, words)
				}
			}
			unmoved := d.with("unchecked")
			if tt.unmoved == nil && len(unmoved) > 0 {
				t.Errorf("not checked: %v, want all to be", unmoved)
			}
			for _, name := range tt.unmoved {
				if !slices.Contains(unmoved, name) {
					t.Errorf("not checked: %v, want %s among them", unmoved, name)
				}
			}
		})
	}
}

func TestDoctorOfBrokenConfigurations(t *testing.T) {
	examineBroken(t, map[string]ailment{
		"portal and viewer on two sites": {
			edit:  func(_ *testing.T, c *config) { c.Viewer.URL = "https://ng.example.org" },
			wrong: []string{"configuration", "same-site"}, says: []string{"viewer.url", "are not the same site"},
			unmoved: []string{"portal", "key-pair", "storage", "sign-in", "store"},
		},
		"a private key that is not the one of its id": {
			edit:  func(t *testing.T, c *config) { c.Signing.PrivateKeyFile = inFile(t, signingKey) },
			wrong: []string{"key-pair"}, says: []string{`knows the key id "KDEMO"`, "with another key", "AccessDenied", "openssl pkey"},
			unmoved: private(),
		},
		"a key that is accepted under the id of another": {
			edit: func(t *testing.T, c *config) {
				c.Signing.Accept = []acceptConfig{{KeyID: c.Signing.KeyID, PublicKeyFile: inFile(t, otherPublicKey)}}
			},
			wrong: []string{"configuration"}, says: []string{"signing.accept.0.key_id", "stands for another key"},
			unmoved: private("portal", "key-pair"),
		},
		"a key id that the host does not know": {
			edit:  func(_ *testing.T, c *config) { c.Signing.KeyID = "KOTHER" },
			wrong: []string{"key-pair"}, says: []string{`does not know the key id "KOTHER"`, "InvalidKey"},
			unmoved: private(),
		},
		"an issuer written in another way": {
			edit:  func(_ *testing.T, c *config) { c.Login[0].Issuer += "/" },
			wrong: []string{"sign-in"}, says: []string{"login demo", "the service calls itself", "letter for letter"},
		},
		"an issuer that is down": {
			edit:  func(_ *testing.T, c *config) { c.Login[0].Issuer = "http://127.0.0.1:1" },
			wrong: []string{"sign-in"}, says: []string{"nobody answers at http://127.0.0.1:1", "connection refused"},
		},
		"an issuer that is no sign-in service": {
			edit:  func(_ *testing.T, c *config) { c.Login[0].Issuer = c.Viewer.URL },
			wrong: []string{"sign-in"}, says: []string{"answers 404 to the question for its description"},
		},
		"a database of a newer version": {
			edit:  func(t *testing.T, c *config) { c.Store.URL = "sqlite://" + newerDatabase(t) },
			wrong: []string{"store"}, says: []string{"it has schema 99", "a newer ngportal has used it"},
		},
		"a database that is none": {
			edit: func(t *testing.T, c *config) {
				c.Store.URL = "sqlite://" + inFile(t, strings.Repeat("no database. ", 1000))
			},
			wrong: []string{"store"}, says: []string{"no SQLite database"},
		},
		"credentials that storage does not know": {
			after: func(t *testing.T, _ *ward) {
				t.Setenv("AWS_SHARED_CREDENTIALS_FILE", inFile(t, "[default]\naws_access_key_id = ANOTHER\naws_secret_access_key = other\n"))
			},
			wrong: []string{"storage"}, says: []string{"location demo-phantom in bucket neuro-private: storage says XAdminUserNotFound", "need s3:ListBucket and s3:GetObject"},
			unmoved: private("sample", "key-pair", "no-cookie", "refusal"),
		},
		"a bucket that is said to be public and is not": {
			edit:  func(_ *testing.T, c *config) { c.Buckets[1].Access = "public" },
			wrong: []string{"storage", "storage-anonymous"}, says: []string{"location demo-microscopy", "AccessDenied"},
		},
		"a location of another bucket than the host has": {
			edit: func(_ *testing.T, c *config) {
				c.Buckets = c.Buckets[:2]
				c.Datasets = []datasetConfig{
					{Name: "a", Locations: []locationConfig{{ID: phantomLocation, Bucket: c.Buckets[1].Name}}},
				}
			},
			wrong: []string{"key-pair"}, says: []string{"is not the one in storage", "location demo-phantom"},
			unmoved: private(),
		},
		"a location with a prefix that the host does not know": {
			edit: func(_ *testing.T, c *config) {
				c.Datasets = []datasetConfig{
					{Name: "a", Locations: []locationConfig{{ID: "demo-bad", Bucket: "bad", Prefix: "many/"}}},
				}
			},
			wrong: []string{"key-pair"}, says: []string{"the object is not there: 404", "must map /d/demo-bad/"},
			unmoved: private(),
		},
		"a location that the host does not know": {
			deploy: func(_ *testing.T, c *config) { c.Datasets = c.Datasets[:1] },
			edit: func(t *testing.T, c *config) {
				c.Datasets = append(c.Datasets, datasetConfig{
					Name: "new", Locations: []locationConfig{{ID: microscopyLocation, Bucket: c.Buckets[1].Name}},
				})
			},
			wrong: []string{"locations"}, says: []string{"location demo-microscopy: an object of it is answered with 404", "map /d/<id>/"},
		},
		"public data that the host guards": {
			deploy: func(t *testing.T, c *config) { c.Buckets[1].Endpoint = openStorage(t, c.Buckets[1].Endpoint) },
			edit:   func(_ *testing.T, c *config) { c.Buckets[1].Access = "public" },
			wrong:  []string{"public-data"}, says: []string{"location demo-microscopy: it answers 503 MissingKey", "access: public"},
		},
		"a portal that is not up": {
			after: func(_ *testing.T, w *ward) { w.portal.Close() },
			wrong: []string{"portal"}, says: []string{"nobody answers at http://localhost:", "connection refused", "is `ngportal serve` running, and does the proxy"},
		},
		"a viewer host that is not up": {
			after: func(_ *testing.T, w *ward) { w.viewer.Close() },
			wrong: []string{"viewer"}, says: []string{"nobody answers at http://localhost:", "is `ngportal serve` running, and does the proxy"},
			unmoved: private("session-route", "viewer-page", "viewer-config", "viewer-caching", "public-data", "key-pair", "no-cookie", "refusal"),
		},
		"a portal that runs with another configuration": {
			after: func(_ *testing.T, w *ward) { w.running.Portal.URL = the.portal },
			wrong: []string{"portal", "viewer-config"}, says: []string{"knows another viewer host than http://localhost:", "restart it"},
		},
		"storage that anybody may read": {
			deploy: func(t *testing.T, c *config) { c.Buckets[0].Endpoint = openStorage(t, c.Buckets[0].Endpoint) },
			wrong:  []string{"storage-anonymous"},
			says:   []string{"bucket neuro-private: anybody may list it and read its objects without credentials", "bucket policy"},
		},
	})
}

// otherPublicKey was made for this test: openssl ecparam -name prime256v1 -genkey -noout | openssl pkey -pubout.
const otherPublicKey = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE5NZxyxQ/bsIGIMvmdmtslki4N0nu
54BrVaRweHaaJBCLoEBOjocQFtmn82/XNo8HqBoJv0Md1TOVgpo+jM2qOQ==
-----END PUBLIC KEY-----
`
