package main

import (
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
}

func (f *openIDFlags) add(flags *pflag.FlagSet) {
	algs := strings.Join(oauth.SigningAlgorithms(), ", ")
	flags.StringArrayVar(&f.responseTypes, "response-type", nil, "response type allowed besides code; it sends tokens through the browser (repeatable): "+strings.Join(oauth.ResponseTypes(), ", "))
	flags.StringVar(&f.idTokenAlg, "id-token-alg", "", "what signs its ID tokens: "+algs)
	flags.StringVar(&f.userInfoAlg, "userinfo-alg", "", "what signs its userinfo answers (empty: nothing): "+algs)
	flags.StringVar(&f.subjectType, "subject-type", "", "public, or pairwise: subjects that no other application can recognise")
	flags.StringVar(&f.sectorIdentifer, "sector-identifier-uri", "", "https address whose host pairwise subjects are made for")
	flags.StringVar(&f.backchannel, "backchannel-logout-uri", "", "address to tell of log-outs (OpenID Connect Back-Channel Logout)")
	flags.StringVar(&f.frontchannel, "frontchannel-logout-uri", "", "address that browsers load at a log-out (OpenID Connect Front-Channel Logout)")
	flags.Int64Var(&f.maxAge, "default-max-age", 0, "ask for the password again after so many seconds, unless a request says otherwise")
}

// apply takes over those flags that were given.
func (f *openIDFlags) apply(flags *pflag.FlagSet, client *oauth.Client) {
	o := &client.OpenID
	for name, set := range map[string]func(){
		"response-type":           func() { o.ResponseTypes = f.responseTypes },
		"id-token-alg":            func() { o.IDTokenAlg = f.idTokenAlg },
		"userinfo-alg":            func() { o.UserInfoAlg = f.userInfoAlg },
		"subject-type":            func() { o.SubjectType = oauth.SubjectType(f.subjectType) },
		"sector-identifier-uri":   func() { o.SectorIdentifierURI = f.sectorIdentifer },
		"backchannel-logout-uri":  func() { o.BackchannelLogoutURI = f.backchannel },
		"frontchannel-logout-uri": func() { o.FrontchannelLogoutURI = f.frontchannel },
		"default-max-age":         func() { o.DefaultMaxAge = &f.maxAge },
	} {
		if flags.Changed(name) {
			set()
		}
	}
}
