package hosts_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"reflect"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/gorilla/sessions"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/examples/hosts"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestSessionKeepsTheWholePerson: a field that a session loses, such as the roles, is missing
// in tokens or in the back office. The test fails for a new field that it does not set.
func TestSessionKeepsTheWholePerson(t *testing.T) {
	ada := latchkey.Person{
		Authentication: oauth.Authentication{Subject: "id-of-ada", AuthTime: time.UnixMilli(1_800_000_000_123), ACR: "gold", AMR: []string{"pwd", "otp"}},
		Name:           "Ada Lovelace", Roles: account.Roles{account.RoleOperator, account.RoleAuditor}, Admin: true,
	}
	// Assurance is set only by Latchkey's own login, and the session has an ID of its own.
	ownLogin := map[string]bool{"Assurance": true, "SessionID": true, "Authentication": true}
	for _, value := range []reflect.Value{reflect.ValueOf(ada), reflect.ValueOf(ada.Authentication)} {
		for i := range value.NumField() {
			if name := value.Type().Field(i).Name; value.Field(i).IsZero() && !ownLogin[name] {
				t.Errorf("the test does not set %s", name)
			}
		}
	}
	withSCS := hosts.SCS{Sessions: scs.New()}
	withSCS.Sessions.Cookie.Secure = false
	cookies := sessions.NewCookieStore([]byte("0123456789abcdef0123456789abcdef"))
	cookies.Options.Secure = false
	withGorilla := hosts.Gorilla{Store: cookies, Name: "session"}
	for name, test := range map[string]struct {
		people     latchkey.People
		middleware func(http.Handler) http.Handler
		start      func(http.ResponseWriter, *http.Request) error
	}{
		"scs": {withSCS, withSCS.Sessions.LoadAndSave, func(_ http.ResponseWriter, r *http.Request) error {
			return withSCS.Start(r.Context(), ada)
		}},
		"gorilla": {withGorilla, plain, func(w http.ResponseWriter, r *http.Request) error { return withGorilla.Start(w, r, ada) }},
	} {
		var found *latchkey.Person
		mux := http.NewServeMux()
		mux.HandleFunc("/start", func(w http.ResponseWriter, r *http.Request) {
			if err := test.start(w, r); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
		mux.HandleFunc("/", func(_ http.ResponseWriter, r *http.Request) {
			var err error
			if found, err = test.people.Current(r); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
		server := httptest.NewServer(test.middleware(mux))
		t.Cleanup(server.Close)
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		b := &http.Client{Jar: jar}
		for _, path := range []string{"/start", "/"} {
			open(t, b, server.URL+path)
		}
		if found == nil || found.SessionID == "" {
			t.Fatalf("%s: found %+v", name, found)
		}
		found.SessionID = ""
		if !reflect.DeepEqual(*found, ada) {
			t.Errorf("%s: got %+v, want %+v", name, *found, ada)
		}
	}
}
