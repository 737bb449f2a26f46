package latchkey_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// challenge is the example of RFC 7636 appendix B.
const challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

// recorder keeps everything that OnEvent and OnRequest report.
type recorder struct {
	mu       sync.Mutex
	events   []oauth.Event // with only their labels
	full     []oauth.Event
	requests []latchkey.Request
}

func (l *recorder) attach(o *latchkey.Options) {
	o.OnEvent = func(_ context.Context, e oauth.Event) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.events, l.full = append(l.events, e.Labels()), append(l.full, e)
	}
	o.OnRequest = func(_ context.Context, r latchkey.Request) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.requests = append(l.requests, r)
	}
}

// last returns the last request. It is reported before its response is complete, so the
// caller must have read the response to the end.
func (l *recorder) last(t *testing.T) latchkey.Request {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.requests) == 0 {
		t.Fatal("no request was reported")
	}
	return l.requests[len(l.requests)-1]
}

func TestRequestsAreReportedWithTheirRouteNotTheirPath(t *testing.T) {
	// A response can arrive before its request is reported, so the test waits for the report.
	reported := make(chan latchkey.Request, 1)
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.OnRequest = func(_ context.Context, r latchkey.Request) { reported <- r }
	})
	client, secret := p.AddClient("https://app.example/cb", nil)
	right := url.Values{"grant_type": {"client_credentials"}, "client_id": {client.ID}, "client_secret": {secret}}
	wrong := url.Values{"grant_type": {"client_credentials"}, "client_id": {client.ID}, "client_secret": {"guess"}}
	for name, c := range map[string]struct {
		method, path string
		form         url.Values
		want         latchkey.Request
		failed       bool
	}{
		"token":           {"POST", "/o/token", right, latchkey.Request{Method: "POST", Route: "/o/token", Status: 200, ClientID: client.ID}, false},
		"trailing slash":  {"POST", "/o/token/", right, latchkey.Request{Method: "POST", Route: "/o/token", Status: 200, ClientID: client.ID}, false},
		"escaped path":    {"POST", "/o/%74oken/", right, latchkey.Request{Method: "POST", Route: "/o/token", Status: 200, ClientID: client.ID}, false},
		"wrong secret":    {"POST", "/o/token", wrong, latchkey.Request{Method: "POST", Route: "/o/token", Status: 401}, true},
		"unknown method":  {"BREW", "/o/token", right, latchkey.Request{Method: "other", Route: "/o/token", Status: 405}, true},
		"page":            {"GET", "/o/login/?next=/secret", nil, latchkey.Request{Method: "GET", Route: "/o/login", Status: 200}, false},
		"wrong client id": {"GET", "/o/authorize/?client_id=x", nil, latchkey.Request{Method: "GET", Route: "/o/authorize", Status: 400}, true},
		"metadata":        {"GET", "/.well-known/openid-configuration/o", nil, latchkey.Request{Method: "GET", Route: "/.well-known/openid-configuration/o", Status: 200}, false},
		"missing file":    {"GET", "/o/static/none.css", nil, latchkey.Request{Method: "GET", Route: "/o/static/", Status: 404}, false},
		"unknown path":    {"GET", "/o/made/up", nil, latchkey.Request{Method: "GET", Route: "/", Status: 404}, true},
		"back office":     {"GET", "/admin/users/0/", nil, latchkey.Request{Method: "GET", Route: "/admin/users/{id}/", Status: 302}, false},
	} {
		t.Run(name, func(t *testing.T) {
			request, err := http.NewRequest(c.method, p.URL+c.path, strings.NewReader(c.form.Encode()))
			if err != nil {
				t.Fatal(err)
			}
			if c.form != nil {
				request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			}
			browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
			response, err := browser.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			got := <-reported
			if got.Address != netip.MustParseAddr("127.0.0.1") || got.Duration <= 0 || got.Start.IsZero() || (got.Bytes == 0 && c.want.Status == 200) {
				t.Errorf("got %+v", got)
			}
			if (got.ErrorID != "") != c.failed {
				t.Errorf("the error id is %q", got.ErrorID)
			}
			got.Address, got.Duration, got.Start, got.Bytes, got.ErrorID = netip.Addr{}, 0, c.want.Start, 0, ""
			if got != c.want {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

func TestBackOfficeRequestsAreReportedWithTheirPattern(t *testing.T) {
	var recorded recorder
	p := latchkeytest.New(t, recorded.attach)
	user := p.AddUser("ada", true)
	browser := p.Browser()
	browser.LogIn(browser.Open(p.Issuer+"/login/"), "ada")
	browser.Open(p.URL + "/admin/users/" + user.ID + "/")
	if got := recorded.last(t); got.Route != "/admin/users/{id}/" || got.Status != 200 {
		t.Errorf("got %+v", got)
	}
}

func TestActionsOfPeopleAreReportedWithoutTheirNames(t *testing.T) {
	var recorded recorder
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		recorded.attach(o)
		o.SignUp, o.InsecureCatchMails = true, true
	})
	p.AddUser("ada", false)
	client, _ := p.AddClient("https://app.example/cb", nil)
	link := func(more url.Values) string {
		q := url.Values{
			"response_type": {"code"}, "client_id": {client.ID}, "redirect_uri": {"https://app.example/cb"}, "scope": {"read"},
			"code_challenge": {challenge}, "code_challenge_method": {"S256"},
		}
		for name, values := range more {
			q[name] = values
		}
		return p.Issuer + "/authorize/?" + q.Encode()
	}
	browser := p.Browser()
	submit := func(path string, fields url.Values) { browser.Submit(browser.Open(p.Issuer+path), fields) }
	submit("/login/", url.Values{"username": {"ada"}, "password": {"guess"}})
	submit("/login/", url.Values{"username": {"ada"}, "password": {latchkeytest.Password}})
	submit("/signup/", url.Values{"username": {"bob"}, "email": {"bob@example.com"}, "password": {"short"}, "password_again": {"short"}})
	submit("/reset/", url.Values{"username": {"nobody"}})
	browser.Submit(browser.Open(link(nil)), url.Values{"decision": {"cancel"}})
	browser.Submit(browser.Open(link(nil)), url.Values{"decision": {"allow"}, "allow": {"yes"}})
	browser.Open(link(url.Values{"redirect_uri": {"https://evil.example/"}}))
	browser.Open(link(url.Values{"client_id": {"made-up"}}))
	browser.Open(link(url.Values{"code_challenge_method": {"plain"}}))
	browser.Open(p.Issuer + "/authorize/?resume=made-up")
	want := []oauth.Event{
		{Name: oauth.EventLogin, Outcome: "wrong_password"},
		{Name: oauth.EventLogin, Outcome: "ok"},
		{Name: oauth.EventSignUp, Outcome: "invalid"},
		{Name: oauth.EventPasswordReset, Outcome: "requested"},
		{Name: oauth.EventAuthorization, Outcome: "denied"},
		{Name: oauth.EventAuthorization, Outcome: "approved"},
		{Name: oauth.EventAuthorization, Outcome: oauth.CodeInvalidRequest, Reason: "wrong_redirect_uri"},
		{Name: oauth.EventAuthorization, Outcome: oauth.CodeInvalidClient, Reason: "unknown_client"},
		{Name: oauth.EventAuthorization, Outcome: oauth.CodeInvalidRequest, Reason: "plain_pkce"},
		{Name: oauth.EventAuthorization, Outcome: "expired"},
	}
	if !slices.Equal(recorded.events, want) {
		t.Errorf("got  %v\nwant %v", recorded.events, want)
	}
}

// A faultyStore panics.
type faultyStore struct{ latchkey.Store }

func (faultyStore) Issue(context.Context, oauth.AccessToken) error { panic("a fault of the store") }

func (faultyStore) Users(context.Context, account.UserFilter, paging.Page) ([]*account.User, paging.Cursor, error) {
	panic("a fault of the store")
}

func (faultyStore) Consents(context.Context, oauth.FamilyFilter, paging.Page) ([]oauth.ConsentRow, paging.Cursor, error) {
	panic("a fault of the store")
}

// TestPanicIsAnsweredInTheFormOfTheRoute with an error ID, under which the log has
// the stack.
func TestPanicIsAnsweredInTheFormOfTheRoute(t *testing.T) {
	var (
		recorded recorder
		log      bytes.Buffer
	)
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		recorded.attach(o)
		o.Store, o.Logger = faultyStore{memstore.New(o.Clock)}, slog.New(slog.NewTextHandler(&log, nil))
	})
	p.AddUser("root", true)
	client, secret := p.AddClient("https://app.example/cb", nil)
	b := p.Browser()
	b.LogIn(b.Open(p.Issuer+"/login/?next=/o/logout/"), "root")
	for _, test := range []struct {
		method, path string
		form         url.Values
		want         string
	}{
		{"POST", "/o/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {client.ID}, "client_secret": {secret}}, `"error":"server_error"`},
		{"GET", "/o/account/", nil, "<h1>Something went wrong</h1>"},
		{"GET", "/admin/users/", nil, "<h1>Something went wrong</h1>"},
	} {
		log.Reset()
		request, err := http.NewRequest(test.method, p.URL+test.path, strings.NewReader(test.form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		response, err := b.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		got := recorded.last(t)
		if err != nil || response.StatusCode != 500 || !strings.Contains(string(body), test.want) || strings.Contains(string(body), "fault") {
			t.Errorf("%s: got %s %s %v", test.path, response.Status, body, err)
		}
		if got.Status != 500 || got.ErrorID == "" || !strings.Contains(string(body), got.ErrorID) {
			t.Errorf("%s: reported as %+v", test.path, got)
		}
		if text := log.String(); !strings.Contains(text, "error_id="+got.ErrorID) || !strings.Contains(text, "a fault of the store") || !strings.Contains(text, "request_test.go") {
			t.Errorf("%s: the log is %s", test.path, text)
		}
	}
}

// panicking is the login of a host that panics.
type panicking struct{ latchkey.People }

func (panicking) Current(*http.Request) (*latchkey.Person, error) { panic(http.ErrAbortHandler) }

// TestPanicIsReportedAsStatus500 also checks that http.ErrAbortHandler reaches net/http,
// which closes the connection.
func TestPanicIsReportedAsStatus500(t *testing.T) {
	var recorded recorder
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		recorded.attach(o)
		o.People = panicking{}
	})
	client, _ := p.AddClient("https://app.example/cb", nil)
	if _, err := http.Get(p.Issuer + "/authorize/?response_type=code&client_id=" + client.ID + "&code_challenge_method=S256&code_challenge=" + challenge); err == nil {
		t.Fatal("got a response")
	}
	if got := recorded.last(t); got.Status != 500 || got.Route != "/o/authorize" {
		t.Errorf("got %+v", got)
	}
}
