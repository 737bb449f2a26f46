package web_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

// TestCaughtEmailsAreShownOnlyOnTheMachineOfTheServer: the demo can listen on an
// address that others reach, and an email contains a link that sets a password.
func TestCaughtEmailsAreShownOnlyOnTheMachineOfTheServer(t *testing.T) {
	p := latchkeytest.New(t, func(o *latchkey.Options) { o.InsecureCatchMails = true })
	for _, test := range []struct {
		remote, host, forwardedFor string
		want                       int
	}{
		{"127.0.0.1:4711", "localhost:8000", "", http.StatusOK},
		{"[::1]:4711", "[::1]:8000", "", http.StatusOK},
		{"192.0.2.7:4711", "localhost:8000", "", http.StatusForbidden},
		{"[2001:db8::7]:4711", "localhost:8000", "", http.StatusForbidden},
		{"127.0.0.1:4711", "localhost:8000", "192.0.2.7", http.StatusForbidden},
		{"127.0.0.1:4711", "rebound.example:8000", "", http.StatusForbidden},
	} {
		r := httptest.NewRequest(http.MethodGet, p.Issuer+"/mails/", nil)
		r.RemoteAddr, r.Host = test.remote, test.host
		if test.forwardedFor != "" {
			r.Header.Set("X-Forwarded-For", test.forwardedFor)
		}
		w := httptest.NewRecorder()
		p.Server.ServeHTTP(w, r)
		if w.Code != test.want {
			t.Errorf("%+v: got %d", test, w.Code)
		}
	}
}
