package latchkey_test

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/internal/pgtest"
	"github.com/seed-e6a88a41/latchkey/sqlstore/postgres"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

// beforeFolder holds a database of each engine as it was before release 0.1.0.
// Its README.md explains the files.
const beforeFolder = "sqlstore/testdata/before-0.1.0/"

// before describes the contents of such a database.
type before struct {
	People []struct {
		Username, Subject, Cookie, Expect string
	}
	Clients []struct {
		ID, Type, Expect string
		Secrets          []struct{ Text, Kind string }
	}
	Codes []struct {
		Name, Client, Person, Scope, Code, Nonce, Expect string

		RedirectURI        string `json:"redirect_uri"`
		RedirectURIOmitted bool   `json:"redirect_uri_omitted"`
		NameRedirectURI    bool   `json:"name_redirect_uri"`
		CodeVerifier       string `json:"code_verifier"`
		RefreshToken       string `json:"refresh_token"`
		AccessToken        string `json:"access_token"`
	}
	RefreshTokens []struct {
		Name, Client, Scope, Successor, Expect string

		RefreshToken     string `json:"refresh_token"`
		AccessToken      string `json:"access_token"`
		NextRefreshToken string `json:"next_refresh_token"`
	} `json:"refresh_tokens"`
	AccessTokens []struct {
		Name, Client, Person, Scope string
		Active                      bool
		AccessToken                 string `json:"access_token"`
	} `json:"access_tokens"`
	SigningKeys []struct {
		Kid       string
		Published bool
	} `json:"signing_keys"`
	Consents      []struct{ Person, Client, Scope string }
	LogoutNotices int `json:"logout_notices"`
}

// beforeHouse is a server on a database that was made before release 0.1.0,
// with a clock set to the time at which the database was made.
type beforeHouse struct {
	before
	*latchkey.Server
	t       *testing.T
	issuer  string
	subject map[string]string // by username in lower case
	store   interface {
		latchkey.Store
		LogoutNotices(context.Context) (int, error)
		Close() error
	}
}

// openBefore migrates and opens a copy of the database of an engine.
func openBefore(t *testing.T, engine string) *beforeHouse {
	t.Helper()
	text, err := os.ReadFile(beforeFolder + "facts.json")
	if err != nil {
		t.Fatal(err)
	}
	var facts struct {
		MadeAt    time.Time `json:"made_at"`
		Issuer    string
		MasterKey string `json:"master_key"`
		Engines   map[string]before
	}
	if err := json.Unmarshal(text, &facts); err != nil {
		t.Fatal(err)
	}
	h := &beforeHouse{before: facts.Engines[engine], t: t, issuer: facts.Issuer, subject: make(map[string]string)}
	for _, p := range h.People {
		h.subject[strings.ToLower(p.Username)] = p.Subject
	}
	clock := func() time.Time { return facts.MadeAt }
	if engine == "sqlite" {
		h.store, err = sqlite.Open(t.Context(), copyOfBefore(t), sqlite.Options{Clock: clock})
	} else {
		h.store, err = postgres.Open(t.Context(), restoredBefore(t), postgres.Options{Migrate: true, Clock: clock})
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.store.Close() })
	h.Server, err = latchkey.New(t.Context(), latchkey.Options{Issuer: facts.Issuer, MasterKey: []byte(base64.StdEncoding.EncodeToString([]byte(facts.MasterKey))), Store: h.store, Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func copyOfBefore(t *testing.T) (path string) {
	t.Helper()
	file, err := os.ReadFile(beforeFolder + "sqlite.db")
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "latchkey.db")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func restoredBefore(t *testing.T) (url string) {
	t.Helper()
	server := pgtest.New(t)
	url = server.DatabaseFor(t)
	dump, err := os.ReadFile(beforeFolder + "postgres.sql")
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(t.Context(), string(dump), pgx.QueryExecModeSimpleProtocol); err != nil {
		t.Fatal(err)
	}
	return url
}

// ask sends a request to the server. A form makes it a POST.
func (h *beforeHouse) ask(path string, form url.Values, cookie string) *httptest.ResponseRecorder {
	h.t.Helper()
	r := httptest.NewRequestWithContext(h.t.Context(), http.MethodGet, h.issuer+path, nil)
	if form != nil {
		r = httptest.NewRequestWithContext(h.t.Context(), http.MethodPost, h.issuer+path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if cookie != "" {
		r.AddCookie(&http.Cookie{Name: "__Host-lk_session", Value: cookie})
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// answer is a JSON answer to a form; "status" is that of HTTP.
type answer map[string]any

// post sends a form as a client, with the first of its secrets.
func (h *beforeHouse) post(path, client string, pairs ...string) answer {
	h.t.Helper()
	form := url.Values{"client_id": {client}}
	for _, c := range h.Clients {
		if c.ID == client && len(c.Secrets) > 0 {
			form.Set("client_secret", c.Secrets[0].Text)
		}
	}
	for i := 0; i < len(pairs); i += 2 {
		if form.Set(pairs[i], pairs[i+1]); pairs[i+1] == "" {
			form.Del(pairs[i])
		}
	}
	w := h.ask(path, form, "")
	got := answer{}
	if w.Body.Len() > 0 {
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			h.t.Fatalf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	got["status"] = w.Code
	return got
}

func (h *beforeHouse) refresh(client, token string) answer {
	h.t.Helper()
	return h.post("/token/", client, "grant_type", "refresh_token", "refresh_token", token)
}

func (h *beforeHouse) introspect(token string) answer {
	h.t.Helper()
	return h.post("/introspect/", "api", "token", token)
}
