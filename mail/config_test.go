package mail_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	ngmail "ngportal/mail"
)

func TestFaults(t *testing.T) {
	secret := ngmail.NewPassword(password)
	from := "ngportal <portal@example.org>"
	tests := map[string]struct {
		config ngmail.Config
		want   []string // key: text
	}{
		"all is well":           {ngmail.Config{SMTP: "smtp.example.org:587", From: from, Username: "portal", Password: secret, TLS: "starttls"}, nil},
		"a relay on this host":  {ngmail.Config{SMTP: "localhost:25", From: from, TLS: "none"}, nil},
		"an IPv6 loopback":      {ngmail.Config{SMTP: "[::1]:25", From: from, TLS: "none"}, nil},
		"encrypted at once":     {ngmail.Config{SMTP: "smtp.example.org:465", From: "portal@example.org", TLS: "tls"}, nil},
		"a name with an umlaut": {ngmail.Config{SMTP: "smtp.example.org:25", From: "Müller, Ben <portal@example.org>"}, []string{`from: "Müller, Ben <portal@example.org>" is not a name and an e-mail address`}},
		"nothing is given":      {ngmail.Config{}, []string{"smtp: is missing", "from: is missing"}},
		"everything is wrong": {ngmail.Config{SMTP: "smtp.example.org", From: "portal", Username: "portal", TLS: "ssl"}, []string{
			`smtp: "smtp.example.org" is not host:port`,
			`from: "portal" is not a name and an e-mail address`,
			"password: is missing, though there is a username",
			`tls: "ssl" is none of starttls, tls, none`,
		}},
		"a password for nobody": {ngmail.Config{SMTP: "smtp.example.org:587", From: from, Password: secret}, []string{"username: is missing, though there is a password"}},
		"clear text elsewhere": {ngmail.Config{SMTP: "smtp.example.org:25", From: from, TLS: "none"}, []string{
			"tls: none will do for a mail server on this computer only",
		}},
		"a password in clear text": {ngmail.Config{SMTP: "127.0.0.1:25", From: from, Username: "portal", Password: secret, TLS: "none"}, []string{
			"tls: a password needs encryption, so none goes without username",
		}},
		"starttls where TLS is spoken": {ngmail.Config{SMTP: "smtp.example.org:465", From: from}, []string{
			"tls: port 465 is encrypted from the first byte, starttls begins in clear text",
		}},
		"TLS where starttls is spoken": {ngmail.Config{SMTP: "smtp.example.org:587", From: from, TLS: "tls"}, []string{
			"tls: port 587 begins in clear text, tls is encrypted from the first byte",
		}},
		"a port out of range":      {ngmail.Config{SMTP: "smtp.example.org:70000", From: from}, []string{`smtp: "smtp.example.org:70000" has no port between 1 and 65535`}},
		"an address, not a host":   {ngmail.Config{SMTP: "https://smtp.example.org:587", From: from}, []string{`smtp: "https://smtp.example.org:587" is not host:port`}},
		"a socket":                 {ngmail.Config{SMTP: "unix:///run/mail:1", From: from}, []string{`smtp: "unix:///run/mail:1" is not host:port`}},
		"a line break in from":     {ngmail.Config{SMTP: "smtp.example.org:587", From: "\"a\r\n b\" <portal@example.org>"}, []string{`from: "\"a\r\n b\" <portal@example.org>" is not a name and an e-mail address`}},
		"a zero byte in the login": {ngmail.Config{SMTP: "smtp.example.org:587", From: from, Username: "a\x00b", Password: secret}, []string{"password: neither username nor password can have a zero byte"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, f := range tt.config.Faults() {
				got = append(got, f.Key+": "+f.Text)
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("Faults: %q, want %q", got, tt.want)
			}
			_, err := ngmail.NewSender(tt.config)
			if (err != nil) != (len(tt.want) > 0) {
				t.Errorf("NewSender: %v, want %q", err, tt.want)
			}
			for _, text := range tt.want {
				if err != nil && !strings.Contains(err.Error(), "mail."+text) {
					t.Errorf("NewSender: %v, want %q in it", err, text)
				}
			}
			if err != nil && strings.Contains(err.Error(), password) {
				t.Errorf("NewSender: %v has the password", err)
			}
		})
	}
}

func TestPasswordHidesItself(t *testing.T) {
	c := ngmail.Config{SMTP: "smtp.example.org:587", From: "portal@example.org", Username: "portal", Password: ngmail.NewPassword(password)}
	sender := newSender(t, c)
	var out bytes.Buffer
	for _, v := range []any{c, &c, c.Password, &c.Password, sender, *sender, []any{c}, struct{ hidden ngmail.Config }{c}} {
		for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
			fmt.Fprintf(&out, format+"\n", v)
		}
		slog.New(slog.NewTextHandler(&out, nil)).Info("x", slog.Any("v", v))
		slog.New(slog.NewJSONHandler(&out, nil)).Info("x", slog.Any("v", v))
		_ = json.NewEncoder(&out).Encode(v)
	}
	text, err := yaml.Marshal(struct{ P ngmail.Password }{c.Password})
	if err != nil {
		t.Fatal(err)
	}
	out.Write(text)
	for _, form := range []string{password, fmt.Sprintf("%x", password), fmt.Sprintf("%X", password)} {
		if strings.Contains(out.String(), form) {
			t.Errorf("%q was printed:\n%s", form, &out)
		}
	}
	if got := fmt.Sprint(c.Password, "/", ngmail.NewPassword("")); got != "(hidden)/" {
		t.Errorf("printed as %q", got)
	}
}
