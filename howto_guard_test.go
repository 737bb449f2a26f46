package latchkey_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"time"

	"golang.org/x/oauth2/clientcredentials"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/resource"
)

// These functions contain the code of docs/how-to/guard-an-api.md, and of observe.md.

func guardNotes(mux *http.ServeMux, verifier resource.Verifier, notes http.Handler) {
	guard := &resource.Guard{Verifier: verifier}
	mux.Handle("/notes", guard.Require("read")(notes))
}

func introspection(issuer, id, secret string) resource.Verifier {
	verifier := &resource.Introspection{URL: issuer + "/introspect/", ClientID: id, ClientSecret: secret, Audience: issuer}
	return verifier
}

func verifierOfJWTs(issuer string) resource.Verifier {
	verifier := &resource.JWT{Issuer: issuer, Audience: issuer}
	return verifier
}

func introspectionWithToken(issuer, id, secret string) resource.Verifier {
	config := clientcredentials.Config{ // golang.org/x/oauth2/clientcredentials
		ClientID: id, ClientSecret: secret, TokenURL: issuer + "/token/", Scopes: []string{"introspection"},
	}
	tokens := config.TokenSource(context.Background()) // caches the token
	verifier := &resource.Introspection{
		URL: issuer + "/introspect/", Audience: issuer,
		AccessToken: func(context.Context) (string, error) {
			token, err := tokens.Token()
			if err != nil {
				return "", err
			}
			return token.AccessToken, nil
		},
	}
	return verifier
}

func guardTransfers(mux *http.ServeMux, guard *resource.Guard, handler http.Handler) {
	transfer := resource.Policy{
		Scopes:    []string{"accounts"},                                  // all of them, and
		AnyOf:     [][]string{{"transfer"}, {"admin", "transfer:small"}}, // all scopes of one alternative
		Callers:   resource.OnlyPeople,                                   // not a client on its own behalf
		ACRValues: []string{"phr"},                                       // how the person logged in
		MaxAge:    5 * time.Minute,                                       // when the person logged in
	}
	mux.Handle("/transfers", guard.RequirePolicy(transfer)(handler))
}

func guardRouter(guard *resource.Guard, router http.Handler) http.Handler {
	api := guard.Routes(map[string]resource.Policy{
		"GET /notes":  {Scopes: []string{"read"}},
		"POST /notes": resource.AnyScope("write", "admin"),
		"/public/":    {Optional: true}, // a token is not needed
	})(router)
	return api
}

// siteSessions are the sessions of a website, in which everybody or nobody is logged in.
type siteSessions bool

func (s siteSessions) SignedIn(*http.Request) bool { return bool(s) }

func acceptSessions(guard *resource.Guard, sessions siteSessions) {
	guard.Session = func(r *http.Request) (bool, error) {
		return sessions.SignedIn(r), nil // an error leads to 503
	}
}

func acceptClientCredentials(server *latchkey.Server) *resource.Guard {
	guard := server.Guard("")
	guard.AuthenticateClient = server.AuthenticateClient("")
	return guard
}

func useToken(r *http.Request) (plan string, found bool, err error) {
	token, ok := resource.FromContext(r.Context())
	if !ok {
		return "", false, nil
	}
	plan, err = planOf(token)
	return plan, true, err
}

func planOf(token *resource.Token) (string, error) {
	var own struct {
		Plan string `json:"https://example.com/plan"`
	}
	err := token.Claims(&own)
	return own.Plan, err
}

func writeRefusals(guard *resource.Guard) {
	guard.WriteRefusal = func(w http.ResponseWriter, r *http.Request, f *resource.Refusal) {
		w.Header().Set("Content-Type", "application/problem+json") // RFC 9457
		w.WriteHeader(f.Kind.Status())
		_ = json.NewEncoder(w).Encode(map[string]any{"title": f.Text, "status": f.Kind.Status()})
	}
}

func limitRate(guard *resource.Guard) {
	limit := &resource.RateLimit{
		Client: resource.Rate{Requests: 1000, Per: time.Minute},
		Person: resource.Rate{Requests: 100, Per: time.Minute},
	}
	guard.Limit = limit.Wait
}

func logRefusals(guard *resource.Guard) {
	guard.OnRefused = func(r *http.Request, err error) {
		slog.InfoContext(r.Context(), "refused", "path", r.URL.Path, "reason", err)
	}
}

func logEvents(options *latchkey.Options) {
	options.OnEvent = func(ctx context.Context, e oauth.Event) {
		slog.InfoContext(ctx, "event", "event", e)
	}
}

func allowOrigins(verifier resource.Verifier, hello http.Handler) {
	guard := resource.Guard{
		Verifier:     verifier,
		AllowsOrigin: resource.Origins("https://app.example.com"),
	}
	http.Handle("/api/hello", guard.Require("read")(hello))
}
