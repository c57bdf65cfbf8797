package store

import (
	"context"
	"database/sql"
	"errors"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"time"

	"ngportal/access"
)

// An App is a viewer elsewhere that may be given somebody's token.
type App struct {
	Origin  string // such as https://viewer.example.org
	Name    string
	Created time.Time
}

// appFacts are what the audit keeps of an app.
type appFacts struct {
	Origin string `json:"origin"`
	Name   string `json:"name"`
}

// Apps returns the apps, by name.
func (s *Store) Apps(ctx context.Context) (out []App, _ error) {
	err := each(ctx, s.read, "SELECT origin, name, created FROM apps ORDER BY lower(name), origin", func(row scan) error {
		var a App
		var created int64
		err := row(&a.Origin, &a.Name, &created)
		a.Created = instant(created)
		out = append(out, a)
		return err
	})
	return out, explain("list apps", err)
}

// AddApp trusts an app. The error is an [*access.Refusal] for whoever does not administer the portal, and a [*Fault] of
// origin or name.
func (s *Store) AddApp(ctx context.Context, by access.Rights, origin, name string) (err error) {
	if err = by.MayAdminister(); err != nil {
		return err
	}
	origin = strings.TrimSpace(origin)
	if err = checkOrigin(origin); err != nil {
		return err
	}
	if name, err = nameOf("name", name); err != nil {
		return err
	}
	return s.tell(ctx, by, "add app", func(tx *writer) (Entry, error) {
		if there, err := readApp(ctx, tx, origin); !errors.Is(err, sql.ErrNoRows) {
			if err == nil {
				err = faulty("origin", "This origin is trusted already, as “%s”.", there.Name)
			}
			return Entry{}, err
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO apps (origin, name, created) VALUES (?, ?, ?)", origin, name, millis(by.Now()))
		return Entry{Event: AppChanged, Object: objectOf("app", origin)}.changed(nil, appFacts{origin, name}), err
	})
}

func readApp(ctx context.Context, tx *writer, origin string) (a appFacts, err error) {
	err = tx.QueryRowContext(ctx, "SELECT origin, name FROM apps WHERE origin = ?", origin).Scan(&a.Origin, &a.Name)
	return a, err
}

var hostForm = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)

// checkOrigin finds fault with an origin that is not as browsers write it, or to which a token would travel in the open.
func checkOrigin(origin string) error {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || u.Scheme+"://"+u.Host != origin {
		return faulty("origin", "An origin is https:// and a host, and nothing after it: https://viewer.example.org.")
	}
	host, port := u.Hostname(), u.Port()
	ip, notIP := netip.ParseAddr(host)
	switch {
	case notIP != nil && !hostForm.MatchString(host), notIP == nil && ip.String() != host:
		return faulty("origin", "Write the host as browsers do: in small letters, others than a to z as “xn--…”.")
	case u.Scheme == "https" && port == "443", u.Scheme == "http" && port == "80":
		return faulty("origin", "Leave out the port %s, as browsers do.", port)
	case strings.HasSuffix(u.Host, ":"):
		return faulty("origin", "Leave out the colon at the end.")
	case u.Scheme == "https":
		return nil
	case u.Scheme == "http" && (host == "localhost" || notIP == nil && ip.IsLoopback()):
		return nil
	}
	return faulty("origin", "An origin is https://, or http:// on this machine, such as http://localhost:8080.")
}

// RemoveApp trusts an app no longer. The error is an [*access.Refusal] for whoever does not administer the portal, and wraps
// [fs.ErrNotExist] if there is none.
func (s *Store) RemoveApp(ctx context.Context, by access.Rights, origin string) error {
	if err := by.MayAdminister(); err != nil {
		return err
	}
	return s.tell(ctx, by, "remove app", func(tx *writer) (Entry, error) {
		before, err := readApp(ctx, tx, origin)
		if err != nil {
			return Entry{}, err
		}
		_, err = tx.ExecContext(ctx, "DELETE FROM apps WHERE origin = ?", origin)
		return Entry{Event: AppChanged, Object: objectOf("app", origin)}.changed(before, nil), err
	})
}
