package latchkey_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

// TestGuardLogsARequestOfAnotherSiteAsARefusal: everybody can cause one, and nothing is
// wrong with the server.
func TestGuardLogsARequestOfAnotherSiteAsARefusal(t *testing.T) {
	var log bytes.Buffer
	p := latchkeytest.New(t, func(o *latchkey.Options) { o.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	guard := p.Server.Guard("")
	guard.Session = func(*http.Request) (bool, error) { return true, nil }
	r, w := httptest.NewRequest(http.MethodPost, "/", nil), httptest.NewRecorder()
	r.Header.Set("Cookie", "session=ada")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	guard.Require("read")(http.NotFoundHandler()).ServeHTTP(w, r)
	if w.Code != http.StatusForbidden || !strings.Contains(log.String(), `level=INFO msg="request refused" reason="the request comes from another website`) || strings.Contains(log.String(), "ERROR") {
		t.Errorf("got %d, and the log %s", w.Code, log.String())
	}
}
