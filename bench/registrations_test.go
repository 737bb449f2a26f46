package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/internal/pgtest"
	"github.com/seed-e6a88a41/latchkey/internal/testdb"
	"github.com/seed-e6a88a41/latchkey/provider"
	"github.com/seed-e6a88a41/latchkey/sqlstore/copy"
)

// recordsOfANetwork is how many registrations per minute from one network the audit log
// records. An administrator must be able to see that applications register, and from where.
// All others are counted in one of the next records.
const recordsOfANetwork = 20

// TestUnusedRegistrationsLeaveNoRow counts the rows of all tables: 1,000 applications, or
// 10,000 with "make soak", register in one minute, and every tenth sends a person to the login page. Only the queue of
// the audit log has rows after that: recordsOfANetwork. The test is in this module
// because its tests run without the race detector, which makes this one ten times slower.
func TestUnusedRegistrationsLeaveNoRow(t *testing.T) {
	for name, db := range map[string]testdb.Database{"SQLite": testdb.SQLite(t), "PostgreSQL": testdb.Postgres(t, pgtest.New(t))} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, err := db.Open(nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = store.Close() })
			o := latchkey.Options{Issuer: "https://id.example/o", MasterKey: make([]byte, 32), Store: store}
			o.Registration, o.RegistrationLimit = provider.RegistrationOpen, -1
			now := time.Now()
			o.Clock = func() time.Time { return now } // the limits of the audit log are per minute
			server, err := latchkey.New(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			before := rowsOf(t, db)
			registrations := 1_000
			if os.Getenv("LATCHKEY_SOAK") != "" {
				registrations = 10_000
			}
			for i := range registrations {
				redirectURI := fmt.Sprintf("http://localhost:%d/callback", 1024+i)
				id := newRegistration(t, server, redirectURI)
				if i%10 == 0 {
					requestLogin(t, server, id, redirectURI)
				}
			}
			before["latchkey_audit_queue"] += recordsOfANetwork
			for table, after := range rowsOf(t, db) {
				if after != before[table] {
					t.Errorf("%s has %d rows, want %d", table, after, before[table])
				}
			}
		})
	}
}

// rowsOf returns the number of rows of each table.
func rowsOf(t *testing.T, db testdb.Database) map[string]int64 {
	t.Helper()
	rows := make(map[string]int64)
	for _, table := range copy.Tables() {
		rows[table] = testdb.Count(t, db.Database, table)
	}
	return rows
}

func newRegistration(t *testing.T, server http.Handler, redirectURI string) (id string) {
	t.Helper()
	body := fmt.Sprintf(`{"client_name":"App","redirect_uris":[%q],"token_endpoint_auth_method":"none"}`, redirectURI)
	r := httptest.NewRequest(http.MethodPost, "https://id.example/o/register/", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	server.ServeHTTP(w, r)
	var answer struct {
		ID string `json:"client_id"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || answer.ID == "" {
		t.Fatalf("%v: %s", err, w.Body)
	}
	return answer.ID
}

// requestLogin sends the request of an application, which leads to the login page.
func requestLogin(t *testing.T, server http.Handler, id, redirectURI string) {
	t.Helper()
	q := url.Values{
		"response_type": {"code"}, "client_id": {id}, "redirect_uri": {redirectURI},
		"code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"},
	}
	w := httptest.NewRecorder()
	server.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "https://id.example/o/authorize/?"+q.Encode(), nil))
	if location := w.Header().Get("Location"); !strings.Contains(location, "/o/login/") {
		t.Fatalf("%d %s %s", w.Code, location, w.Body)
	}
}
