package admin_test

import (
	"net/url"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

type office struct {
	*latchkeytest.Provider
	*latchkeytest.Browser
	t *testing.T
}

// enter starts a provider and logs an administrator in.
func enter(t *testing.T) office {
	t.Helper()
	p := latchkeytest.New(t, func(o *latchkey.Options) { o.ConsumerURL = "http://localhost:8001" })
	p.AddUser("root", true)
	b := p.Browser()
	page := b.LogIn(b.Open(p.URL+"/admin/applications/?q=x"), "root")
	if page.Request.URL.RequestURI() != "/admin/applications/?q=x" {
		t.Fatalf("after the login: got %s", page.Request.URL)
	}
	return office{p, b, t}
}

func (o office) open(path string) latchkeytest.Page {
	o.t.Helper()
	return o.Open(o.URL + "/admin/" + path)
}

func (o office) post(path string, fields url.Values) latchkeytest.Page {
	o.t.Helper()
	page := o.open(path)
	if page.StatusCode == 404 || page.StatusCode == 405 {
		page.Request.URL, _ = url.Parse(o.URL + "/admin/" + path)
	}
	return o.Submit(page, fields)
}
