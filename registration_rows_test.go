package latchkey_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/internal/testdb"
	"github.com/seed-e6a88a41/latchkey/provider"
	"github.com/seed-e6a88a41/latchkey/sqlstore/copy"
)

// TestUnusedRegistrationsLeaveNoRow counts the rows of all tables. Each application
// registers and sends a person to the login page. "make soak" registers 10,000.
func TestUnusedRegistrationsLeaveNoRow(t *testing.T) {
	t.Parallel()
	db := testdb.SQLite(t)
	store, err := db.Open(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	o := latchkey.Options{Issuer: "https://id.example/o", MasterKey: []byte(strings.Repeat("k", 32)), Store: store}
	o.Registration, o.RegistrationLimit = provider.RegistrationOpen, -1
	server, err := latchkey.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	rows := func() (n int64) {
		for _, table := range copy.Tables() {
			n += testdb.Count(t, db, table)
		}
		return n
	}
	before, applications := rows(), 100
	if os.Getenv("LATCHKEY_SOAK") != "" {
		applications = 10_000
	}
	for i := range applications {
		body := fmt.Sprintf(`{"client_name":"App %d","redirect_uris":["http://localhost:%d/callback"],"token_endpoint_auth_method":"none"}`, i, 1024+i)
		r := httptest.NewRequest(http.MethodPost, "https://id.example/o/register/", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		var registered struct {
			ID string `json:"client_id"`
		}
		if err := json.Unmarshal(w.Body.Bytes(), &registered); err != nil || registered.ID == "" {
			t.Fatalf("%v: %s", err, w.Body)
		}
		q := url.Values{
			"response_type": {"code"}, "client_id": {registered.ID}, "redirect_uri": {fmt.Sprintf("http://localhost:%d/callback", 1024+i)},
			"code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"},
		}
		w = httptest.NewRecorder()
		server.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "https://id.example/o/authorize/?"+q.Encode(), nil))
		if location := w.Header().Get("Location"); !strings.Contains(location, "/o/login/") {
			t.Fatalf("%d %s %s", w.Code, location, w.Body)
		}
	}
	if after := rows(); after != before {
		t.Errorf("%d rows before, %d after %d registrations", before, after, applications)
	}
}
