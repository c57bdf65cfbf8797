package handlers

import (
	"cmp"
	"errors"
	"net/http"
	"regexp"
	"slices"

	"ngportal/access"
	"ngportal/auth"
)

// returned is the fragment at which the viewer takes up the scene that it kept; viewer/src/scene.js has it, too.
const returned = "!return"

var locationForm = regexp.MustCompile(`^[a-z0-9-]{4,64}$`)

// comeBack sends somebody who had to sign in again back to the viewer, which has kept the scene. The address
// names the locations that the scene reads. What the person may not see is left out like what
// does not exist: the answer does not tell one from the other.
func (s *site) comeBack(w http.ResponseWriter, r *http.Request) error {
	asked := slices.DeleteFunc(r.URL.Query()["l"], func(id string) bool { return !locationForm.MatchString(id) })
	if len(asked) == 0 {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return nil
	}
	for _, id := range asked {
		_, _, err := rights(r).Location(id)
		if terms, ok := errors.AsType[*access.TermsError](err); ok && person(r).SignedIn() {
			return terms // accepted, they lead back here
		}
	}
	may := mayRead(rights(r), asked)
	if len(may) == 0 {
		if !person(r).SignedIn() {
			return errSignIn
		}
		return s.refuseReturn(person(r))
	}
	return s.toViewer(w, r, may, returned)
}

// mayRead returns the first of the locations that somebody may see, each once, and no more than a ticket is good for.
func mayRead(who access.Rights, asked []string) []string {
	var may []string
	for _, id := range asked {
		if _, _, err := who.Location(id); err == nil && !slices.Contains(may, id) && len(may) < auth.MaxLocations {
			may = append(may, id)
		}
	}
	return may
}

// refuseReturn tells somebody that none of the scene's data may be seen by the account in use.
func (s *site) refuseReturn(who access.Person) error {
	ask := s.Ask
	if ask == "" {
		ask = "Ask whoever manages the data for access."
	}
	return &userError{
		code: http.StatusForbidden, heading: "You may not see the data of this scene",
		what: "You are signed in as " + called(who) + ", and none of it has been opened for this account.",
		do: ask + " If you have another account that may see it, sign out and sign in with that one. " +
			"The scene is still in the viewer: your browser’s Back button leads to it.",
	}
}

// called names a person and the account.
func called(who access.Person) string {
	switch {
	case who.Email == "":
		return cmp.Or(who.Name, "this account")
	case who.Name == "" || who.Name == who.Email:
		return who.Email
	}
	return who.Name + " (" + who.Email + ")"
}
