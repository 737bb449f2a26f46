package admin

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// clientForm is the form of an application as it is shown: what was typed, and
// what was wrong with it.
type clientForm struct {
	New              bool
	ID, Secret       string // the secret only while it is new
	Version          int64
	Client           oauth.Client
	Owner            string
	TTL              map[string]string
	Errors           map[string][]string
	Known            []oauth.ScopeInfo
	GrantTypes       []grantChoice
	ConsumerCallback string
	Algorithms       []string
	ResponseTypes    []string
	OwnAlgorithms    []string // those for the application alone
	Requests         []string // those of its request objects
	Encryptions      []string // like "ECDH-ES:A256GCM"
}

type grantChoice struct{ Type, Text string }

// grantTexts explain the grant types.
var grantTexts = map[string]string{
	oauth.GrantAuthorizationCode: "a person gives permission in the browser",
	oauth.GrantRefreshToken:      "the permission lasts longer than one access token",
	oauth.GrantClientCredentials: "the application acts for itself, without a person",
}

func (b *office) form() *clientForm {
	f := &clientForm{Known: b.Scopes, Algorithms: oauth.SigningAlgorithms(), OwnAlgorithms: oauth.ClientAlgorithms(), Requests: oauth.RequestObjectAlgorithms(), ResponseTypes: oauth.ResponseTypes(), ConsumerCallback: b.ConsumerCallback, Errors: make(map[string][]string), TTL: make(map[string]string)}
	for _, t := range provider.GrantTypes() {
		f.GrantTypes = append(f.GrantTypes, grantChoice{t, grantTexts[t]})
	}
	for _, alg := range oauth.EncryptionAlgorithms() {
		for _, enc := range oauth.ContentEncryptions() {
			f.Encryptions = append(f.Encryptions, alg+":"+enc)
		}
	}
	return f
}

// encryption is the choice that the form shows.
func encryption(e oauth.Encryption) string {
	if e.Alg == "" {
		return ""
	}
	return e.Alg + ":" + e.Enc
}

func (f *clientForm) IDTokenEncryption() string {
	return encryption(f.Client.IDTokenEncryption())
}

func (f *clientForm) UserInfoEncryption() string {
	return encryption(f.Client.UserInfoEncryption())
}

// lifetimes are the form's fields for them.
func lifetimes(c *oauth.Client) map[string]*oauth.Lifetime {
	return map[string]*oauth.Lifetime{
		"access_token_ttl": &c.AccessTokenTTL, "refresh_token_idle_ttl": &c.RefreshTokenIdleTTL, "refresh_token_ttl": &c.RefreshTokenTTL,
	}
}

// show fills the form with an application.
func (f *clientForm) show(c oauth.Client, owner string) {
	f.ID, f.Client, f.Owner, f.Version = c.ID, c, owner, c.Version
	for name, value := range lifetimes(&c) {
		f.TTL[name] = strings.ReplaceAll(ui.Duration(time.Duration(*value)), " ", " ")
	}
}

