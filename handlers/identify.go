package handlers

import (
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"

	"ngportal/access"
	"ngportal/store"
)

// identify finds out who it is and what they may do: the session or the token, once. Nobody is an answer as well; pages
// that need somebody ask for it.
func (s *site) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := visitOf(r)
		v.err = s.recognize(v, r)
		v.rights.From = s.address(r)
		v.tray = sync.OnceValues(func() ([]store.Item, error) { return s.Store.Tray(r.Context(), v.rights.Person()) })
		next.ServeHTTP(w, r)
	})
}

// recognize reads the token of a program's request, else the session. A token is never taken where pages are: there
// a browser could be made to send somebody else's.
func (s *site) recognize(v *visit, r *http.Request) error {
	policy, err := s.Policies.Current(r.Context())
	if err != nil {
		return err
	}
	if r.Header.Get("Authorization") != "" && strings.HasPrefix(r.URL.Path, apiPath) {
		token, wrong := s.token(r)
		if wrong != nil {
			return wrong
		}
		v.rights = policy.For(token.Owner, token.Scope, s.Now())
		v.rights.Via = "token " + strconv.FormatInt(token.ID, 10)
		return nil
	}
	if _, v.session, err = s.Sessions.Person(r); err != nil {
		return err
	}
	v.rights = policy.For(v.session.Person, access.ScopeAdmin, s.Now())
	v.rights.Via = "session"
	return nil
}

// address is where a request comes from: the nearest address that is not of one of our own proxies.
func (s *site) address(r *http.Request) string {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	from := at.Addr().Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && s.isProxy(from); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		from = hop.Unmap()
	}
	return from.String()
}

func (s *site) isProxy(a netip.Addr) bool {
	return slices.ContainsFunc(s.Proxies, func(p netip.Prefix) bool { return p.Contains(a) })
}
