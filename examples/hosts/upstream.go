package hosts

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Upstream is a latchkey.People that logs people in at another OpenID provider. It
// keeps sessions of its own with scs, whose middleware LoadAndSave must wrap it and
// the handlers of Latchkey. Mount it at the path of the redirect URI.
//
// Some providers send no auth_time, and ask for no new login with prompt=login. With them,
// administrators cannot use the pages of the back office that need a recent login.
type Upstream struct {
	SCS
	config   oauth2.Config
	verifier *oidc.IDTokenVerifier
	prompts  map[latchkey.Reason]string
	// IsAdmin reports whether a person of the upstream provider is an administrator. It
	// may be nil.
	IsAdmin func(subject string) bool
}

// NewUpstream reads the metadata of the provider.
func NewUpstream(ctx context.Context, issuer string, sessions *scs.SessionManager, c oauth2.Config) (*Upstream, error) {
	provider, err := oidc.NewProvider(ctx, issuer)
	if err != nil {
		return nil, err
	}
	var metadata struct {
		Prompts []string `json:"prompt_values_supported"`
	}
	if err := provider.Claims(&metadata); err != nil {
		return nil, err
	}
	prompts := map[latchkey.Reason]string{
		latchkey.ReasonFresh: "login", latchkey.ReasonOtherPerson: "select_account", latchkey.ReasonCreate: "create",
	}
	if !slices.Contains(metadata.Prompts, "create") { // another provider would answer with an error
		prompts[latchkey.ReasonCreate] = "login"
	}
	c.Endpoint, c.Scopes = provider.Endpoint(), []string{oidc.ScopeOpenID, "profile"}
	return &Upstream{SCS: SCS{Sessions: sessions}, config: c, prompts: prompts, verifier: provider.Verifier(&oidc.Config{ClientID: c.ClientID})}, nil
}

// LogIn redirects to the upstream provider, and passes on what the application wants. A
// person who wants to create an account comes to the login page of a provider that does
// not list prompt=create in its metadata.
func (u *Upstream) LogIn(w http.ResponseWriter, r *http.Request, why latchkey.Interaction) {
	ctx, state, nonce, verifier := r.Context(), rand.Text(), rand.Text(), oauth2.GenerateVerifier()
	for name, value := range map[string]string{"state": state, "nonce": nonce, "verifier": verifier, "next": why.Next} {
		u.Sessions.Put(ctx, "upstream_"+name, value)
	}
	options := []oauth2.AuthCodeOption{oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier)}
	add := func(name, value string) {
		if value != "" {
			options = append(options, oauth2.SetAuthURLParam(name, value))
		}
	}
	add("prompt", u.prompts[why.Reason])
	add("login_hint", why.LoginHint)
	add("ui_locales", strings.Join(why.UILocales, " "))
	add("acr_values", strings.Join(why.ACRValues, " "))
	switch {
	case why.MaxAge != nil:
		add("max_age", fmt.Sprint(int(why.MaxAge.Seconds())))
	case why.Reason == latchkey.ReasonFresh:
		add("max_age", "0") // the ID token must then have an auth_time (OpenID Connect Core §2)
	}
	http.Redirect(w, r, u.config.AuthCodeURL(state, options...), http.StatusFound)
}

// ServeHTTP is the redirect URI. It starts a session, and continues where LogIn was
// called. If the person gave up, Latchkey shows what is missing.
func (u *Upstream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	state, nonce := u.Sessions.PopString(ctx, "upstream_state"), u.Sessions.PopString(ctx, "upstream_nonce")
	verifier, next := u.Sessions.PopString(ctx, "upstream_verifier"), u.Sessions.PopString(ctx, "upstream_next")
	if state == "" || subtle.ConstantTimeCompare([]byte(state), []byte(r.FormValue("state"))) != 1 {
		http.Error(w, "This login did not begin in this browser. Go back to the application and start again.", http.StatusBadRequest)
		return
	}
	if r.FormValue("error") == "" {
		person, err := u.person(ctx, r.FormValue("code"), verifier, nonce)
		if err == nil {
			err = u.Start(ctx, *person)
		}
		if err != nil {
			http.Error(w, "The login failed. Go back to the application and start again.", http.StatusBadGateway)
			return
		}
	}
	http.Redirect(w, r, next, http.StatusFound)
}

// person exchanges the code, and verifies the ID token.
func (u *Upstream) person(ctx context.Context, code, verifier, nonce string) (*latchkey.Person, error) {
	tokens, err := u.config.Exchange(ctx, code, oauth2.VerifierOption(verifier))
	if err != nil {
		return nil, err
	}
	text, _ := tokens.Extra("id_token").(string)
	token, err := u.verifier.Verify(ctx, text)
	if err != nil {
		return nil, err
	}
	if token.Nonce != nonce {
		return nil, fmt.Errorf("the nonce of the ID token does not match")
	}
	var claims struct {
		AuthTime int64    `json:"auth_time"`
		ACR      string   `json:"acr"`
		AMR      []string `json:"amr"`
		Name     string   `json:"name"`
	}
	if err := token.Claims(&claims); err != nil {
		return nil, err
	}
	p := &latchkey.Person{Authentication: oauth.Authentication{Subject: token.Subject, ACR: claims.ACR, AMR: claims.AMR}, Name: claims.Name}
	if claims.AuthTime > 0 {
		p.AuthTime = time.Unix(claims.AuthTime, 0)
	}
	p.Admin = u.IsAdmin != nil && u.IsAdmin(p.Subject)
	return p, nil
}
