package latchkeytest_test

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/internal/hosttest"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A failing is a test whose failure is expected.
type failing struct {
	testing.TB
	mu     sync.Mutex
	log    bytes.Buffer
	failed string
}

func (f *failing) Helper() {}

func (f *failing) Output() io.Writer { return f }

func (f *failing) Write(line []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.log.Write(line)
}

func (f *failing) logged() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.log.String()
}

func (f *failing) Fatal(args ...any) { f.failed = fmt.Sprint(args...); panic(f) }

func (f *failing) Fatalf(format string, args ...any) { f.Fatal(fmt.Sprintf(format, args...)) }

// failure returns the message with which a function ends the test.
func (f *failing) failure(do func()) (message string) {
	defer func() {
		if r := recover(); r != nil && r != any(f) {
			panic(r)
		}
		message = f.failed
	}()
	f.failed = ""
	do()
	return ""
}

// TestMistakesInATestAreExplained: the message names the mistake and its remedy, and not a
// page of HTML.
func TestMistakesInATestAreExplained(t *testing.T) {
	f := &failing{TB: t}
	p, own := latchkeytest.New(f), latchkeytest.New(f, latchkeytest.OwnPeople())
	people := hosttest.New()
	people.Delete("bob", true)
	host := latchkeytest.New(f, func(o *latchkey.Options) { o.People = people })
	for name, c := range map[string]struct {
		mistake func()
		want    string
	}{
		"a fault without an effect":       {func() { p.Break(latchkeytest.Fault{Path: "token"}) }, "the fault has no effect"},
		"a fault with a good status":      {func() { p.Break(latchkeytest.Fault{Path: "token", Status: 200}) }, "from 400 to 599"},
		"a redirect URI with http":        {func() { p.AddClient("http://app.example/callback", nil) }, "redirect_uris"},
		"a client that nobody accepts":    {func() { p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.Name = "" }) }, "client_name: Enter a name for the application."},
		"an account, with own people":     {func() { own.AddUser("bob", false) }, "Options.People is set"},
		"a username twice":                {func() { p.AddUser("eve", false); p.AddUser("eve", false) }, `latchkeytest: Add: "eve": username: This username is already taken.`},
		"an invalid username":             {func() { p.Token("a b", "read") }, "latchkeytest: subject: "},
		"a page of another scheme":        {func() { p.Browser().Open("ftp://x/") }, "latchkeytest: "},
		"an unknown scope":                {func() { p.Token("ada", "raed") }, "latchkeytest: Token: invalid_scope: The scope 'raed' is unknown (did you mean read?)."},
		"an unknown scope, and why":       {func() { own.Token("ada", "orders") }, "Options.Scopes"},
		"a client without a redirect URI": {func() { p.Tokens(&oauth.Client{ID: "job"}, "", "ada") }, `AuthorizationURL: the client "job" has no redirect URI`},
		"a name in place of a subject":    {func() { host.Token("id-of-bob", "read") }, `Lookup reports that the person with the Subject "id-of-bob" is not active`},
	} {
		if got := f.failure(c.mistake); !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if got := f.failure(func() { p.AddClient("http://app.example/callback", nil) }); !strings.Contains(got, "AddInvalidClient") || !strings.Contains(got, "Only https is allowed") {
		t.Errorf("the failure does not name the remedy: %s", got)
	}
	if c, _ := p.AddInvalidClient("http://app.example/callback", nil); c.RedirectURIs[0] != "http://app.example/callback" {
		t.Errorf("got %+v", c)
	}
	_, err := p.Browser().Decide(p.Issuer+"/authorize/?client_id=nobody", "ada", true)
	if err == nil || len(err.Error()) > 700 || strings.Contains(err.Error(), "<") {
		t.Errorf("a page without a redirect: %v", err)
	}
}

// TestLogOfATestDoesNotAskForRun: a test needs no background work, and its clock jumps.
func TestLogOfATestDoesNotAskForRun(t *testing.T) {
	f := &failing{TB: t}
	p := latchkeytest.New(f)
	for range 3 {
		p.Advance(time.Hour)
		p.Browser().Open(p.URL + "/o/no/such/page")
	}
	if log := f.logged(); strings.Contains(log, "Server.Run") || !strings.Contains(log, "/o/no/such/page") {
		t.Errorf("got the log %s", log)
	}
}

// TestClockBehindTheFirstKeySigns: the clock of the process that added the first key can be
// ahead of the clock of another one.
func TestClockBehindTheFirstKeySigns(t *testing.T) {
	p := latchkeytest.New(t)
	client, secret := p.AddClient("https://app.example/cb", nil)
	first := p.Tokens(client, secret, "ada", "openid")
	p.SetSkew(-time.Minute)
	if second := p.Tokens(client, secret, "ada", "openid"); first.IDToken == "" || second.IDToken == "" {
		t.Errorf("got %+v and %+v", first, second)
	}
}

// An ending is a test that ends when finish is called.
type ending struct {
	testing.TB
	cleanups []func()
	errors   []string
}

func (*ending) Helper() {}

func (*ending) Failed() bool { return false }

func (e *ending) Cleanup(do func()) { e.cleanups = append(e.cleanups, do) }

func (e *ending) Errorf(format string, args ...any) {
	e.errors = append(e.errors, fmt.Sprintf(format, args...))
}

// finish returns the errors with which the test ends.
func (e *ending) finish() string {
	for _, do := range slices.Backward(e.cleanups) {
		do()
	}
	return strings.Join(e.errors, "\n")
}

// A fault that no request matched is a mistake in the test, unless it shows that the program sends
// no request.
func TestFaultThatWasNeverUsedFailsTheTest(t *testing.T) {
	for name, c := range map[string]struct {
		fault latchkeytest.Fault
		want  string
	}{
		"a misspelt path":               {latchkeytest.Fault{Path: "tokn", Status: 503}, `no endpoint of the provider ends with the path "tokn"`},
		"a misspelt path, once":         {latchkeytest.Fault{Path: "tokn", Times: 1, Status: 503}, "no endpoint of the provider"},
		"once, and never":               {latchkeytest.Fault{Path: "token", Times: 1, Status: 503}, `no request matched the fault for the path "token"`},
		"the program sends no request":  {latchkeytest.Fault{Path: "introspect", Status: 503}, ""},
		"a request for a known path":    {latchkeytest.Fault{Path: "authorize", Times: 1, Status: 503}, ""},
		"a request of a host's own":     {latchkeytest.Fault{Path: "host/login", Status: 503}, "no endpoint of the provider"},
		"all requests are made to fail": {latchkeytest.Fault{Times: 1, Status: 503}, ""},
	} {
		e := &ending{TB: t}
		p := latchkeytest.New(e)
		p.Break(c.fault)
		p.Browser().Open(p.Issuer + "/authorize/")
		if got := e.finish(); (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}
