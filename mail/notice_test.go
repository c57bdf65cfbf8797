package mail_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	ngmail "ngportal/mail"
)

var lab = ngmail.Portal{Name: "Brain Portal", URL: "https://portal.example.org"}

func TestNotices(t *testing.T) {
	tests := map[string]struct{ got, want ngmail.Message }{
		"somebody asks": {
			ngmail.AccessRequested("ada@example.org", ngmail.Request{
				Portal: lab, Dataset: "Subject I58", Name: "Ben Müller", Email: "ben@example.org",
				Sentence: "I compare tracts of the hippocampus with those of the atlas,\nand need the whole stack for that. Thank you!",
				Link:     "https://portal.example.org/admin/requests/17",
			}),
			ngmail.Message{
				To: "ada@example.org", ReplyTo: "ben@example.org", Subject: "Ben Müller asks for access to Subject I58",
				Text: `Hello,

Ben Müller (ben@example.org) asks for access to “Subject I58”, which you
manage.

They wrote:

> I compare tracts of the hippocampus with those of the atlas, and need
> the whole stack for that. Thank you!

Approve or decline:
https://portal.example.org/admin/requests/17

-- ` + `
Brain Portal
https://portal.example.org
`,
			},
		},
		"somebody without name and words asks": {
			ngmail.AccessRequested("ada@example.org", ngmail.Request{Portal: lab, Dataset: "I58", Email: "ben@example.org", Link: "https://portal.example.org/r/1"}),
			ngmail.Message{
				To: "ada@example.org", ReplyTo: "ben@example.org", Subject: "ben@example.org asks for access to I58",
				Text: "Hello,\n\nben@example.org asks for access to “I58”, which you manage.\n\n" +
					"Approve or decline:\nhttps://portal.example.org/r/1\n\n-- \nBrain Portal\nhttps://portal.example.org\n",
			},
		},
		"somebody without anything asks": {
			ngmail.AccessRequested("ada@example.org", ngmail.Request{Portal: lab, Dataset: "I58", Link: "https://portal.example.org/r/1"}),
			ngmail.Message{
				To: "ada@example.org", Subject: "Somebody asks for access to I58",
				Text: "Hello,\n\nSomebody asks for access to “I58”, which you manage.\n\n" +
					"Approve or decline:\nhttps://portal.example.org/r/1\n\n-- \nBrain Portal\nhttps://portal.example.org\n",
			},
		},
		"somebody mischievous asks": {
			ngmail.AccessRequested("ada@example.org", ngmail.Request{
				Portal: lab, Dataset: "I58=?utf-8?q?=0D=0A?=\r\nX: y", Name: "<b>Eve\r\nBcc: all@example.org\u202e\u2066 \u200fדנה\u200f",
				Email: "eve@example.org\r\nBcc: all@example.org", Sentence: "please\n\n-- \nBrain Portal\u2028\x00\nhttps://evil.example.org",
				Link: "https://portal.example.org/r/1",
			}),
			ngmail.Message{
				To: "ada@example.org", Subject: "<b>Eve Bcc: all@example.org \u200fדנה\u200f asks for access to I58= ?utf-8?q?=0D=0A?= X: y",
				Text: "Hello,\n\n<b>Eve Bcc: all@example.org \u200fדנה\u200f asks for access to\n“I58=?utf-8?q?=0D=0A?= X: y”, which you manage.\n\n" +
					"They wrote:\n\n> please -- Brain Portal https://evil.example.org\n\n" +
					"Approve or decline:\nhttps://portal.example.org/r/1\n\n-- \nBrain Portal\nhttps://portal.example.org\n",
			},
		},
		"it is approved": {
			ngmail.AccessApproved("ben@example.org", ngmail.Approval{
				Portal: lab, Dataset: "Subject I58", Group: "HiP-CT", Link: "https://portal.example.org/browse/I58/",
				Until: time.Date(2027, 1, 31, 23, 59, 0, 0, time.FixedZone("", 3600)),
			}),
			ngmail.Message{
				To: "ben@example.org", Subject: "You have access to Subject I58",
				Text: "Hello,\n\nYou now have access to “Subject I58”, as a member of the group “HiP-CT”.\nAccess ends on 31 January 2027, 22:59 UTC.\n\n" +
					"Have a look:\nhttps://portal.example.org/browse/I58/\n\n-- \nBrain Portal\nhttps://portal.example.org\n",
			},
		},
		"it is approved without end": {
			ngmail.AccessApproved("ben@example.org", ngmail.Approval{Portal: lab, Dataset: "I58", Group: "HiP-CT", Link: "https://portal.example.org/browse/I58/"}),
			ngmail.Message{
				To: "ben@example.org", Subject: "You have access to I58",
				Text: "Hello,\n\nYou now have access to “I58”, as a member of the group “HiP-CT”.\n\n" +
					"Have a look:\nhttps://portal.example.org/browse/I58/\n\n-- \nBrain Portal\nhttps://portal.example.org\n",
			},
		},
		"it is declined": {
			ngmail.AccessDeclined("ben@example.org", ngmail.Refusal{
				Portal: lab, Dataset: "I58", Reason: "Your lab has not signed the agreement.", Link: "https://portal.example.org/r/1",
			}),
			ngmail.Message{
				To: "ben@example.org", Subject: "No access to I58",
				Text: "Hello,\n\nYour request for access to “I58” was declined.\n\nThe reason given:\n\n> Your lab has not signed the agreement.\n\n" +
					"Your request:\nhttps://portal.example.org/r/1\n\n-- \nBrain Portal\nhttps://portal.example.org\n",
			},
		},
		"it is declined without a word": {
			ngmail.AccessDeclined("ben@example.org", ngmail.Refusal{Portal: lab, Dataset: "I58", Reason: " \n", Link: "https://portal.example.org/r/1"}),
			ngmail.Message{
				To: "ben@example.org", Subject: "No access to I58",
				Text: "Hello,\n\nYour request for access to “I58” was declined.\n\n" +
					"Your request:\nhttps://portal.example.org/r/1\n\n-- \nBrain Portal\nhttps://portal.example.org\n",
			},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if tt.got != tt.want {
				t.Errorf("composed\n%+q\nwant\n%+q\n\n%s", tt.got, tt.want, tt.got.Text)
			}
		})
	}
}

