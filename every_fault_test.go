package latchkey_test

import (
	"bytes"
	"context"
	"errors"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/internal/hosttest"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// optionFault is a fault of Options.
type optionFault struct {
	fields string // the fields on which it depends
	set    func(*latchkey.Options)
	want   string // is part of the error
	// onlyNew is set if only New reports it, because it is about the Store.
	onlyNew bool
}

// template adds a file to the templates of the host.
func template(name, text string) func(*latchkey.Options) {
	return func(o *latchkey.Options) {
		files, _ := o.Templates.(fstest.MapFS)
		if files == nil {
			files = fstest.MapFS{}
		}
		files[name] = &fstest.MapFile{Data: []byte(text)}
		o.Templates = files
	}
}

// optionFaults has faults of all parts that check options.
var optionFaults = []optionFault{
	{"Issuer", func(o *latchkey.Options) { o.Issuer = "http://id.example/o" }, "Issuer", false},
	{"Store", func(o *latchkey.Options) { o.Store = nil }, "Store is missing", true},
	{"MasterKey", func(o *latchkey.Options) { o.MasterKey = []byte("short") }, "MasterKey has 5 bytes", false},
	{"MasterKey Store", func(o *latchkey.Options) { o.MasterKey = bytes.Repeat([]byte{1}, 32) }, "encrypted with a different master key", true},
	{"CodeTTL", func(o *latchkey.Options) { o.CodeTTL = time.Hour }, "CodeTTL", false},
	{"Scopes", func(o *latchkey.Options) { o.Scopes = []oauth.ScopeInfo{{Name: "two words"}} }, "Scopes", false},
	{"Scopes ScopeSource", func(o *latchkey.Options) { o.ScopeSource, o.Scopes = failingScopes, oauth.DefaultScopeInfos() }, "Scopes and ScopeSource", false},
	{"Scopes ScopeSource", func(o *latchkey.Options) { o.ScopeSource = failingScopes }, "ScopeSource: the database is unavailable", true},
	{"DefaultScopes Scopes ScopeSource", func(o *latchkey.Options) { o.DefaultScopes = oauth.Scopes{"unknown"} }, "DefaultScopes", false},
	{"Resources", func(o *latchkey.Options) { o.Resources = []oauth.ResourceInfo{{URI: "relative"}} }, "Resources", false},
	{"Resources", func(o *latchkey.Options) {
		o.Resources = []oauth.ResourceInfo{{URI: "https://a.example"}, {URI: "https://a.example/"}}
	}, `"https://a.example/": the URI is already in the list`, false},
	{"Resources Issuer", func(o *latchkey.Options) { o.Resources = []oauth.ResourceInfo{{URI: o.Issuer}} }, "is that of the server itself", false},
	{"ACRValues", func(o *latchkey.Options) { o.ACRValues = []string{"one two", "b", "c"} }, `ACRValues: "one two"`, false},
	{"People ACRValues", func(o *latchkey.Options) { o.People, o.ACRValues = hosttest.New(), []string{"one two"} }, `ACRValues: "one two"`, false},
	{"TrustedProxies", func(o *latchkey.Options) { o.TrustedProxies = []netip.Prefix{{}} }, "TrustedProxies: the network 1 of 1 is the zero netip.Prefix", false},
	{"InsecureOutboundNetworks", func(o *latchkey.Options) { o.InsecureOutboundNetworks = []netip.Prefix{{}} }, "InsecureOutboundNetworks: the network 1 of 1", false},
	{"TrustedIssuers", func(o *latchkey.Options) { o.TrustedIssuers = []oauth.TrustedIssuer{{Issuer: "relative"}} }, "TrustedIssuers", false},
	{"AddedClaims", func(o *latchkey.Options) { o.AddedClaims = []string{"plan"} }, "AddedClaims", false},
	{"Grants", func(o *latchkey.Options) { o.Grants = []oauth.ExtensionGrant{{Type: "relative"}} }, "Grants", false},
	{"SessionTTL People", func(o *latchkey.Options) { o.SessionTTL = -1 }, "SessionTTL", false},
	{"PasskeyDomain People", func(o *latchkey.Options) { o.PasskeyDomain = "other.example" }, "passkey", false},
	{"AuditTTL", func(o *latchkey.Options) { o.AuditTTL = time.Millisecond }, "AuditTTL", false},
	{"People", func(o *latchkey.Options) { o.People = logoutMisspelt{} }, "People", false},
	{"Brand", func(o *latchkey.Options) { o.Brand = "a\nb" }, "Brand:", false},
	{"BrandColor", func(o *latchkey.Options) { o.BrandColor = "#ffff00" }, "BrandColor", false},
	{"BrandLogo", func(o *latchkey.Options) { o.BrandLogo = []byte("text") }, "BrandLogo", false},
	{"web/login.html", template("web/login.html", "{{"), "web/login.html:1", false},
	{"admin/index.html", template("admin/index.html", "{{"), "admin/index.html:1", false},
	{"web/other.html", template("web/other.html", ""), "web/other.html", false},
	{"texts/de.json", template("texts/de.json", `{"unknown": "x"}`), "texts/de.json:1: unknown", false},
	{"texts/en.json", template("texts/en.json", `{`), "texts/en.json:1", false},
	{"AdminPath", func(o *latchkey.Options) { o.AdminPath = "/o/" }, "AdminPath", false},
	{"AdminPath", func(o *latchkey.Options) { o.AdminPath = "admin" }, "AdminPath", false},
	{"CookieSuffix", func(o *latchkey.Options) { o.CookieSuffix = "; Path=/" }, "CookieSuffix", false},
	{"Webhooks", func(o *latchkey.Options) { o.Webhooks = []oauth.Webhook{{Name: "a b"}} }, "Webhooks", false},
	{"People LoginProviders", func(o *latchkey.Options) {
		o.LoginProviders = append(o.LoginProviders, latchkey.LoginProvider{Name: "A"})
	}, "login provider", false},
	{"People", func(o *latchkey.Options) {
		o.LoginProviders = append(o.LoginProviders, latchkey.LoginProvider{Name: "dir", Type: "ldap", URL: "ldaps://ldap.example", BindDN: "cn=server", BaseDN: "dc=example", ClientSecret: "s"})
	}, "set OpenDirectory", false},
	{"People LoginProviders LoginProvidersOnly Store", func(o *latchkey.Options) {
		o.LoginProviders = []latchkey.LoginProvider{{Name: "hub", Type: "github", ClientID: "c", ClientSecret: "s"}}
		o.LoginProvidersOnly, o.RequireSecondFactor = true, "everybody"
	}, "login_providers_only", true},
}

func failingScopes(context.Context) ([]oauth.ScopeInfo, error) {
	return nil, errors.New("the database is unavailable")
}

// excludes reports whether two faults cannot be there at the same time.
func (f *optionFault) excludes(other *optionFault) bool {
	return slices.ContainsFunc(strings.Fields(f.fields), func(field string) bool { return slices.Contains(strings.Fields(other.fields), field) })
}

// ofTemplates reports whether the fault is in a file, so that all pages are parsed.
func (f *optionFault) ofTemplates() bool { return strings.Contains(f.fields, "/") }

// TestNoFaultHidesAnother: each fault is reported alone and together with all others. "make soak"
// also tests each pair, except those with a fault in a file, because they parse all pages.
func TestNoFaultHidesAnother(t *testing.T) {
	store := memstore.New(nil)
	check := func(faults ...*optionFault) {
		o := latchkey.Options{Issuer: "https://id.example/o", Store: store, MasterKey: make([]byte, 32)}
		for _, fault := range faults {
			fault.set(&o)
		}
		_, err := latchkey.New(t.Context(), o)
		for name, err := range map[string]error{"New": err, "Check": latchkey.Check(t.Context(), o)} {
			for _, fault := range faults {
				if text := errorText(err); !strings.Contains(text, fault.want) && (name == "New" || !fault.onlyNew) {
					t.Errorf("%s with %d faults does not report %q:\n%s", name, len(faults), fault.want, text)
				}
			}
			if len(faults) == 0 && err != nil {
				t.Errorf("%s without a fault: %v", name, err)
			}
		}
	}
	check() // creates the signing key
	var together []*optionFault
	for i := range optionFaults {
		a := &optionFaults[i]
		if !slices.ContainsFunc(together, a.excludes) {
			together = append(together, a)
		}
		if a.ofTemplates() {
			continue
		}
		check(a)
		for j := range optionFaults[:i] {
			if b := &optionFaults[j]; os.Getenv("LATCHKEY_SOAK") != "" && !b.ofTemplates() && !a.excludes(b) {
				check(a, b)
			}
		}
	}
	check(together...)
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
