package latchkey

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/acts"
	"github.com/seed-e6a88a41/latchkey/internal/adminapi"
	"github.com/seed-e6a88a41/latchkey/internal/scim"
	"github.com/seed-e6a88a41/latchkey/internal/settings"
	"github.com/seed-e6a88a41/latchkey/internal/web"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/resource"
)

// adminAPIRate limits the requests of a person, or of an application, at the admin API.
var adminAPIRate = resource.Rate{Requests: 1200, Per: time.Minute}

// adminAPIURI returns the URI of the admin API, which is the aud of its tokens.
func (o *Options) adminAPIURI() string {
	return oauth.Origin(o.Issuer) + o.AdminPath + strings.TrimSuffix(adminapi.Path, "/")
}

// newActs returns what administrators can do.
func (s *Server) newActs() *acts.Acts {
	return &acts.Acts{
		Store: s.options.Store, ReadScopes: s.provider.ReadScopes, Validate: s.provider.ValidateClient, IsResource: s.provider.IsResource, Join: s.provider.JoinDefinitions, Outbound: s.provider.Outbound,
		Secrets: s.provider.SecretKeeper(), OwnLogin: s.provider.OwnLogin, Clock: s.options.Clock,
	}
}

// adminAPIOptions returns the options of the admin API, which is below the path of the back office.
func (s *Server) adminAPIOptions() adminapi.Options {
	o := s.options
	uri := o.adminAPIURI()
	limit := &resource.RateLimit{Client: adminAPIRate, Person: adminAPIRate, Clock: o.Clock}
	return adminapi.Options{
		Prefix: o.AdminPath + adminapi.Path, URI: uri, Issuer: o.Issuer,
		Guard: &resource.Guard{Verifier: adminVerifier{s}, Metadata: &resource.Metadata{Resource: uri}, Clock: o.Clock, Limit: limit.Wait, OnRefused: s.logRefusal},
		Store: o.Store, Accounts: s.accounts, Acts: s.acts, Among: s.provider.Among, Findings: s.findings, Logins: s.provider, Tokens: s.provider, Keys: s.provider, Rejections: s.rejected,
		PersonData: func(ctx context.Context, u *account.User) (any, error) {
			return web.PersonDataOf(ctx, o.Store, o.Store, u, s.accounts.Clock())
		},
		Providers: s.logins, Counts: s.counts, Flows: s.flows, Webhooks: o.Webhooks, TrustedIssuers: o.TrustedIssuers,
		InvitationLink: s.web.InvitationLink, Definitions: s.provider.Definitions, Settings: s.shownSettings, OwnLogin: s.provider.OwnLogin, Key: s.provider.Key("admin API"),
		OnEvent: o.OnEvent, Address: s.web.Address, Clock: o.Clock, Logger: o.Logger,
	}
}

// withAPIs sends requests below the paths of the admin API and of SCIM to their handlers, and all
// others to the back office. SCIM manages only people who have an account: a host program manages
// its own people.
func (s *Server) withAPIs(office http.Handler) http.Handler {
	path, options := s.options.AdminPath, s.adminAPIOptions()
	apis := map[string]http.Handler{adminapi.Path: adminapi.New(options)}
	if options.OwnLogin {
		apis[scim.Path] = scim.New(scim.Options{Prefix: path + scim.Path, URL: oauth.Origin(s.options.Issuer) + path + strings.TrimSuffix(scim.Path, "/"), API: options})
	}
	for below, api := range apis {
		apis[below] = s.reportRequests(api, path+below)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for below, api := range apis {
			root := path + strings.TrimSuffix(below, "/")
			if r.URL.Path == root { // documents name the API without the slash
				r = r.Clone(r.Context())
				r.URL.Path, r.URL.RawPath = root+"/", ""
			}
			if strings.HasPrefix(r.URL.Path, path+below) {
				api.ServeHTTP(w, r)
				return
			}
		}
		office.ServeHTTP(w, r)
	})
}

// adminVerifier verifies access tokens for the admin API. The Subject of its tokens is the
// account of the person.
type adminVerifier struct{ *Server }

func (v adminVerifier) Verify(ctx context.Context, text string) (*resource.Token, error) {
	if _, personal := oauth.ParseToken(text, oauth.KindPersonal); personal {
		return v.personalToken(ctx, text)
	}
	t, err := v.provider.CheckAdminToken(ctx, text)
	switch {
	case err != nil:
		return nil, err
	case !t.Active && t.Act != nil:
		return nil, &resource.InvalidTokenError{Reason: resource.WrongActor}
	case !t.Active && len(t.Audience) > 0:
		return nil, &resource.InvalidTokenError{Reason: resource.WrongAudience}
	case !t.Active:
		return nil, &resource.InvalidTokenError{Reason: resource.Inactive}
	}
	token := &resource.Token{
		Issuer: t.Issuer, Subject: t.Account, ClientID: t.ClientID, ClientOnly: t.Account == "", Username: t.Username,
		Scope: t.Scope, IssuedAt: t.IssuedAt, ExpiresAt: t.ExpiresAt, ID: t.ID, Audience: t.Audience,
	}
	if token.ClientOnly {
		token.Subject = t.ClientID
	}
	return token, nil
}

// shownSettings returns the settings that are not secret.
func (s *Server) shownSettings() (all []adminapi.Setting) {
	o := s.options
	for _, setting := range settings.Of(&o) {
		if setting.Secret || setting.Sensitive || setting.FileOnly {
			continue
		}
		all = append(all, adminapi.Setting{Key: setting.Key, Value: valueText(setting.Pointer), Default: setting.Default, Help: setting.Help})
	}
	return all
}

// valueText returns the value of a setting as in a configuration file.
func valueText(pointer any) string {
	value := reflect.ValueOf(pointer).Elem()
	if value.Kind() != reflect.Slice {
		return fmt.Sprint(value.Interface())
	}
	var texts []string
	for i := range value.Len() {
		texts = append(texts, fmt.Sprint(value.Index(i).Interface()))
	}
	return strings.Join(texts, ", ")
}

// personalToken verifies a personal token. It belongs to no application.
func (v adminVerifier) personalToken(ctx context.Context, text string) (*resource.Token, error) {
	if !v.provider.OwnLogin {
		return nil, &resource.InvalidTokenError{Reason: resource.Inactive}
	}
	t, u, err := v.accounts.UsePersonalToken(ctx, text)
	if errors.Is(err, account.ErrNotFound) {
		return nil, &resource.InvalidTokenError{Reason: resource.Inactive}
	}
	if err != nil {
		return nil, err
	}
	return &resource.Token{
		Issuer: v.options.Issuer, Subject: u.ID, ClientID: "personal token " + t.ID, Username: u.Username, Scope: strings.Join(t.Scopes, " "),
		IssuedAt: t.CreatedAt.Unix(), ExpiresAt: t.ExpiresAt.Unix(), ID: t.ID, Audience: []string{v.options.adminAPIURI()},
	}, nil
}