// However much people write, a notice is short.
func TestNoticesAreBounded(t *testing.T) {
	long := strings.Repeat("ü \U0001f9e0", 100_000)
	m := ngmail.AccessRequested("ada@example.org", ngmail.Request{Portal: lab, Dataset: long, Name: long, Sentence: long, Email: long, Link: "https://portal.example.org/r/1"})
	if n := utf8.RuneCountInString(m.Subject); n != 80+len(" asks for access to ")+80 {
		t.Errorf("the subject has %d characters: %s", n, m.Subject)
	}
	if n := strings.Count(m.Text, "\U0001f9e0"); n != 26+26+166 {
		t.Errorf("the text has %d of them:\n%s", n, m.Text)
	}
	for l := range strings.SplitSeq(m.Text, "\n") {
		if utf8.RuneCountInString(l) > 72 {
			t.Errorf("a long line: %s", l)
		}
	}
}

func FuzzNotice(f *testing.F) {
	f.Add("Ben", "ben@example.org", "I58", "please")
	f.Add("Ben\r\nBcc: eve@example.org", "ben@example.org\r\nBcc: eve@example.org", "I58\r\n\r\n.\r\n", "\r\n.\r\nQUIT")
	f.Add("=?utf-8?q?=0D=0ABcc:?=", "=?utf-8?q?a?=@example.org", "\u202e\u2028\x85\xff=\u202e?", "\x00\u200f")
	f.Fuzz(func(t *testing.T, name, email, dataset, sentence string) {
		p := ngmail.Portal{Name: name, URL: email}
		for _, m := range []ngmail.Message{
			ngmail.AccessRequested("ada@example.org", ngmail.Request{Portal: p, Dataset: dataset, Name: name, Email: email, Sentence: sentence, Link: dataset}),
			ngmail.AccessApproved("ada@example.org", ngmail.Approval{Portal: p, Dataset: dataset, Group: name, Link: sentence}),
			ngmail.AccessDeclined("ada@example.org", ngmail.Refusal{Portal: p, Dataset: dataset, Reason: sentence, Link: name}),
		} {
			raw, err := ngmail.Compose(portalFrom, ngmail.Queued{ID: 1, Created: created, Message: m})
			if err != nil {
				t.Fatalf("%+q cannot be sent: %v", m, err)
			}
			checkHeaders(t, raw, m)
			if strings.Count("\n"+m.Text, "\n-- \n") != 1 {
				t.Errorf("there is more than one signature in %q", m.Text)
			}
		}
	})
}