// read takes what was typed into the application. Only the fields of the form
// are read, whatever else was sent.
func (f *clientForm) read(r *request, c *oauth.Client) error {
	form := r.PostForm
	c.Name, c.LogoURL, c.HomepageURL = strings.TrimSpace(form.Get("client_name")), strings.TrimSpace(form.Get("logo_uri")), strings.TrimSpace(form.Get("client_uri"))
	c.Type = oauth.ClientType(form.Get("client_type"))
	c.RedirectURIs, c.PostLogoutRedirectURIs, c.AllowedOrigins = lines(form.Get("redirect_uris")), lines(form.Get("post_logout_redirect_uris")), lines(form.Get("allowed_origins"))
	c.GrantTypes, c.Scopes, c.DefaultScopes = form["grant_types"], form["scope"], form["default_scope"]
	c.SkipAuthorization, c.RequirePKCE, c.ResourceServer = form.Has("skip_authorization"), form.Has("require_pkce"), form.Has("resource_server")
	c.AccessTokenFormat = oauth.TokenFormat(form.Get("access_token_format"))
	o := &c.ClientOpenID
	o.ResponseTypes, o.IDTokenAlg, o.UserInfoAlg = form["response_types"], form.Get("id_token_signed_response_alg"), form.Get("userinfo_signed_response_alg")
	o.CodeWithoutPKCE = form.Has("code_without_pkce")
	o.SubjectType, o.SectorIdentifierURI = oauth.SubjectType(form.Get("subject_type")), strings.TrimSpace(form.Get("sector_identifier_uri"))
	o.FrontchannelLogoutURI = strings.TrimSpace(form.Get("frontchannel_logout_uri"))
	o.JWKS, o.JWKSURI = nil, strings.TrimSpace(form.Get("jwks_uri"))
	if text := strings.TrimSpace(form.Get("jwks")); text != "" {
		o.JWKS = json.RawMessage(text)
	}
	o.IDTokenEncAlg, o.IDTokenEncEnc, _ = strings.Cut(form.Get("id_token_encryption"), ":")
	o.UserInfoEncAlg, o.UserInfoEncEnc, _ = strings.Cut(form.Get("userinfo_encryption"), ":")
	o.RequestObjectAlg, o.RequestURIs, o.RequireRequestObject = form.Get("request_object_signing_alg"), lines(form.Get("request_uris")), form.Has("require_signed_request_object")
	o.BackchannelLogoutURI = strings.TrimSpace(form.Get("backchannel_logout_uri"))
	for name, value := range lifetimes(c) {
		f.TTL[name] = form.Get(name)
		d, err := parseDuration(form.Get(name))
		if err != nil {
			f.fault(name, err.Error())
		}
		*value = oauth.Lifetime(d)
	}
	f.Owner = strings.TrimSpace(form.Get("owner"))
	c.OwnerID = ""
	if f.Owner != "" {
		if err := f.findOwner(r, c); err != nil {
			return err
		}
	}
	f.Client = *c
	return nil
}

func (f *clientForm) findOwner(r *request, c *oauth.Client) error {
	canonical, err := account.CanonicalUsername(f.Owner)
	if err == nil {
		var owner *account.User
		if owner, err = r.b.Store.UserByName(r.Context(), canonical); err == nil {
			c.OwnerID = owner.ID
			return nil
		}
		if !errors.Is(err, account.ErrNotFound) {
			return err
		}
	}
	f.fault("owner", "There is no user with this name. Leave it empty for nobody.")
	return nil
}

func (f *clientForm) fault(field, text string) { f.Errors[field] = append(f.Errors[field], text) }

// validate adds what the rules say. before is the application as it was, or
// nil.
func (f *clientForm) validate(r *request, before, c *oauth.Client) bool {
	for _, fault := range provider.ValidateClient(c, f.Known) {
		f.fault(fault.Field, fault.Message)
	}
	if len(f.Errors) == 0 {
		for _, fault := range provider.CheckSector(r.Context(), r.b.Outbound, before, c) {
			f.fault(fault.Field, fault.Message)
		}
	}
	return len(f.Errors) == 0
}

// JWKS is the application's key set as it was typed.
func (f *clientForm) JWKS() string { return string(f.Client.JWKS) }

// Allows, Has and Default tell the form what is ticked.
func (f *clientForm) Allows(grantType string) bool { return f.Client.Allows(grantType) }
func (f *clientForm) Has(scope string) bool        { return f.Client.Scopes.Contains(scope) }
func (f *clientForm) Responds(t string) bool {
	return slices.Contains(f.Client.ResponseTypes, t)
}
func (f *clientForm) Default(scope string) bool { return f.Client.DefaultScopes.Contains(scope) }

// parseDuration reads "1h", "90 minutes", "30d", "30 days" or a number of
// seconds; empty means 0.
func parseDuration(text string) (time.Duration, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	if text == "" {
		return 0, nil
	}
	digits := strings.TrimRight(text, "abcdefghijklmnopqrstuvwxyz ")
	unit := strings.TrimSpace(text[len(digits):])
	n, err := strconv.ParseInt(digits, 10, 32)
	units := map[string]time.Duration{"": time.Second, "s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour}
	for _, name := range []string{"second", "minute", "hour", "day", "week"} {
		if strings.TrimSuffix(unit, "s") == name {
			unit = name[:1]
		}
	}
	size, known := units[unit]
	if err != nil || !known || n < 0 {
		return 0, fmt.Errorf("write a time like 30 minutes, 1 hour or 30 days")
	}
	return time.Duration(n) * size, nil
}
