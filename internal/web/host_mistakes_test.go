package web_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/internal/hosttest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// ends records the events session_end.
type ends struct {
	mu     sync.Mutex
	events []oauth.Event
}

func (e *ends) listen(_ context.Context, event oauth.Event) {
	if event.Name == oauth.EventSessionEnd {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.events = append(e.events, oauth.Event{Name: event.Name, Outcome: event.Outcome, Subject: event.Subject})
	}
}

func (e *ends) take() []oauth.Event {
	e.mu.Lock()
	defer e.mu.Unlock()
	taken := e.events
	e.events = nil
	return taken
}

// A logoutHost has a LogOut of its own.
type logoutHost struct {
	*hosttest.Host
	logOut func(w http.ResponseWriter, r *http.Request) error
}

func (h *logoutHost) LogOut(w http.ResponseWriter, r *http.Request) error { return h.logOut(w, r) }

// A logout at a host revokes twice what depends on the session, and a host can report the end of
// the session too. All of it is one event, with the person.
func TestLogoutOfTheHostIsOneEvent(t *testing.T) {
	for name, c := range map[string]struct {
		also    func(s *latchkey.Server, w http.ResponseWriter, r *http.Request, id string) error
		outcome string
	}{
		"LogOut deletes the session": {func(*latchkey.Server, http.ResponseWriter, *http.Request, string) error { return nil }, "ok"},
		"LogOut calls EndSession": {func(s *latchkey.Server, w http.ResponseWriter, r *http.Request, _ string) error {
			return s.EndSession(w, r)
		}, "ok"},
		"LogOut calls EndSessions": {func(s *latchkey.Server, _ http.ResponseWriter, r *http.Request, id string) error {
			return s.EndSessions(r.Context(), id)
		}, "ok"},
		"LogOut fails": {func(*latchkey.Server, http.ResponseWriter, *http.Request, string) error {
			return errors.New("the database of the host is unavailable")
		}, oauth.CodeTemporarilyUnavailable},
	} {
		var got ends
		people := new(logoutHost)
		p, host := newHost(t, func(o *latchkey.Options) {
			people.Host = o.People.(*hosttest.Host)
			o.People, o.OnEvent = people, got.listen
		})
		session := host.Start("ada", time.Now())
		people.logOut = func(w http.ResponseWriter, r *http.Request) error {
			if err := c.also(p.Server, w, r, session); err != nil {
				return err
			}
			return host.LogOut(w, r)
		}
		b := p.Browser()
		setCookie(b, p.URL, session)
		b.Submit(b.Open(p.Issuer+"/logout/"), url.Values{})
		if events := got.take(); len(events) != 1 || events[0] != (oauth.Event{Name: oauth.EventSessionEnd, Outcome: c.outcome, Subject: "id-of-ada"}) {
			t.Errorf("%s: got %+v", name, events)
		}
		if err := p.Server.EndSessions(t.Context(), "", ""); err != nil || len(got.take()) != 0 {
			t.Errorf("%s: no session ended, but there is an event, or the error %v", name, err)
		}
	}
}

// A host must not redirect in LogOut, and must write a response in LogIn. The log names the
// mistake, and no page is empty or mixed with another.
func TestWrongResponsesOfTheHostAreReported(t *testing.T) {
	var log bytes.Buffer
	people := new(logoutHost)
	silent := &silentHost{people}
	p, host := newHost(t, func(o *latchkey.Options) {
		people.Host = o.People.(*hosttest.Host)
		o.People, o.Logger = silent, slog.New(slog.NewTextHandler(&log, nil))
	})
	people.logOut = func(w http.ResponseWriter, r *http.Request) error {
		_ = host.LogOut(w, r)
		http.Redirect(w, r, "/bye", http.StatusSeeOther)
		return nil
	}
	b := p.Browser()
	setCookie(b, p.URL, host.Start("ada", time.Now()))
	page := b.Submit(b.Open(p.Issuer+"/logout/"), url.Values{})
	if page.StatusCode != http.StatusOK || page.RedirectURL != nil || strings.Contains(page.Body, "/bye") || !strings.HasPrefix(page.Header.Get("Content-Type"), "text/html") || host.Sessions() != 0 {
		t.Errorf("after LogOut: %s, Location %v, %d sessions: %s", page.Status, page.RedirectURL, host.Sessions(), page.Body)
	}
	page = p.Browser().Open(p.Issuer + "/account/")
	if page.StatusCode != http.StatusInternalServerError || !strings.Contains(page.Body, "Error ID") {
		t.Errorf("after LogIn: %s: %s", page.Status, page.Body)
	}
	for _, want := range []string{"People.LogOut wrote a response", "People.LogIn wrote no response"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("%q is missing from the log:\n%s", want, &log)
		}
	}
}

// A silentHost writes no login page.
type silentHost struct{ *logoutHost }

func (*silentHost) LogIn(http.ResponseWriter, *http.Request, latchkey.Interaction) {}

// If a host is opened over http although its issuer uses https, the login succeeds, but the browser
// has not stored the cookie of the authorization request.
func TestLoginOfAHostOverHTTPIsExplained(t *testing.T) {
	const issuer = "https://id.example/o"
	p, _ := newHost(t, func(o *latchkey.Options) { o.Issuer = issuer })
	client, _ := p.AddClient("https://app.example/cb", nil)
	get := func(address, referer string) *httptest.ResponseRecorder {
		r, w := httptest.NewRequest(http.MethodGet, address, nil), httptest.NewRecorder()
		r.Header.Set("Referer", referer)
		p.Server.ServeHTTP(w, r)
		return w
	}
	begin, err := url.Parse(p.AuthorizationURL(client, "read"))
	if err != nil {
		t.Fatal(err)
	}
	login, err := url.Parse(get("http://id.example"+begin.RequestURI(), "").Header().Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	for referer, want := range map[string]string{
		"http://id.example/host/login":  "opened without encryption",
		"https://id.example/host/login": "open this server only at https://id.example",
		"":                              "open this server only at https://id.example",
	} {
		if w := get("http://id.example"+login.Query().Get("next"), referer); !strings.Contains(w.Body.String(), want) {
			t.Errorf("with the Referer %q: got %d %s\nwant %s", referer, w.Code, w.Body, want)
		}
	}
}
