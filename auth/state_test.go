package auth_test

import (
	"errors"
	"io/fs"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ngportal/access"
	"ngportal/auth"
)

// TestAnswerBelongsToNoSignIn sends answers that a stranger might have made.
func TestAnswerBelongsToNoSignIn(t *testing.T) {
	tests := map[string]struct {
		change func(pre *string, answer url.Values)
		want   error
	}{
		"no cookie":             {func(pre *string, _ url.Values) { *pre = "" }, auth.ErrState},
		"a made-up cookie":      {func(pre *string, _ url.Values) { *pre = "A" }, auth.ErrState},
		"no state":              {func(_ *string, a url.Values) { a.Del("state") }, auth.ErrState},
		"an empty state":        {func(_ *string, a url.Values) { a.Set("state", "") }, auth.ErrState},
		"a state of his own":    {func(_ *string, a url.Values) { a.Set("state", "A") }, auth.ErrState},
		"two states":            {func(_ *string, a url.Values) { a.Add("state", "A") }, auth.ErrState},
		"no code":               {func(_ *string, a url.Values) { a.Del("code") }, auth.ErrState},
		"two codes":             {func(_ *string, a url.Values) { a.Add("code", "A") }, auth.ErrState},
		"another issuer":        {func(_ *string, a url.Values) { a.Set("iss", "https://evil.test") }, auth.ErrRefused},
		"two issuers":           {func(_ *string, a url.Values) { a["iss"] = []string{"", "https://evil.test"} }, auth.ErrRefused},
		"a refusal":             {func(_ *string, a url.Values) { a.Set("error", "access_denied\nfake log line") }, auth.ErrRefused},
		"nothing wrong":         {func(*string, url.Values) {}, nil},
		"the same, but by name": {func(_ *string, a url.Values) { a.Set("iss", "") }, auth.ErrRefused},
	}
	db := newStore(t)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := newClock()
			o := newOP(t, c.Now())
			p := newOIDC(t, o, c, on(db, nil))
			preID, answer := begin(t, p, o)
			tt.change(&preID, answer)
			if who, _, err := p.Complete(t.Context(), preID, answer); !errors.Is(err, tt.want) || (who != access.Identity{}) != (tt.want == nil) {
				t.Errorf("Complete = %+v, %v, want %v", who, err, tt.want)
			}
			if tt.want != nil && o.count("/token") > 0 {
				t.Error("the code was traded nevertheless")
			}
		})
	}
}

func TestStateOfAnotherBrowser(t *testing.T) {
	c := newClock()
	o := newOP(t, c.Now())
	p := newOIDC(t, o, c, nil)
	_, mallorys := begin(t, p, o)
	victims, _ := begin(t, p, o)
	if _, _, err := p.Complete(t.Context(), victims, mallorys); !errors.Is(err, auth.ErrState) {
		t.Errorf("Complete with Mallory's answer in the victim's browser = %v, want ErrState", err)
	}
}

func TestSignInServesOnce(t *testing.T) {
	c := newClock()
	o := newOP(t, c.Now())
	p := newOIDC(t, o, c, nil)
	preID, answer := begin(t, p, o)
	var done, refused atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			switch _, _, err := p.Complete(t.Context(), preID, answer); {
			case err == nil:
				done.Add(1)
			case errors.Is(err, auth.ErrState):
				refused.Add(1)
			}
		})
	}
	wg.Wait()
	if done.Load() != 1 || refused.Load() != 7 {
		t.Errorf("of eight at a time %d are done and %d refused, want 1 and 7", done.Load(), refused.Load())
	}
	preID, answer = begin(t, p, o)
	if _, _, err := p.Complete(t.Context(), preID, url.Values{"state": {"guess"}}); !errors.Is(err, auth.ErrState) {
		t.Fatal(err)
	}
	if _, _, err := p.Complete(t.Context(), preID, answer); !errors.Is(err, auth.ErrState) {
		t.Errorf("Complete after a wrong guess = %v, want ErrState", err)
	}
}

func TestSignInExpires(t *testing.T) {
	c := newClock()
	o := newOP(t, c.Now())
	p := newOIDC(t, o, c, nil)
	preID, answer := begin(t, p, o)
	c.advance(10 * time.Minute)
	if _, _, err := p.Complete(t.Context(), preID, answer); !errors.Is(err, auth.ErrState) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Complete after ten minutes = %v, want ErrState", err)
	}
}

func TestAnswerOfAnotherProvider(t *testing.T) {
	c := newClock()
	o := newOP(t, c.Now())
	s := newStore(t)
	lab := newOIDC(t, o, c, func(c *auth.Config) { c.Store = s })
	other := newOIDC(t, o, c, func(c *auth.Config) { c.Name, c.Store = "other", s })
	preID, answer := begin(t, lab, o)
	if _, _, err := other.Complete(t.Context(), preID, answer); !errors.Is(err, auth.ErrState) {
		t.Errorf("Complete of a sign-in that another provider has begun = %v, want ErrState", err)
	}
}

// TestAnswerCannotReplaceOurValues guards against what gothic does: goth reads these from the query.
func TestAnswerCannotReplaceOurValues(t *testing.T) {
	c := newClock()
	o := newOP(t, c.Now())
	p := newOIDC(t, o, c, nil)
	preID, answer := begin(t, p, o)
	answer.Set("code_verifier", "attacker")
	answer.Set("redirect_uri", "https://evil.test/")
	if _, _, err := p.Complete(t.Context(), preID, answer); err != nil {
		t.Fatal(err)
	}
	form := o.forms[0]
	if got, want := form["redirect_uri"], "http://localhost:8080/auth/lab/callback"; len(got) != 1 || got[0] != want {
		t.Errorf("redirect_uri sent = %q, want %q", got, want)
	}
	if got := form["code_verifier"]; len(got) != 1 || len(got[0]) < 43 {
		t.Errorf("code_verifier sent = %q, want our own", got)
	}
}

func TestIssuerThatNamesItselfMust(t *testing.T) {
	for iss, want := range map[string]error{"": auth.ErrRefused, "own": nil} {
		c := newClock()
		o := newOP(t, c.Now())
		o.meta = map[string]any{"authorization_response_iss_parameter_supported": true}
		p := newOIDC(t, o, c, nil)
		preID, answer := begin(t, p, o)
		if iss == "own" {
			answer.Set("iss", o.URL)
		}
		if _, _, err := p.Complete(t.Context(), preID, answer); !errors.Is(err, want) {
			t.Errorf("Complete with iss %q = %v, want %v", answer["iss"], err, want)
		}
	}
}
