package auth

import (
	"net/http"
	"time"
)

// Cookies that Auth sets. With https the name starts with __Host-: the browser
// then takes it from this host only, by https only, and no neighbour under the
// same domain can plant one (RFC 6265bis, section 4.1.3.2).
const (
	sessionCookie = "sid"
	browserCookie = "signin" // binds a sign-in to the browser that began it
)

func (a *Auth) cookieName(name string) string {
	if a.secure {
		return "__Host-" + name
	}
	return name
}

// setCookie sets a cookie that ends with life; a life of 0 removes it.
func (a *Auth) setCookie(w http.ResponseWriter, name, value string, life time.Duration) {
	age := int(life / time.Second)
	if age <= 0 {
		age = -1
	}
	http.SetCookie(w, &http.Cookie{
		Name:     a.cookieName(name),
		Value:    value,
		Path:     "/",
		MaxAge:   age,
		Secure:   a.secure,
		HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
	})
}

// cookie returns the value of a cookie, or "" when it is none of ours.
func (a *Auth) cookie(r *http.Request, name string) string {
	c, err := r.Cookie(a.cookieName(name))
	if err != nil || !isSecret(c.Value, secretBytes) {
		return ""
	}
	return c.Value
}
