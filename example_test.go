package latchkey_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
	"github.com/seed-e6a88a41/latchkey/resource"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// This program is a provider, and has its own API.
func Example() {
	folder, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	ctx := context.Background()

	db, err := sqlite.Open(ctx, filepath.Join(folder, "latchkey.db"), sqlite.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	key := make([]byte, 32) // a real program stores the key, and uses the same at every start
	_, _ = rand.Read(key)

	server, err := latchkey.New(ctx, latchkey.Options{
		Issuer:    "https://id.example.com/o",
		Store:     db,
		MasterKey: key,
	})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/", server)
	mux.Handle("/admin/", server.Admin())
	mux.Handle("/api/notes", server.Require("read")(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, _ := resource.FromContext(r.Context())
		_, _ = io.WriteString(w, "the notes of "+token.Username)
	})))

	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest("GET", "/api/notes", nil))
	fmt.Println(w.Code, w.Header().Get("WWW-Authenticate"))
	// Output: 401 Bearer resource_metadata="https://id.example.com/.well-known/oauth-protected-resource/o", scope="read"
}

// Settings that are not set have safe defaults.
func ExampleOptions_settings() {
	_ = latchkey.Options{
		Brand: "Example Shop",
		ProtocolSettings: latchkey.ProtocolSettings{
			Scopes:         []oauth.ScopeInfo{{Name: "read", Description: "See your orders"}},
			AccessTokenTTL: 10 * time.Minute,
		},
		LoginSettings: latchkey.LoginSettings{SessionIdleTTL: time.Hour},
	}
}

// An application is added with the checks of the back office, and gets a token for a job.
func ExampleServer_CreateApplication() {
	ctx := context.Background()
	server, err := latchkey.New(ctx, latchkey.Options{
		Issuer: "https://id.example.com/o", Store: memstore.New(nil), MasterKey: make([]byte, 32), // of a real program: random
	})
	if err != nil {
		log.Fatal(err)
	}
	_, err = server.CreateApplication(ctx, &oauth.Client{Name: "Shop", RedirectURIs: []string{"http://shop.example/cb"}})
	if faults, ok := errors.AsType[validate.FieldErrors](err); ok {
		fmt.Println("rejected:", faults[0].Field)
	}
	job := &oauth.Client{ID: "reports", Name: "Reports"}
	secret, err := server.CreateApplication(ctx, job) // show the secret now: it is stored as a hash
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("secret:", secret != "", job.GrantTypes)

	token, err := server.IssueToken(ctx, provider.TokenOrder{ClientID: job.ID, Scope: oauth.Scopes{"read"}})
	if err != nil {
		log.Fatal(err)
	}
	verified, err := server.Verifier().Verify(ctx, token.AccessToken)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("token:", verified.ClientID, verified.Scope)
	// Output:
	// rejected: redirect_uris
	// secret: true [client_credentials]
	// token: reports read
}

// A person withdraws a consent on a page of the host.
func ExampleServer_Consents() {
	var server *latchkey.Server
	withdraw := func(w http.ResponseWriter, r *http.Request, person string) {
		if err := server.WithdrawConsent(r.Context(), person, r.PostFormValue("client_id")); err != nil {
			http.Error(w, "Try again later.", http.StatusServiceUnavailable)
			return
		}
		consents, err := server.Consents(r.Context(), person)
		if err != nil {
			http.Error(w, "Try again later.", http.StatusServiceUnavailable)
			return
		}
		for _, c := range consents {
			_, _ = fmt.Fprintf(w, "%s can use: %s\n", c.ClientName, c.Scope)
		}
	}
	_ = withdraw
}

// Hooks of the host add claims to tokens, and determine their lifetimes.
func ExampleOptions_hooks() {
	departments := map[string]string{"42": "Engines"} // by person
	_ = latchkey.Options{
		AddedClaims: []string{"department"},
		AddClaims: func(_ context.Context, t oauth.TokenInfo, _ oauth.ClaimsTarget) (map[string]any, error) {
			if department, known := departments[t.Subject]; known {
				return map[string]any{"department": department}, nil
			}
			return nil, nil
		},
		TokenLifetimes: func(_ context.Context, t oauth.TokenInfo) (oauth.Lifetimes, error) {
			if t.Scope.Contains("payments") {
				return oauth.Lifetimes{AccessToken: 5 * time.Minute}, nil
			}
			return oauth.Lifetimes{}, nil // the default
		},
	}
}

// people is the login of a host, with sessions of its own.
type people struct {
	sessions map[string]time.Time // when they began, by their ids
}

func (p people) Current(r *http.Request) (*latchkey.Person, error) {
	session, err := r.Cookie("my-session")
	if err != nil || p.sessions[session.Value].IsZero() {
		return nil, nil // nobody is logged in
	}
	return &latchkey.Person{
		Authentication: oauth.Authentication{Subject: "42", SessionID: session.Value, AuthTime: p.sessions[session.Value]},
		Name:           "Ada", Admin: true,
	}, nil
}

func (p people) LogIn(w http.ResponseWriter, r *http.Request, why latchkey.Interaction) {
	http.Redirect(w, r, "/my-login?next="+url.QueryEscape(why.Next), http.StatusFound)
}

// The people of the host replace the accounts of Latchkey.
func ExamplePeople() {
	_ = latchkey.Options{People: people{make(map[string]time.Time)}}
}
