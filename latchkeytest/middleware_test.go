package latchkeytest_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

type nameKey struct{}

// middlewarePeople are people whose name a middleware puts into the context, as session
// managers do. Without the middleware, they panic.
type middlewarePeople struct{}

func (middlewarePeople) Current(r *http.Request) (*latchkey.Person, error) {
	name, ok := r.Context().Value(nameKey{}).(string)
	if !ok {
		panic("no session data in the context")
	}
	if name == "" {
		return nil, nil
	}
	return &latchkey.Person{Authentication: oauth.Authentication{Subject: name}}, nil
}

func (middlewarePeople) LogIn(w http.ResponseWriter, r *http.Request, why latchkey.Interaction) {
	http.Redirect(w, r, "/login?next="+url.QueryEscape(why.Next), http.StatusFound)
}

func loadName(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := ""
		if cookie, err := r.Cookie("name"); err == nil {
			name = cookie.Value
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), nameKey{}, name)))
	})
}

// outputOf is a test whose output can be read.
type outputOf struct {
	testing.TB
	out *bytes.Buffer
}

func (t outputOf) Output() io.Writer { return t.out }

// TestMiddlewareOfTheProgramWrapsTheProvider. Without it, the output of the test has the
// reason for the error.
func TestMiddlewareOfTheProgramWrapsTheProvider(t *testing.T) {
	var out bytes.Buffer
	p := latchkeytest.New(outputOf{t, &out}, func(o *latchkey.Options) { o.People = middlewarePeople{} })
	p.Mux.HandleFunc("/login", func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			_, _ = io.WriteString(w, `<form method="post"><input name="username"><input type="password" name="password"></form>`)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "name", Value: r.PostFormValue("username"), Path: "/"})
		http.Redirect(w, r, r.URL.Query().Get("next"), http.StatusSeeOther)
	})
	client, _ := p.AddClient("https://app.example/callback", nil)
	decide := func() (*url.URL, error) {
		return p.Browser().Decide(p.AuthorizationURL(client, "read"), "ada", true)
	}
	if _, err := decide(); err == nil || !strings.Contains(out.String(), "no session data in the context") {
		t.Errorf("without the middleware: %v, and the log is %q", err, out.String())
	}
	p.Use(loadName)
	if redirect, err := decide(); err != nil || redirect.Query().Get("code") == "" {
		t.Errorf("with the middleware: %v %v", redirect, err)
	}
}

// TestLogOfAProviderStopsWithItsTest: a log record after the end of the test is dropped,
// because the testing package panics if the output of a test that has ended is used.
func TestLogOfAProviderStopsWithItsTest(t *testing.T) {
	var out bytes.Buffer
	var server *latchkey.Server
	t.Run("the test", func(t *testing.T) {
		server = latchkeytest.New(outputOf{t, &out}, nil).Server
		server.Require("nothing")
		if !strings.Contains(out.String(), "nothing") {
			t.Errorf("the log is %q", out.String())
		}
	})
	out.Reset()
	server.Require("nothing")
	if out.Len() > 0 {
		t.Errorf("after the end of the test: %q", out.String())
	}
}
