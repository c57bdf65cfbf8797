package idp

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// token trades a code for tokens: https://openid.net/specs/openid-connect-core-1_0.html#TokenEndpoint.
func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		refuse(w, http.StatusBadRequest, "invalid_request")
		return
	}
	if !p.isClient(r) {
		w.Header().Set("WWW-Authenticate", `Basic realm="demo"`)
		refuse(w, http.StatusUnauthorized, "invalid_client")
		return
	}
	if r.PostForm.Get("grant_type") != "authorization_code" {
		refuse(w, http.StatusBadRequest, "unsupported_grant_type")
		return
	}
	g, ok := p.codes.take(p.Now(), r.PostForm.Get("code"))
	if !ok || r.PostForm.Get("redirect_uri") != p.RedirectURL || !verifies(r.PostForm.Get("code_verifier"), g.challenge) {
		refuse(w, http.StatusBadRequest, "invalid_grant")
		return
	}
	p.issue(w, g)
}

func (p *provider) issue(w http.ResponseWriter, g grant) {
	now := p.Now()
	accessToken, ok := p.tokens.put(now, tokenTime, g.person)
	if !ok {
		refuse(w, http.StatusServiceUnavailable, "temporarily_unavailable")
		return
	}
	idToken, err := p.idToken(now, g, accessToken)
	if err != nil {
		refuse(w, http.StatusInternalServerError, "server_error")
		return
	}
	send(w, http.StatusOK, map[string]any{
		"access_token": accessToken,
		"token_type":   "Bearer",
		"expires_in":   int(tokenTime / time.Second),
		"id_token":     idToken,
	})
}

func (p *provider) idToken(now time.Time, g grant, accessToken string) (string, error) {
	claims := about(g.person, g.scopes)
	claims["iss"] = p.Issuer
	claims["aud"] = p.ClientID
	claims["iat"] = now.Unix()
	claims["exp"] = now.Add(tokenTime).Unix()
	if g.nonce != "" {
		claims["nonce"] = g.nonce
	}
	// https://openid.net/specs/openid-connect-core-1_0.html#CodeIDToken: the left half of the hash.
	sum := sha256.Sum256([]byte(accessToken))
	claims["at_hash"] = base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	signed, err := p.signer.Sign(payload)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}

// userInfo tells who an access token is about.
func (p *provider) userInfo(w http.ResponseWriter, r *http.Request) {
	token, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	who, ok := p.tokens.look(p.Now(), token)
	if !isBearer || !ok {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		refuse(w, http.StatusUnauthorized, "invalid_token")
		return
	}
	send(w, http.StatusOK, about(who, []string{"email", "profile"}))
}

// about returns the claims about somebody that scopes ask for.
func about(who Person, scopes []string) map[string]any {
	claims := map[string]any{"sub": who.Subject}
	if slices.Contains(scopes, "profile") {
		claims["name"] = who.Name
	}
	if slices.Contains(scopes, "email") {
		claims["email"], claims["email_verified"] = who.Email, true
	}
	return claims
}

// isClient checks the client's secret, sent by either of the two ways of
// https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1, but not by both.
func (p *provider) isClient(r *http.Request) bool {
	id, secret := r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	if user, password, basic := r.BasicAuth(); basic {
		var err, errSecret error
		if secret != "" {
			return false
		}
		id, err = url.QueryUnescape(user)
		secret, errSecret = url.QueryUnescape(password)
		if errors.Join(err, errSecret) != nil {
			return false
		}
	}
	return same(id, p.ClientID) && same(secret, p.ClientSecret)
}

// verifies checks PKCE: https://www.rfc-editor.org/rfc/rfc7636#section-4.6.
func verifies(verifier, challenge string) bool {
	sum := sha256.Sum256([]byte(verifier))
	return same(base64.RawURLEncoding.EncodeToString(sum[:]), challenge)
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func refuse(w http.ResponseWriter, status int, word string) {
	send(w, status, map[string]string{"error": word})
}
