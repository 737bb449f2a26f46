package latchkeytest_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// cookiePeople are people whose name is in a cookie.
type cookiePeople struct{}

func (cookiePeople) Current(r *http.Request) (*latchkey.Person, error) {
	cookie, err := r.Cookie("name")
	if err != nil {
		return nil, nil
	}
	return &latchkey.Person{Authentication: oauth.Authentication{Subject: cookie.Value}}, nil
}

func (cookiePeople) LogIn(w http.ResponseWriter, r *http.Request, why latchkey.Interaction) {
	http.Redirect(w, r, "/login?next="+url.QueryEscape(why.Next), http.StatusFound)
}

// TestBrowserUsesTheLoginPageOfTheProgram that the test adds to Provider.Mux. Without it,
// the error says what is missing.
func TestBrowserUsesTheLoginPageOfTheProgram(t *testing.T) {
	p := latchkeytest.New(t, func(o *latchkey.Options) { o.People = cookiePeople{} })
	client, secret := p.AddClient("https://app.example/callback", nil)
	decide := func() (*url.URL, error) {
		return p.Browser().Decide(p.AuthorizationURL(client, "read"), "ada", true)
	}
	if _, err := decide(); err == nil || !strings.Contains(err.Error(), "does not serve /login") || !strings.Contains(err.Error(), "Provider.Mux") {
		t.Errorf("without a login page: %v", err)
	}
	p.Mux.HandleFunc("/login", func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			_, _ = io.WriteString(w, `<form method="post"><input name="username"><input type="password" name="password"></form>`)
			return
		}
		if r.PostFormValue("username") == "bob" || r.PostFormValue("password") != latchkeytest.Password {
			http.Redirect(w, r, r.URL.String(), http.StatusSeeOther)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "name", Value: r.PostFormValue("username"), Path: "/"})
		http.Redirect(w, r, r.URL.Query().Get("next"), http.StatusSeeOther)
	})
	if redirect, err := decide(); err != nil || redirect.Query().Get("code") == "" {
		t.Errorf("with a login page: %v %v", redirect, err)
	}
	if _, err := p.Browser().Decide(p.AuthorizationURL(client, "read"), "bob", true); err == nil || !strings.Contains(err.Error(), `/login shows the login page after the login. Options.People must accept the username "bob"`) {
		t.Errorf("if the program rejects the login: %v", err)
	}
	if tokens := p.Tokens(client, secret, "ada", "read"); tokens.AccessToken == "" {
		t.Error("Tokens returned no access token")
	}
}

// stepPeople are people who log in with a PIN only if LogIn asks for it.
type stepPeople struct{}

func (stepPeople) Current(r *http.Request) (*latchkey.Person, error) {
	person, err := cookiePeople{}.Current(r)
	if pin, _ := r.Cookie("pin"); person != nil && pin != nil {
		person.ACR = "pin"
	}
	return person, err
}

func (stepPeople) LogIn(w http.ResponseWriter, r *http.Request, why latchkey.Interaction) {
	http.Redirect(w, r, "/login?reason="+string(why.Reason)+"&next="+url.QueryEscape(why.Next), http.StatusFound)
}

// TestBrowserLogsInAgainForReasonACR, as a person does.
func TestBrowserLogsInAgainForReasonACR(t *testing.T) {
	p := latchkeytest.New(t, func(o *latchkey.Options) { o.People, o.ACRValues = stepPeople{}, []string{"pin"} })
	p.Mux.HandleFunc("GET /login", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `<form method="post"><input name="username"><input type="password" name="password"></form>`)
	})
	p.Mux.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "name", Value: r.PostFormValue("username"), Path: "/"})
		if latchkey.Reason(r.URL.Query().Get("reason")) == latchkey.ReasonACR {
			http.SetCookie(w, &http.Cookie{Name: "pin", Value: "entered", Path: "/"})
		}
		http.Redirect(w, r, r.URL.Query().Get("next"), http.StatusSeeOther)
	})
	client, _ := p.AddClient("https://app.example/callback", nil)
	if code, err := p.Browser().Authorize(p.AuthorizationURL(client, "read")+"&acr_values=pin", "ada"); err != nil || code == "" {
		t.Errorf("the code is %q, %v", code, err)
	}
}
