package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// openIDFlags are the flags of add and edit for what an application chooses of
// OpenID Connect.
type openIDFlags struct {
	responseTypes                []string
	idTokenAlg, userInfoAlg      string
	subjectType, sectorIdentifer string
	backchannel, frontchannel    string
	maxAge                       int64
	idTokenEnc, userInfoEnc      string
	jwksFile, jwksURI            string
	requestAlg                   string
	requestURIs                  []string
	requireRequest, withoutPKCE  bool
}

func (f *openIDFlags) add(flags *pflag.FlagSet) {
	own := strings.Join(oauth.ClientAlgorithms(), ", ")
	flags.StringArrayVar(&f.responseTypes, "response-type", nil, "allowed response type (repeatable; default: code): "+strings.Join(oauth.ResponseTypes(), ", "))
	flags.StringVar(&f.idTokenAlg, "id-token-alg", "", "what signs its ID tokens: "+own)
	flags.StringVar(&f.userInfoAlg, "userinfo-alg", "", "what signs its userinfo answers (empty: nothing): "+own)
	flags.StringVar(&f.subjectType, "subject-type", "", "public, or pairwise: subjects that no other application can recognise")
	flags.StringVar(&f.sectorIdentifer, "sector-identifier-uri", "", "https address whose host pairwise subjects are made for")
	flags.StringVar(&f.backchannel, "backchannel-logout-uri", "", "address to tell of log-outs (OpenID Connect Back-Channel Logout)")
	flags.StringVar(&f.frontchannel, "frontchannel-logout-uri", "", "address that browsers load at a log-out (OpenID Connect Front-Channel Logout)")
	encs := strings.Join(oauth.EncryptionAlgorithms(), ", ") + "; and with what, like ECDH-ES:A256GCM: " + strings.Join(oauth.ContentEncryptions(), ", ")
	flags.StringVar(&f.idTokenEnc, "id-token-encryption", "", "how its ID tokens are encrypted to a key of its (empty: not): "+encs)
	flags.StringVar(&f.userInfoEnc, "userinfo-encryption", "", "the same for its userinfo answers")
	flags.StringVar(&f.jwksFile, "jwks", "", "file with its public keys (JWK Set); an empty name takes them away")
	flags.StringVar(&f.jwksURI, "jwks-uri", "", "https address where it publishes its public keys")
	flags.StringVar(&f.requestAlg, "request-object-alg", "", "what signs its request objects (empty: any but none): "+strings.Join(oauth.RequestObjectAlgorithms(), ", "))
	flags.StringArrayVar(&f.requestURIs, "request-uri", nil, "address at which it may leave request objects (repeatable)")
	flags.BoolVar(&f.requireRequest, "require-signed-request", false, "refuse its authorization requests that are not signed (RFC 9101)")
	flags.BoolVar(&f.withoutPKCE, "code-without-pkce", false, "let a confidential application do without PKCE and nonce")
	flags.Int64Var(&f.maxAge, "default-max-age", 0, "ask for the password again after so many seconds, unless a request says otherwise")
}

// apply takes over those flags that were given.
func (f *openIDFlags) apply(flags *pflag.FlagSet, client *oauth.Client) error {
	var jwks []byte
	if f.jwksFile != "" {
		var err error
		if jwks, err = os.ReadFile(f.jwksFile); err != nil {
			return fmt.Errorf("--jwks: %w", err)
		}
		if !json.Valid(jwks) {
			return fmt.Errorf("--jwks: %s holds no JSON", f.jwksFile)
		}
	}
	o := &client.ClientOpenID
	for name, set := range map[string]func(){
		"response-type":           func() { o.ResponseTypes = f.responseTypes },
		"id-token-alg":            func() { o.IDTokenAlg = f.idTokenAlg },
		"userinfo-alg":            func() { o.UserInfoAlg = f.userInfoAlg },
		"subject-type":            func() { o.SubjectType = oauth.SubjectType(f.subjectType) },
		"sector-identifier-uri":   func() { o.SectorIdentifierURI = f.sectorIdentifer },
		"backchannel-logout-uri":  func() { o.BackchannelLogoutURI = f.backchannel },
		"frontchannel-logout-uri": func() { o.FrontchannelLogoutURI = f.frontchannel },
		"id-token-encryption":     func() { o.IDTokenEncAlg, o.IDTokenEncEnc, _ = strings.Cut(f.idTokenEnc, ":") },
		"userinfo-encryption":     func() { o.UserInfoEncAlg, o.UserInfoEncEnc, _ = strings.Cut(f.userInfoEnc, ":") },
		"jwks":                    func() { o.JWKS = jwks },
		"jwks-uri":                func() { o.JWKSURI = f.jwksURI },
		"request-object-alg":      func() { o.RequestObjectAlg = f.requestAlg },
		"request-uri":             func() { o.RequestURIs = f.requestURIs },
		"require-signed-request":  func() { o.RequireRequestObject = f.requireRequest },
		"code-without-pkce":       func() { o.CodeWithoutPKCE = f.withoutPKCE },
		"default-max-age":         func() { o.DefaultMaxAge = &f.maxAge },
	} {
		if flags.Changed(name) {
			set()
		}
	}
	return nil
}
