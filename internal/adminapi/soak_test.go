//go:build soak

package adminapi_test

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

// TestGeneratedRequestsGetDocumentedResponses runs schemathesis for ten minutes: no response is
// an error of the server, or differs from the OpenAPI document. "make soak" runs it and sets the
// build tag.
func TestGeneratedRequestsGetDocumentedResponses(t *testing.T) {
	program, err := filepath.Abs("../../e2e/.soak/bin/schemathesis")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(program); err != nil {
		t.Fatalf("schemathesis is not installed; run: tools/setup soak (%v)", err)
	}
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "latchkey.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	s := start(t, func(o *latchkey.Options) { o.Store = db })
	root := s.AddUser("root", true)
	s.AddUser("other", true)
	accounts := account.New(account.Config{Store: s.Store, Clock: s.Now})
	text := oauth.NewToken(oauth.KindPersonal, s.Now()).String()
	if _, err := accounts.AddPersonalToken(t.Context(), root.ID, text, "schemathesis", []string{oauth.ScopeAdmin}, 24*time.Hour); err != nil {
		t.Fatal(err)
	}
	// The sessions of the person would end, and the token with them; or the token would be revoked.
	command := exec.CommandContext(t.Context(), program, "run", s.uri()+"/openapi.json", "-H", "Authorization: Bearer "+text,
		"--rate-limit", "1000/m", "--max-time", "600", "--max-examples", "300", "--continue-on-failure",
		"--exclude-path", "/people/{id}/api-tokens/{token}", "--exclude-path", "/people/{id}/logout", "--exclude-path", "/people/{id}/revoke",
		"--checks", "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance,unsupported_method")
	command.Dir = t.TempDir() // it writes files
	output, err := command.CombinedOutput()
	if err != nil {
		t.Errorf("%v: %s", err, output)
	}
	t.Logf("%s", output[max(0, len(output)-3000):])
	s.want(http.StatusOK, text, "GET", "me", "") // otherwise, most requests had no effect
}
