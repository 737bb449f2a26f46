package consumer

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestCookieOfALongRequestIsAccepted: browsers discard cookies of more than 4,096 bytes
// (RFC 6265 §6.1), and the client_id of a sealed registration is long.
func TestCookieOfALongRequestIsAccepted(t *testing.T) {
	c := &consumer{Options: Options{BaseURL: "http://localhost:8001", Clock: time.Now}}
	f := formPage{ClientID: strings.Repeat("c", 2200), Scope: "openid " + strings.Repeat("s", 200), Resource: "https://api.example/" + strings.Repeat("r", 80)}
	request := newPending(time.Now(), f, &provider{Issuer: "https://id.example/" + strings.Repeat("i", 80), Token: strings.Repeat("t", 4000)})
	w := httptest.NewRecorder()
	if err := c.storePending(w, request); err != nil {
		t.Fatal(err)
	}
	if size := len(w.Header().Get("Set-Cookie")); size > 4096 {
		t.Errorf("the cookie has %d bytes", size)
	}
	r := httptest.NewRequest("GET", "/consumer/exchange/", nil)
	for _, cookie := range w.Result().Cookies() {
		r.AddCookie(cookie)
	}
	if found, ok := c.findPending(r, request.State); !ok || found.ClientID != f.ClientID || found.Verifier != request.Verifier {
		t.Errorf("found %v, %t", found, ok)
	}
}
