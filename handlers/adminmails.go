package handlers

import (
	"errors"
	"io/fs"
	"net/http"

	"ngportal/mail"
	"ngportal/store"
)

// approvalMails tell who has asked that they are let in; there are none where no mail is sent. The error is a [*store.Fault]
// of group if it is not there.
func (s *site) approvalMails(r *http.Request, one store.Request, a store.Approval) ([]mail.Message, error) {
	if !s.mails(one) {
		return nil, nil
	}
	group := one.DatasetTitle + " viewers"
	if a.Group != 0 {
		g, err := s.Store.Group(r.Context(), rights(r), a.Group)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, &store.Fault{Field: "group", Text: "There is no such group."}
		}
		if err != nil {
			return nil, err
		}
		group = g.Name
	}
	return []mail.Message{mail.AccessApproved(one.Who.Email, mail.Approval{
		Portal: s.sender(), Dataset: one.DatasetTitle, Group: group, Until: a.Expires, Link: s.PortalURL + datasetURL(one.DatasetName),
	})}, nil
}

// declineMails tell who has asked that they are not let in, and why; there are none where no mail is sent.
func (s *site) declineMails(one store.Request, reason string) []mail.Message {
	if !s.mails(one) {
		return nil
	}
	return []mail.Message{mail.AccessDeclined(one.Who.Email, mail.Refusal{
		Portal: s.sender(), Dataset: one.DatasetTitle, Reason: reason, Link: s.PortalURL + "/requests",
	})}
}

// mails reports whether who has made a request is told of the answer by mail.
func (s *site) mails(one store.Request) bool { return s.Mailed != nil && one.Who.Email != "" }

// sender is what mails say of where they come from.
func (s *site) sender() mail.Portal { return mail.Portal{Name: "ngportal", URL: s.PortalURL} }

// mailed has mails sent that have been put into the outbox.
func (s *site) mailed(mails []mail.Message) {
	if len(mails) > 0 {
		s.Mailed()
	}
}
