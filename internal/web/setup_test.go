package web_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// emptyServer is a server on a Store without accounts.
type emptyServer struct {
	*latchkey.Server
	at    string
	store *memstore.Store
	clock *movableClock
	log   strings.Builder
}

func newEmptyServer(t *testing.T) *emptyServer {
	t.Helper()
	s := &emptyServer{clock: new(movableClock)}
	s.store = memstore.New(s.clock.now)
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	s.at = server.URL
	s.Server = s.process(t)
	mux.Handle("/", s)
	mux.Handle("/admin/", s.Admin())
	return s
}

// process returns another process on the same Store.
func (s *emptyServer) process(t *testing.T) *latchkey.Server {
	t.Helper()
	server, err := latchkey.New(t.Context(), latchkey.Options{Issuer: s.at + "/o", Store: s.store, MasterKey: make([]byte, 32), Clock: s.clock.now, Logger: slog.New(slog.NewTextHandler(&s.log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	return server
}

// code returns the code of a setup link.
func code(t *testing.T, link string) string {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil || !strings.HasSuffix(u.Path, "/o/setup/") || u.RawQuery != "" || u.Fragment == "" {
		t.Fatalf("the setup link is %s", link)
	}
	return u.Fragment
}

// setUp sends the form, and returns the status and the body.
func (s *emptyServer) setUp(t *testing.T, code, username string) (*http.Response, string) {
	t.Helper()
	form := url.Values{"code": {code}, "username": {username}, "password": {"correct horse battery"}, "password_again": {"correct horse battery"}}
	return send(t, "POST", s.at+"/o/setup/", form.Encode(), "Content-Type", "application/x-www-form-urlencoded", "Origin", s.at)
}

// administrators returns how many there are.
func (s *emptyServer) administrators(t *testing.T) int {
	t.Helper()
	yes := true
	admins, _, err := s.store.Users(context.Background(), account.UserFilter{Admin: &yes}, paging.Page{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	return len(admins)
}

// TestSetupLinkOfAnotherIssuerIsRejected, even if both issuers have the same master key.
func TestSetupLinkOfAnotherIssuerIsRejected(t *testing.T) {
	s, other := newEmptyServer(t), newEmptyServer(t)
	if got, body := s.setUp(t, code(t, other.SetupLink()), "root"); got.StatusCode != http.StatusUnprocessableEntity || s.administrators(t) != 0 {
		t.Errorf("with the link of another issuer: %s %.200s", got.Status, body)
	}
}

func TestSetupLinkCreatesTheFirstAdministratorOnce(t *testing.T) {
	s := newEmptyServer(t)
	if err := s.store.CreateUser(context.Background(), &account.User{ID: "1", Username: "bob"}, "bob", account.Unconditionally); err != nil {
		t.Fatal(err)
	}
	link := code(t, s.process(t).SetupLink()) // of another process
	if page, body := send(t, "GET", s.at+"/o/setup/", ""); page.StatusCode != 200 || strings.Contains(body, link) {
		t.Errorf("the page: %s %s", page.Status, body)
	}
	if got, body := s.setUp(t, link, "bob"); got.StatusCode != 422 || !strings.Contains(body, "already taken") {
		t.Errorf("with the name of an account: %s", got.Status)
	}
	got, _ := s.setUp(t, link, "root")
	if got.StatusCode != http.StatusSeeOther || got.Header.Get("Location") != "/admin/" || got.Header.Get("Referrer-Policy") == "" {
		t.Fatalf("got %s %v", got.Status, got.Header)
	}
	cookies := make([]string, 0, 2)
	for _, c := range got.Cookies() {
		cookies = append(cookies, c.Name+"="+c.Value)
	}
	if office, body := send(t, "GET", s.at+"/admin/", "", "Cookie", strings.Join(cookies, "; ")); office.StatusCode != 200 || !strings.Contains(body, "root") {
		t.Errorf("the back office: %s", office.Status)
	}
	for _, again := range []string{link, code(t, s.SetupLink())} {
		for _, username := range []string{"mallory", "bob"} { // the second is taken
			if got, body := s.setUp(t, again, username); got.StatusCode != http.StatusConflict || !strings.Contains(body, "There is already an administrator") {
				t.Errorf("a second time, as %s: %s", username, got.Status)
			}
		}
	}
	if n := s.administrators(t); n != 1 {
		t.Errorf("there are %d administrators", n)
	}
}

func TestSetupCodesOfOthersAndOldOnesAreRejected(t *testing.T) {
	s := newEmptyServer(t)
	valid := code(t, s.SetupLink())
	later := []byte(valid)
	later[len("lk_su_")+15] ^= 1 // the last digit of the time
	codes := []string{"", "x", "lk_su_", "lk_su_" + rand.Text(), valid + "00", valid[:len(valid)-2], strings.TrimPrefix(valid, "lk_su_"), string(later), strings.ToUpper(valid)}
	for _, other := range codes {
		if got, body := s.setUp(t, other, "root"); got.StatusCode != 422 || !strings.Contains(body, `id="code-error"`) {
			t.Errorf("%q: %s", other, got.Status)
		}
	}
	s.clock.move(time.Hour + time.Second)
	if got, _ := s.setUp(t, valid, "root"); got.StatusCode != 422 {
		t.Errorf("after an hour: %s", got.Status)
	}
	if n := s.administrators(t); n != 0 {
		t.Errorf("there are %d administrators", n)
	}
}

// TestSetupLinkCreatesNoAccountForPeopleOfAProgram: the program can start after the link was printed.
// The log and the form, which can be sent again, say what to do.
func TestSetupLinkCreatesNoAccountForPeopleOfAProgram(t *testing.T) {
	s := newEmptyServer(t)
	link := code(t, s.SetupLink())
	if err := s.store.UseIssuer(t.Context(), oauth.IssuerUse{Server: "program", Issuer: s.at + "/o", Lasts: time.Minute, HostPeople: true}); err != nil {
		t.Fatal(err)
	}
	const advice = "latchkey user use-accounts"
	if got, body := s.setUp(t, link, "root"); got.StatusCode != http.StatusConflict || !strings.Contains(body, advice) || !strings.Contains(body, `value="`+link+`"`) || !strings.Contains(s.log.String(), advice) {
		t.Errorf("got %s %s, and the log %s", got.Status, body, s.log.String())
	}
	if n := s.administrators(t); n != 0 {
		t.Errorf("there are %d administrators", n)
	}
	if err := s.UseAccounts(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, _ := s.setUp(t, link, "root"); got.StatusCode != http.StatusSeeOther {
		t.Errorf("after UseAccounts: %s", got.Status)
	}
}

func TestSetupLinkUsedManyTimesAtOnceCreatesOneAdministrator(t *testing.T) {
	s := newEmptyServer(t)
	link := code(t, s.SetupLink())
	var (
		calls   sync.WaitGroup
		created atomic.Int64
	)
	for i := range 8 {
		calls.Go(func() {
			if got, _ := s.setUp(t, link, "root"+string(rune('a'+i))); got.StatusCode == http.StatusSeeOther {
				created.Add(1)
			}
		})
	}
	calls.Wait()
	if n := s.administrators(t); n != 1 || created.Load() != 1 {
		t.Errorf("%d requests succeeded, and there are %d administrators", created.Load(), n)
	}
}
