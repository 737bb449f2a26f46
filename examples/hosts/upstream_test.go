package hosts_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"golang.org/x/oauth2"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/examples/hosts"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

// The upstream provider gets what the application wants from the login.
func TestUpstreamProviderGetsTheReasonOfTheLogin(t *testing.T) {
	day, now := 24*time.Hour, time.Duration(0)
	for name, test := range map[string]struct {
		signUp bool
		why    latchkey.Interaction
		want   map[string]string // "" is an absent parameter
	}{
		"nobody is logged in": {why: latchkey.Interaction{}, want: map[string]string{
			"prompt": "", "max_age": "", "login_hint": "", "ui_locales": "", "acr_values": "",
		}},
		"a new login":      {why: latchkey.Interaction{Reason: latchkey.ReasonFresh}, want: map[string]string{"prompt": "login", "max_age": "0"}},
		"a recent login":   {why: latchkey.Interaction{Reason: latchkey.ReasonFresh, MaxAge: &day}, want: map[string]string{"prompt": "login", "max_age": "86400"}},
		"no older login":   {why: latchkey.Interaction{Reason: latchkey.ReasonFresh, MaxAge: &now}, want: map[string]string{"prompt": "login", "max_age": "0"}},
		"another person":   {why: latchkey.Interaction{Reason: latchkey.ReasonOtherPerson}, want: map[string]string{"prompt": "select_account"}},
		"a second factor":  {why: latchkey.Interaction{Reason: latchkey.ReasonACR, ACRValues: []string{"mfa", "gold"}}, want: map[string]string{"acr_values": "mfa gold"}},
		"a person":         {why: latchkey.Interaction{LoginHint: "ada@example.com"}, want: map[string]string{"login_hint": "ada@example.com", "prompt": ""}},
		"languages":        {why: latchkey.Interaction{UILocales: []string{"de", "en"}}, want: map[string]string{"ui_locales": "de en"}},
		"a new account":    {signUp: true, why: latchkey.Interaction{Reason: latchkey.ReasonCreate}, want: map[string]string{"prompt": "create"}},
		"no accounts here": {why: latchkey.Interaction{Reason: latchkey.ReasonCreate}, want: map[string]string{"prompt": "login"}},
	} {
		t.Run(name, func(t *testing.T) {
			upstream := latchkeytest.New(t, func(o *latchkey.Options) { o.SignUp = test.signUp })
			sessions := scs.New()
			people, err := hosts.NewUpstream(t.Context(), upstream.Issuer, sessions, oauth2.Config{ClientID: "latchkey"})
			if err != nil {
				t.Fatal(err)
			}
			w := httptest.NewRecorder()
			sessions.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				people.LogIn(w, r, test.why)
			})).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
			to, err := w.Result().Location()
			if err != nil {
				t.Fatal(err)
			}
			for parameter, want := range test.want {
				if got := to.Query().Get(parameter); got != want || to.Query().Has(parameter) != (want != "") {
					t.Errorf("%s is %q", parameter, got)
				}
			}
		})
	}
}
